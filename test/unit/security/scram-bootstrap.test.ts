import { expect, test } from 'vitest'
import { Credentials } from '../../../src/catalog/credentials.ts'
import { SystemRandom } from '../../../src/io/random.ts'
import { bootstrapScram } from '../../../src/security/scram-bootstrap.ts'

const random = new SystemRandom()
const outcomeOf = (text: string, credentials = new Credentials()) =>
  bootstrapScram(text, credentials, random)

test('users are added where they do not exist', () => {
  const text =
    'SCRAM-SHA-256=[name=alice,password="a=b"]; SCRAM-SHA-512=[name=bob,password=p,iterations=8192,salt=c2FsdA==]'
  const first = outcomeOf(text)
  if (!first.ok) throw new Error(first.reason)
  expect(first.records.map(({ data }) => data)).toMatchObject([
    { name: 'alice', mechanism: 1, iterations: 4096 },
    { name: 'bob', mechanism: 2, iterations: 8192, salt: Buffer.from('salt') },
  ])
  const credentials = new Credentials()
  for (const record of first.records) {
    if (record.type === 'UserScramCredential') credentials.apply(record)
  }
  expect(outcomeOf(text, credentials)).toEqual({ ok: true, records: [] })
})

test.each([
  'PLAIN=[name=a,password=secret-word]',
  'SCRAM-SHA-256=name=a',
  'SCRAM-SHA-256=[password=secret-word]',
  'SCRAM-SHA-256=[name=a]',
  'SCRAM-SHA-256=[name=a,saltedpassword=secret-word]',
  'SCRAM-SHA-256=[name=a,password=secret-word,iterations=5]',
  'SCRAM-SHA-256=[name=a,password=secret-word,other=1]',
])('%s is refused, and nothing of it is quoted', (text) => {
  const outcome = outcomeOf(text)
  expect(outcome.ok).toBe(false)
  expect(JSON.stringify(outcome)).not.toContain('secret-word')
})
