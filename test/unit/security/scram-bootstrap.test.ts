import { expect, test } from 'vitest'
import { Credentials } from '../../../src/catalog/credentials.ts'
import { SystemRandom } from '../../../src/io/random.ts'
import { addScramUsers, bootstrapScram } from '../../../src/security/scram-bootstrap.ts'
import { SimDisk } from '../../../src/testing/sim-disk.ts'
import { SimBroker } from '../../support/sim-broker.ts'

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

test('a start adds the users that are missing, and leaves the others as they are', async () => {
  const text = 'SCRAM-SHA-256=[name=alice,password=first]'
  const disk = new SimDisk()
  const first = await SimBroker.start({ 'ottla.scram.credentials': text }, { disk })
  const stored = (broker: SimBroker) =>
    broker.core.services.catalog.image.credentials.scram('SCRAM-SHA-256', 'alice')
  const before = stored(first)
  expect(before).toBeDefined()
  await first.core.close()
  const changed = 'SCRAM-SHA-256=[name=alice,password=second]'
  const second = await SimBroker.start({ 'ottla.scram.credentials': changed }, { disk })
  expect(stored(second)).toEqual(before)
  await second.core.close()
})

test('a text that is wrong ends the start', async () => {
  const broker = await SimBroker.start()
  const { catalog } = broker.core.services
  await expect(addScramUsers(catalog, 'SCRAM-SHA-256=[name=a]', random)).rejects.toThrow(
    'ottla.scram.credentials: credential 1',
  )
  await expect(addScramUsers(catalog, null, random)).resolves.toBeUndefined()
})
