import { createHmac, createHash, generateKeyPairSync, pbkdf2Sync, sign } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { Credentials, scramMechanismIds } from '../../../src/catalog/credentials.ts'
import type { MechanismSettings } from '../../../src/config/listener-security.ts'
import { brokerConfigWith } from '../../../src/config/broker-config.ts'
import { silentLogger } from '../../../src/io/logger.ts'
import { SystemRandom } from '../../../src/io/random.ts'
import { KeySet } from '../../../src/security/key-set.ts'
import { checkSignedToken, checkUnsignedToken } from '../../../src/security/oauth-tokens.ts'
import { SaslMechanisms } from '../../../src/security/sasl-mechanisms.ts'
import { OauthServer } from '../../../src/security/sasl-oauthbearer.ts'
import type { SaslSession, SaslTokenReply } from '../../../src/security/sasl-session.ts'
import { credentialOf } from '../../../src/security/scram-keys.ts'
import { tokenHmac, tokenPassword } from '../../../src/security/token-keys.ts'
import { SimClock } from '../../../src/testing/sim-clock.ts'

const clock = new SimClock()
const credentials = new Credentials()
const how = { salt: Buffer.from('salt-of-bob'), iterations: 4096 }
for (const mechanism of ['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const) {
  const data = {
    name: 'bob',
    mechanism: scramMechanismIds[mechanism],
    ...credentialOf(mechanism, 'pencil', how),
  }
  credentials.apply({ type: 'UserScramCredential', data })
}
credentials.apply({
  type: 'DelegationToken',
  data: {
    owner: 'User:bob',
    requester: 'User:bob',
    renewers: [],
    issueTimestamp: 0,
    maxTimestamp: clock.nowMs() + 5000,
    expirationTimestamp: clock.nowMs() + 5000,
    tokenId: 'token-1',
  },
})

const config = brokerConfigWith({
  listeners: 'SASL_PLAINTEXT://localhost:0',
  'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
  'listener.name.sasl_plaintext.plain.sasl.jaas.config':
    'x.PlainLoginModule required user_alice="wonder,land";',
})
const mechanisms = new SaslMechanisms({
  credentials,
  tokenSecret: () => 'secret',
  clock,
  random: new SystemRandom(),
  fetchText: () => Promise.reject(new Error('there is nothing to fetch')),
  logger: silentLogger,
})

function begin(mechanism: string): SaslSession {
  const sasl = config.listeners[0]?.security.sasl
  if (sasl === null || sasl === undefined) throw new Error('the listener speaks SASL')
  const session = mechanisms.session(sasl)
  session.handshake(1, mechanism, 0)
  return session
}

async function send(session: SaslSession, text: string): Promise<SaslTokenReply> {
  const time = () => ({ nowMs: clock.nowMs(), monotonicMs: clock.monotonicMs() })
  const reply = await session.token(Buffer.from(text, 'utf8'), time)
  if (reply.kind !== 'token') throw new Error(reply.kind)
  return reply
}

describe('PLAIN', () => {
  test.each([
    ['\0alice\0wonder,land', null],
    ['alice\0alice\0wonder,land', null],
    ['\0alice\0wrong', 'Authentication failed: Invalid username or password'],
    ['\0nobody\0wonder,land', 'Authentication failed: Invalid username or password'],
    ['\0__proto__\0x', 'Authentication failed: Invalid username or password'],
    ['\0\0x', 'Authentication failed: username not specified'],
    ['\0alice\0', 'Authentication failed: password not specified'],
    ['alice', 'Invalid SASL/PLAIN response: expected 3 tokens, got 1'],
    ['a\0b\0c\0d\0e', 'Invalid SASL/PLAIN response: expected 3 tokens, got 4'],
    [
      'bob\0alice\0wonder,land',
      'Authentication failed: Client requested an authorization id that is different from username',
    ],
  ])('answers %j as Kafka does', async (message, refusal) => {
    const reply = await send(begin('PLAIN'), message)
    expect(reply.message).toBe(refusal)
    expect(reply.identity?.user ?? null).toBe(refusal === null ? 'alice' : null)
  })
})

type Bits = 'SCRAM-SHA-256' | 'SCRAM-SHA-512'

/** The client's side of SCRAM, written from the RFC. */
async function scram(mechanism: Bits, user: string, password: string, more = '') {
  const hash = mechanism === 'SCRAM-SHA-256' ? 'sha256' : 'sha512'
  const session = begin(mechanism)
  const bare = `n=${user},r=clientnonce${more}`
  const first = await send(session, `n,,${bare}`)
  const serverFirst = first.bytes.toString('utf8')
  const [, nonce = '', salt = '', count] = /^r=([^,]+),s=([^,]+),i=(\d+)$/.exec(serverFirst) ?? []
  expect(nonce.startsWith('clientnonce')).toBe(true)
  const bytes = hash === 'sha256' ? 32 : 64
  const salted = pbkdf2Sync(password, Buffer.from(salt, 'base64'), Number(count), bytes, hash)
  const hmac = (key: Buffer, text: string) => createHmac(hash, key).update(text).digest()
  const clientKey = hmac(salted, 'Client Key')
  const withoutProof = `c=biws,r=${nonce}`
  const auth = `${bare},${serverFirst},${withoutProof}`
  const signature = hmac(createHash(hash).update(clientKey).digest(), auth)
  const proof = Buffer.from(clientKey.map((byte, index) => byte ^ (signature[index] ?? 0)))
  const last = await send(session, `${withoutProof},p=${proof.toString('base64')}`)
  const expected = `v=${hmac(hmac(salted, 'Server Key'), auth).toString('base64')}`
  return { last, isServerProven: last.bytes.toString('utf8') === expected, serverFirst }
}

describe.each(['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const)('%s', (mechanism) => {
  test('lets in who knows the password, and proves the server', async () => {
    const { last, isServerProven } = await scram(mechanism, 'bob', 'pencil')
    expect(last.identity).toEqual({ user: 'bob', byToken: false, expiresAtMs: null })
    expect(isServerProven).toBe(true)
  })

  test('answers a wrong password and an unknown user alike, step by step', async () => {
    const wrong = await scram(mechanism, 'bob', 'pen')
    const unknown = await scram(mechanism, 'nobody', 'pen')
    expect(unknown.last).toEqual({ ...wrong.last, reason: unknown.last.reason })
    expect(wrong.last).toMatchObject({ error: 'SASL_AUTHENTICATION_FAILED', fails: true })
    const saltOf = (text: string) => /s=([^,]+)/.exec(text)?.[1]
    const again = await scram(mechanism, 'nobody', 'pen')
    expect(saltOf(again.serverFirst)).toBe(saltOf(unknown.serverFirst))
  })

  test('takes delegation tokens in place of users', async () => {
    const password = tokenPassword(tokenHmac('secret', 'token-1'))
    const { last } = await scram(mechanism, 'token-1', password, ',tokenauth=true')
    expect(last.identity).toMatchObject({ user: 'bob', byToken: true })
    expect(last.lifetimeMs).toBeGreaterThan(0)
    const plain = await scram(mechanism, 'token-1', password)
    expect(plain.last.fails).toBe(true)
  })

  test('refuses messages that are none', async () => {
    for (const message of ['', 'x', 'y,,n=bob,r=a', 'n,,n=,r=a', 'n,,n=b=b,r=a', 'n,,n=bob,r=']) {
      expect((await send(begin(mechanism), message)).fails, message).toBe(true)
    }
  })
})

describe('OAUTHBEARER', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const seconds = Math.floor(clock.nowMs() / 1000)
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const token = (claims: object, header: object = { alg: 'RS256', kid: 'k' }, key = privateKey) => {
    const signed = `${part(header)}.${part({ sub: 'eve', iat: seconds, exp: seconds + 60, ...claims })}`
    return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`
  }
  const settings: MechanismSettings = {
    maxReauthMs: 0,
    jaas: [],
    oauth: {
      jwksUrl: 'https://issuer.example/keys',
      refreshMs: 60_000,
      retryBackoffMs: 100,
      retryBackoffMaxMs: 1000,
      audiences: ['kafka'],
      issuer: 'me',
      clockSkewSeconds: 0,
      scopeClaim: 'scope',
      subClaim: 'sub',
    },
  }
  let fetchCount = 0
  const keys = new KeySet({
    settings: { ...settings.oauth, jwksUrl: 'https://issuer.example/keys' },
    fetchText: () => {
      fetchCount += 1
      const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k' }
      return Promise.resolve(JSON.stringify({ keys: [{ kty: 'oct', k: 'AA', kid: 'k' }, jwk] }))
    },
    clock,
    logger: silentLogger,
  })
  const check = (text: string) =>
    checkSignedToken(text, settings, { keys, nowMs: () => clock.nowMs() })
  const good = { iss: 'me', aud: ['other', 'kafka'] }

  test('takes a token that its issuer signed', async () => {
    expect(await check(token(good))).toMatchObject({ ok: true, user: 'eve' })
  })

  test.each([
    ['expired', token({ ...good, exp: seconds - 10 })],
    ['without an expiry', token({ ...good, exp: undefined })],
    ['without a time of issue', token({ ...good, iat: undefined })],
    ['issued later', token({ ...good, iat: seconds + 50 })],
    ['not valid yet', token({ ...good, nbf: seconds + 50 })],
    ['of another issuer', token({ ...good, iss: 'you' })],
    ['for another audience', token({ ...good, aud: 'x' })],
    ['without a user', token({ ...good, sub: 7 })],
    ['with scopes that are none', token({ ...good, scope: [1] })],
    ['unsigned', `${part({ alg: 'none' })}.${part({ ...good, sub: 'eve', exp: seconds + 9 })}.`],
    ['with another algorithm than its key', token(good, { alg: 'ES256', kid: 'k' })],
    ['signed with a shared secret', token(good, { alg: 'HS256', kid: 'k' })],
    ['with an unknown key', token(good, { alg: 'RS256', kid: 'other' })],
    ['changed', token(good).replace(/.(?=\.[^.]*$)/, '_')],
    ['that is none', 'a.b'],
  ])('refuses a token %s', async (_, text) => {
    expect(await check(text)).toMatchObject({ ok: false, status: 'invalid_token' })
  })

  test('asks for its keys once in a while, whoever knocks', async () => {
    const before = fetchCount
    for (let tries = 0; tries < 20; tries++) {
      await check(token(good, { alg: 'RS256', kid: `unknown-${tries}` }))
    }
    expect(fetchCount - before).toBeLessThanOrEqual(1)
  })

  test('tells the client in JSON, and refuses it when it has acknowledged', async () => {
    const server = new OauthServer(check)
    const message = (text: string) => Buffer.from(`n,,\x01auth=Bearer ${text}\x01\x01`)
    const told = await server.evaluate(message('a.b.c'))
    expect(told).toMatchObject({
      kind: 'continue',
      bytes: Buffer.from('{"status":"invalid_token"}'),
    })
    expect(await server.evaluate(Buffer.from([1]))).toMatchObject({
      kind: 'failed',
      message: '{"status":"invalid_token"}',
    })
    const other = Buffer.from(`n,a=mallory,\x01auth=bearer ${token(good)}\x01\x01`)
    expect(await new OauthServer(check).evaluate(other)).toMatchObject({ kind: 'failed' })
  })

  test('takes unsigned tokens with the options of Kafka’s validator', () => {
    const text = `${part({ alg: 'none' })}.${part({ who: 'eve', exp: seconds + 9, scp: 'a b' })}.`
    const options = (scope: string) =>
      new Map([
        ['unsecuredValidatorPrincipalClaimName', 'who'],
        ['unsecuredValidatorScopeClaimName', 'scp'],
        ['unsecuredValidatorRequiredScope', scope],
      ])
    const with_ = (scope: string) => ({
      ...settings,
      jaas: [{ module: 'm', options: options(scope) }],
    })
    expect(checkUnsignedToken(text, with_('b'), clock.nowMs())).toMatchObject({ user: 'eve' })
    expect(checkUnsignedToken(text, with_('c'), clock.nowMs())).toMatchObject({
      status: 'insufficient_scope',
      scope: 'c',
    })
    expect(checkUnsignedToken(token(good), with_('b'), clock.nowMs())).toMatchObject({ ok: false })
  })
})
