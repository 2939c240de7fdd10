// Clients as they are, at a broker that asks who they are: each mechanism with what is right, and with what
// is wrong in the ways that happen. Each client's own error, and quickly.
import { readFileSync } from 'node:fs'
import { generateKeyPairSync } from 'node:crypto'
import type { KafkaConfig, SASLOptions } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kafkaClient } from '../support/kafkajs.ts'
import { runProgram } from '../support/program.ts'
import { pythonEnv } from '../support/python-env.ts'
import { startSecureBroker } from '../support/secure-broker.ts'
import type { ListenerName, SecureBroker } from '../support/secure-broker.ts'

let secure: SecureBroker

beforeAll(async () => {
  secure = await startSecureBroker()
})

afterAll(async () => {
  await secure.broker.stop()
})

type Expected = 'logs in' | RegExp
const saslFailed = /due to invalid credentials with SASL mechanism/
const plainFailed = /Invalid username or password/

describe('kafkajs', () => {
  const plain = (username: string, password: string): SASLOptions => ({
    mechanism: 'plain',
    username,
    password,
  })
  const scram = (bits: '256' | '512', username: string, password: string): SASLOptions => ({
    mechanism: `scram-sha-${bits}`,
    username,
    password,
  })
  const oauth = (token: () => string): SASLOptions => ({
    mechanism: 'oauthbearer',
    oauthBearerProvider: () => Promise.resolve({ value: token() }),
  })
  const cases: readonly [string, ListenerName, SASLOptions, Expected][] = [
    ['PLAIN', 'SASL_PLAINTEXT', plain('alice', 'alice-secret'), 'logs in'],
    ['PLAIN over TLS', 'SASL_SSL', plain('alice', 'alice-secret'), 'logs in'],
    ['PLAIN, wrong password', 'SASL_PLAINTEXT', plain('alice', 'wrong'), plainFailed],
    ['PLAIN, unknown user', 'SASL_SSL', plain('nobody', 'wrong'), plainFailed],
    ['SCRAM-SHA-256', 'SASL_SSL', scram('256', 'bob', 'bob-secret'), 'logs in'],
    ['SCRAM-SHA-512', 'SASL_PLAINTEXT', scram('512', 'bob', 'bob-secret'), 'logs in'],
    ['SCRAM, wrong password', 'SASL_PLAINTEXT', scram('256', 'bob', 'wrong'), saslFailed],
    ['SCRAM, unknown user', 'SASL_PLAINTEXT', scram('512', 'nobody', 'wrong'), saslFailed],
    ['OAUTHBEARER', 'SASL_SSL', oauth(() => secure.token({})), 'logs in'],
    // kafkajs takes the broker's refusal for an agreement and loses its connection, at Kafka too.
    [
      'OAUTHBEARER, expired',
      'SASL_SSL',
      oauth(() => secure.token({ exp: 1 })),
      /Closed connection/,
    ],
  ]
  test.each(cases)('%s', async (_, listener, sasl, expected) => {
    const ssl = listener === 'SASL_SSL' && { ca: [readFileSync(secure.file('ca.pem'))] }
    await expectLogin({ brokers: [secure.at(listener)], sasl, ssl }, expected)
  })

  test('TLS alone, and what does not fit it', async () => {
    const pem = (path: string) => readFileSync(path)
    const ca = [pem(secure.file('ca.pem'))]
    const own = {
      ca,
      key: pem(secure.file('client-key.pem')),
      cert: pem(secure.file('client.pem')),
    }
    const login = (listener: ListenerName, ssl: KafkaConfig['ssl'], expected: Expected) =>
      expectLogin(
        { brokers: [secure.at(listener)], ...(ssl === undefined ? {} : { ssl }) },
        expected,
      )
    await login('SSL', { ca }, 'logs in')
    await login('MTLS', own, 'logs in')
    await login('SSL', { ca: [pem(secure.strangeFile('ca.pem'))] }, /certificate/)
    await login('EXPIRED', { ca }, /certificate/)
    await login('MTLS', { ca }, /certificate required/)
    await login('SSL', undefined, /Closed connection/)
    expect(secure.broker.output()).toContain('the client does not speak TLS')
  })

  test('over TLS it is told the name that it asked for, which the certificate holds', async () => {
    const port = Number(secure.at('SSL').split(':')[1])
    const ssl = { ca: [readFileSync(secure.file('ca.pem'))], servername: 'localhost' }
    const admin = kafkaClient('', { brokers: [`localhost:${port}`], ssl }).admin()
    await admin.connect()
    const { brokers } = await admin.describeCluster()
    await admin.disconnect()
    expect(brokers).toEqual([{ nodeId: 1, host: 'localhost', port }])
  })
})

