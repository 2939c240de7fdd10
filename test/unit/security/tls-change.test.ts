import { describe, expect, test } from 'vitest'
import { brokerConfigWith } from '../../../src/config/broker-config.ts'
import type { Listener } from '../../../src/config/broker-config.ts'
import { SystemRandom } from '../../../src/io/random.ts'
import { devPassword, makeDevCerts } from '../../../src/security/dev-certs.ts'
import { tlsChangeProblem } from '../../../src/security/tls-change.ts'

const random = new SystemRandom()
const frame = 'Validation of dynamic config update of SSLFactory failed: '
const prefix = 'listener.name.ssl.'

const stores: Readonly<Record<string, readonly string[]>> = {
  old: ['localhost', '127.0.0.1'],
  renewed: ['localhost', '127.0.0.1'],
  more: ['localhost', '127.0.0.1', 'more'],
  fewer: ['localhost'],
  stranger: ['stranger', 'localhost', '127.0.0.1'],
}
const files = new Map<string, Buffer | undefined>(
  Object.entries(stores).flatMap(([name, hosts]) => {
    const certs = makeDevCerts({ directory: '/', hosts, nowMs: 0, random })
    return [
      [`/${name}.p12`, certs.get('server.p12')],
      [`/${name}-trust.p12`, certs.get('truststore.p12')],
    ] as const
  }),
)
files.set('/junk.p12', Buffer.from('junk'))

function readFile(path: string): Buffer {
  const content = files.get(path)
  if (content === undefined) throw Object.assign(new Error(`no file ${path}`), { code: 'ENOENT' })
  return content
}

function listenersWith(tls: Readonly<Record<string, string>>): readonly Listener[] {
  const own = Object.entries({
    'ssl.keystore.location': '/old.p12',
    'ssl.keystore.password': devPassword,
    ...tls,
  }).map(([key, value]) => [prefix + key, value])
  return brokerConfigWith({
    listeners: 'SSL://localhost:9093,PLAINTEXT://localhost:9092',
    ...Object.fromEntries(own),
  }).listeners
}

/** Of a change from the store `old` to other settings. */
function problemOf(
  after: Readonly<Record<string, string>>,
  always: Readonly<Record<string, string>> = {},
): string | null {
  const before = listenersWith(always)
  return tlsChangeProblem(before, listenersWith({ ...always, ...after }), readFile)
}

describe('a key store', () => {
  test('of the same names may take over, and one of more names', () => {
    expect(problemOf({ 'ssl.keystore.location': '/renewed.p12' })).toBe(null)
    expect(problemOf({ 'ssl.keystore.location': '/more.p12' })).toBe(null)
  })

  test.each([
    ['is missing', { 'ssl.keystore.location': '/missing.p12' }, 'no file /missing.p12'],
    ['is none', { 'ssl.keystore.location': '/junk.p12' }, 'neither PEM nor PKCS#12 nor JKS'],
    ['is of no known type', { 'ssl.keystore.type': 'NOPE' }, 'stores of type NOPE are not read'],
    ['has another password', { 'ssl.keystore.password': 'wrong' }, 'password'],
  ])('that %s is refused with its key', (_, after, reason) => {
    const problem = problemOf(after)
    expect(problem).toContain(`${frame}${prefix}ssl.keystore.location: `)
    expect(problem).toContain(reason)
  })

  test('of another distinguished name is refused unless that is allowed', () => {
    const after = { 'ssl.keystore.location': '/stranger.p12' }
    expect(problemOf(after)).toBe(
      `${frame}Keystore DistinguishedName does not match: existing=CN=localhost, new=CN=stranger`,
    )
    expect(problemOf(after, { 'ssl.allow.dn.changes': 'true' })).toBe(null)
  })

  test('that lacks alternative names is refused unless that is allowed', () => {
    const after = { 'ssl.keystore.location': '/fewer.p12' }
    expect(problemOf(after)).toBe(
      `${frame}Keystore SubjectAltNames do not match: existing=[DNS:localhost, IP Address:127.0.0.1], new=[DNS:localhost]`,
    )
    expect(problemOf(after, { 'ssl.allow.san.changes': 'true' })).toBe(null)
  })

  test('cannot be compared with one that is gone: it counts that it opens', () => {
    const before = listenersWith({ 'ssl.keystore.location': '/missing.p12' })
    const after = listenersWith({ 'ssl.keystore.location': '/stranger.p12' })
    expect(tlsChangeProblem(before, after, readFile)).toBe(null)
  })
})

describe('a trust store', () => {
  const trust = {
    'ssl.truststore.location': '/old-trust.p12',
    'ssl.truststore.password': devPassword,
  }

  test('may be exchanged', () => {
    expect(problemOf({ 'ssl.truststore.location': '/renewed-trust.p12' }, trust)).toBe(null)
  })

  test('that cannot be opened is refused with its key', () => {
    const problem = problemOf({ 'ssl.truststore.location': '/junk.p12' }, trust)
    expect(problem).toContain(`${frame}${prefix}ssl.truststore.location: `)
  })

  test('can neither be added nor taken away', () => {
    expect(problemOf(trust)).toContain('Cannot add SSL truststore to an existing listener')
    const problem = tlsChangeProblem(listenersWith(trust), listenersWith({}), readFile)
    expect(problem).toContain('Cannot remove the SSL truststore from an existing listener')
  })
})

test('settings that stay are not looked at again, though their files are broken', () => {
  const broken = listenersWith({ 'ssl.keystore.location': '/junk.p12' })
  const same = listenersWith({ 'ssl.keystore.location': '/junk.p12' })
  expect(tlsChangeProblem(broken, same, readFile)).toBe(null)
})
