// The tools at a broker that asks who they are: each protocol and mechanism by `--command-config`, with what is right
// and with what is wrong.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newDataDirectory } from '../support/broker.ts'
import { startSecureBroker } from '../support/secure-broker.ts'
import type { ListenerName, SecureBroker } from '../support/secure-broker.ts'
import { runTool, type ToolRun } from '../support/tool-host.ts'
import type { ToolName } from '../../src/cli/tools/index.ts'
import { devPassword } from '../../src/security/dev-certs.ts'

let secure: SecureBroker
beforeAll(async () => {
  secure = await startSecureBroker({ 'delegation.token.secret.key': 'the-tokens-secret' })
})
afterAll(() => secure.broker.stop())

type Settings = Readonly<Record<string, string>>

/** Runs a tool at a listener, with these settings in its `--command-config`. */
function run(
  tool: ToolName,
  listener: ListenerName,
  settings: Settings,
  words: string,
): Promise<ToolRun> {
  const file = join(newDataDirectory(), 'client.properties')
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`)
  writeFileSync(file, lines.join(''))
  const where = ['--bootstrap-server', secure.at(listener), '--command-config', file]
  return runTool(tool, [...where, ...words.split(' ')])
}

const plainModule = 'org.apache.kafka.common.security.plain.PlainLoginModule'
const scramModule = 'org.apache.kafka.common.security.scram.ScramLoginModule'
const oauthModule = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule'

const sasl = (mechanism: string, jaas: string): Settings => ({
  'security.protocol': 'SASL_PLAINTEXT',
  'sasl.mechanism': mechanism,
  'sasl.jaas.config': jaas,
})
const login = (module: string, user: string, password: string): string =>
  `${module} required username="${user}" password="${password}";`
const plain = (user: string, password: string) => sasl('PLAIN', login(plainModule, user, password))
const scram = (bits: number, user: string, password: string) =>
  sasl(`SCRAM-SHA-${bits}`, login(scramModule, user, password))
const trusting = (file: string): Settings => ({
  'security.protocol': 'SSL',
  'ssl.truststore.location': file,
  'ssl.truststore.password': devPassword,
})
const pemTrust = (file: string): Settings => ({
  'security.protocol': 'SSL',
  'ssl.truststore.type': 'PEM',
  'ssl.truststore.location': file,
})

describe('a tool logs in', () => {
  const cases: readonly [string, ListenerName, () => Settings][] = [
    ['by PLAIN', 'SASL_PLAINTEXT', () => plain('alice', 'alice-secret')],
    [
      'by PLAIN over TLS',
      'SASL_SSL',
      () => ({
        ...trusting(secure.file('truststore.p12')),
        ...plain('alice', 'alice-secret'),
        'security.protocol': 'SASL_SSL',
      }),
    ],
    ['by SCRAM-SHA-256', 'SASL_PLAINTEXT', () => scram(256, 'bob', 'bob-secret')],
    ['by SCRAM-SHA-512', 'SASL_PLAINTEXT', () => scram(512, 'bob', 'bob-secret')],
    [
      'by OAUTHBEARER with a token in a file',
      'SASL_PLAINTEXT',
      () => {
        const file = join(newDataDirectory(), 'token')
        writeFileSync(file, `${secure.token({})}\n`)
        return {
          ...sasl('OAUTHBEARER', `${oauthModule} required;`),
          'sasl.oauthbearer.token.endpoint.url': `file://${file}`,
        }
      },
    ],
    ['by TLS', 'SSL', () => trusting(secure.file('truststore.p12'))],
    ['by TLS that trusts PEM', 'SSL', () => pemTrust(secure.file('ca.pem'))],
    [
      'by TLS with a certificate of its own',
      'MTLS',
      () => ({
        ...trusting(secure.file('truststore.p12')),
        'ssl.keystore.location': secure.file('client.p12'),
        'ssl.keystore.password': devPassword,
      }),
    ],
  ]
  test.each(cases)('%s', async (_, listener, settings) => {
    const { code, out, err } = await run('kafka-topics', listener, settings(), '--list')
    expect({ code, out, err }).toEqual({ code: 0, out: '\n', err: '' })
  })
})