async function expectLogin(config: Partial<KafkaConfig>, expected: Expected): Promise<void> {
  const admin = kafkaClient('', { ...config, retry: { retries: 0 } }).admin()
  const outcome = admin
    .connect()
    .then(() => admin.listTopics().then(() => 'logs in', messageOf), messageOf)
  const settled = await outcome
  await admin.disconnect().catch(() => undefined)
  expect(settled).toMatch(expected === 'logs in' ? /^logs in$/ : expected)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

interface Check {
  readonly name: string
  readonly ok: boolean
  readonly error: string | null
  readonly seconds: number
}

test('confluent-kafka and kafka-python log in, and say why where they cannot', async () => {
  const strangeKey = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey
  const cases = [...confluentCases(strangeKey), ...kafkaPythonCases()]
  const input = cases.map(({ name, client, config }) => ({ name, client, config }))
  const script = 'test/support/python/security_checks.py'
  const python = await pythonEnv('newest')
  const { lines } = await runProgram(python, [script, JSON.stringify(input)], {})
  const checks = lines.map((line): Check => JSON.parse(line) as Check)
  const wrong = cases.flatMap(({ name, expected }) => {
    const check = checks.find((found) => found.name === name)
    const outcome = check?.ok === true ? 'logs in' : (check?.error ?? 'not run')
    const fits = expected === 'logs in' ? outcome === 'logs in' : expected.test(outcome)
    return fits && (check?.seconds ?? 0) < 5 ? [] : [{ name, outcome, seconds: check?.seconds }]
  })
  expect(wrong).toEqual([])
})

interface Case {
  readonly name: string
  readonly client: 'confluent' | 'kafka-python'
  readonly config: Readonly<Record<string, string>>
  readonly expected: Expected
}

function confluentCases(strangeKey: Parameters<SecureBroker['token']>[1]): Case[] {
  const sasl = (mechanism: string, user: string, password: string) => ({
    'bootstrap.servers': secure.at('SASL_PLAINTEXT'),
    'security.protocol': 'SASL_PLAINTEXT',
    'sasl.mechanism': mechanism,
    'sasl.username': user,
    'sasl.password': password,
  })
  const oauth = (token: string) => ({
    'bootstrap.servers': secure.at('SASL_SSL'),
    'security.protocol': 'SASL_SSL',
    'ssl.ca.location': secure.file('ca.pem'),
    'sasl.mechanism': 'OAUTHBEARER',
    token,
  })
  const ssl = (listener: ListenerName, ca: string, own = false) => ({
    'bootstrap.servers': secure.at(listener),
    'security.protocol': 'SSL',
    'ssl.ca.location': ca,
    ...(own && { 'ssl.key.location': secure.file('client-key.pem') }),
    ...(own && { 'ssl.certificate.location': secure.file('client.pem') }),
  })
  const ca = secure.file('ca.pem')
  const invalidToken = /_AUTHENTICATION.*invalid_token/
  const cases: readonly [string, Readonly<Record<string, string>>, Expected][] = [
    ['PLAIN', sasl('PLAIN', 'alice', 'alice-secret'), 'logs in'],
    ['PLAIN wrong', sasl('PLAIN', 'alice', 'x'), /_AUTHENTICATION.*Invalid username or password/],
    ['SCRAM-256', sasl('SCRAM-SHA-256', 'bob', 'bob-secret'), 'logs in'],
    ['SCRAM-512', sasl('SCRAM-SHA-512', 'bob', 'bob-secret'), 'logs in'],
    ['SCRAM wrong', sasl('SCRAM-SHA-512', 'bob', 'x'), /_AUTHENTICATION.*invalid credentials/],
    ['SCRAM unknown', sasl('SCRAM-SHA-256', 'no', 'x'), /_AUTHENTICATION.*invalid credentials/],
    ['OAUTHBEARER', oauth(secure.token({})), 'logs in'],
    ['token expired', oauth(secure.token({ exp: 1000 })), invalidToken],
    ['token of another issuer', oauth(secure.token({ iss: 'x' })), invalidToken],
    ['token for another audience', oauth(secure.token({ aud: ['x'] })), invalidToken],
    ['token signed by a stranger', oauth(secure.token({}, strangeKey)), invalidToken],
    ['TLS', ssl('SSL', ca), 'logs in'],
    ['TLS wrong CA', ssl('SSL', secure.strangeFile('ca.pem')), /_SSL/],
    ['TLS expired', ssl('EXPIRED', ca), /certificate verify failed/],
    ['mTLS', ssl('MTLS', ca, true), 'logs in'],
    ['mTLS without', ssl('MTLS', ca), /certificate required/],
  ]
  return cases.map(([name, config, expected]) => ({
    name: `confluent ${name}`,
    client: 'confluent',
    config,
    expected,
  }))
}

function kafkaPythonCases(): Case[] {
  const sasl = (mechanism: string, user: string, password: string) => ({
    bootstrap_servers: secure.at('SASL_PLAINTEXT'),
    security_protocol: 'SASL_PLAINTEXT',
    sasl_mechanism: mechanism,
    sasl_plain_username: user,
    sasl_plain_password: password,
  })
  const ssl = (ca: string) => ({
    bootstrap_servers: secure.at('SSL'),
    security_protocol: 'SSL',
    ssl_cafile: ca,
  })
  const cases: readonly [string, Readonly<Record<string, string>>, Expected][] = [
    ['PLAIN', sasl('PLAIN', 'alice', 'alice-secret'), 'logs in'],
    // It tries again until its own time is over, and says no more than this.
    ['PLAIN wrong', sasl('PLAIN', 'alice', 'x'), /Unable to bootstrap/],
    ['SCRAM-512', sasl('SCRAM-SHA-512', 'bob', 'bob-secret'), 'logs in'],
    ['SCRAM wrong', sasl('SCRAM-SHA-256', 'bob', 'x'), /Unable to bootstrap/],
    ['TLS', ssl(secure.file('ca.pem')), 'logs in'],
  ]
  return cases.map(([name, config, expected]) => ({
    name: `kafka-python ${name}`,
    client: 'kafka-python',
    config,
    expected,
  }))
}