describe('a tool that cannot log in says why', () => {
  const cases: readonly [string, ListenerName, () => Settings, RegExp][] = [
    [
      'a wrong password by PLAIN',
      'SASL_PLAINTEXT',
      () => plain('alice', 'wrong'),
      /Authentication failed: Invalid username or password/,
    ],
    [
      'a wrong password by SCRAM',
      'SASL_PLAINTEXT',
      () => scram(256, 'bob', 'wrong'),
      /due to invalid credentials with SASL mechanism SCRAM-SHA-256/,
    ],
    [
      'a broker whose authority it does not trust',
      'SSL',
      () => trusting(secure.strangeFile('truststore.p12')),
      /SSL handshake failed: .*certificate/,
    ],
    [
      'an expired certificate',
      'EXPIRED',
      () => trusting(secure.file('truststore.p12')),
      /SSL handshake failed/,
    ],
    [
      'a mechanism that there is not',
      'SASL_PLAINTEXT',
      () => sasl('GSSAPI', `${plainModule} required;`),
      /sasl\.mechanism=GSSAPI is not supported/,
    ],
    [
      'no password',
      'SASL_PLAINTEXT',
      () => ({ 'security.protocol': 'SASL_PLAINTEXT', 'sasl.mechanism': 'PLAIN' }),
      /sasl\.jaas\.config is missing/,
    ],
    [
      'a trust store that is not there',
      'SSL',
      () => trusting(secure.file('missing.p12')),
      /ssl\.truststore\.location/,
    ],
  ]
  test.each(cases)('%s', async (_, listener, settings, expected) => {
    const { code, out, err } = await run('kafka-topics', listener, settings(), '--list')
    expect(code).toBe(1)
    expect(`${out}${err}`).toMatch(expected)
  })
})

test('users get credentials, log in with them, and lose them', async () => {
  const alice = plain('alice', 'alice-secret')
  const configs = (words: string) => run('kafka-configs', 'SASL_PLAINTEXT', alice, words)
  const user = '--entity-type users --entity-name carol'
  const secret = '--add-config SCRAM-SHA-256=[iterations=8192,password=c=1,2]'
  expect(await configs(`--alter ${user} ${secret}`)).toEqual({
    code: 0,
    out: 'Completed updating config for user carol.\n',
    err: '',
  })
  expect((await configs(`--describe ${user}`)).out).toBe(
    "SCRAM credential configs for user-principal 'carol' are SCRAM-SHA-256=iterations=8192\n",
  )
  const carol = scram(256, 'carol', 'c=1,2')
  expect((await run('kafka-topics', 'SASL_PLAINTEXT', carol, '--list')).code).toBe(0)
  await configs(`--alter ${user} --delete-config SCRAM-SHA-256`)
  expect((await configs(`--describe ${user}`)).out).toBe('')
  const both = `--alter ${user} --add-config producer_byte_rate=1,SCRAM-SHA-256=[password=x]`
  expect((await configs(both)).err).toContain(
    'Cannot alter both quota and SCRAM credential configs',
  )
  expect((await configs(`--alter ${user} --add-config nothing=1`)).err).toContain(
    'Unexpected config names: Set(nothing)',
  )
})

test('a token is created, logs its bearer in, is renewed and expires', async () => {
  const bob = scram(256, 'bob', 'bob-secret')
  const tokens = (words: string) => run('kafka-delegation-tokens', 'SASL_PLAINTEXT', bob, words)
  const created = await tokens('--create --max-life-time-period -1 --renewer-principal User:alice')
  expect(created.out.split('\n')[0]).toBe(
    'Calling create token operation with renewers :[User:alice] , max-life-time-period :-1',
  )
  const row = created.out.trim().split('\n').at(-1) ?? ''
  const [id = '', hmac = '', owner, requester, renewers, issued] = row.split(/ +/)
  expect([owner, requester, renewers]).toEqual(['User:bob', 'User:bob', '[User:alice]'])
  expect(issued).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d$/)
  const line = `${scramModule} required username="${id}" password="${hmac}" tokenauth="true";`
  const bearer = sasl('SCRAM-SHA-256', line)
  expect((await run('kafka-topics', 'SASL_PLAINTEXT', bearer, '--list')).code).toBe(0)
  expect((await tokens(`--renew --hmac ${hmac} --renew-time-period -1`)).out).toContain(
    'Completed renew operation. New expiry date : ',
  )
  expect((await tokens('--describe')).out).toContain('Total number of tokens : 1\nTOKENID ')
  expect((await tokens(`--expire --hmac ${hmac} --expiry-time-period -1`)).code).toBe(0)
  expect((await run('kafka-topics', 'SASL_PLAINTEXT', bearer, '--list')).code).toBe(1)
  expect((await tokens('--describe --create')).err).toContain('exactly one action')
})
