import { beforeEach, describe, expect, test } from 'vitest'
import { apis } from '../../../protocol/codecs/index.ts'
import type { ApiName } from '../../../protocol/codecs/index.ts'
import type { RequestInputOf } from '../../support/wire-client.ts'
import { requestHeaderVersion, responseHeaderVersion } from '../../../protocol/header.ts'
import { Reader } from '../../../protocol/reader.ts'
import { Writer } from '../../../protocol/writer.ts'
import { errorCode } from '../../../protocol/errors.ts'
import { isPromise } from '../../../src/base/maybe-promise.ts'
import type { Outcome } from '../../../src/handlers/served-api.ts'
import { silentLogger } from '../../../src/io/logger.ts'
import { ListenerTally } from '../../../src/metrics/listener-tally.ts'
import type { RequestProcessor } from '../../../src/network/connection.ts'
import { SaslGate } from '../../../src/network/sasl-gate.ts'
import type { GuardedConnection } from '../../../src/network/sasl-gate.ts'
import { LoginFailures } from '../../../src/security/login-failures.ts'
import { startPlain } from '../../../src/security/sasl-plain.ts'
import { SaslSession } from '../../../src/security/sasl-session.ts'
import { SimClock } from '../../../src/testing/sim-clock.ts'

const delayMs = 100
const users = [{ module: 'PlainLoginModule', options: new Map([['user_a', 'pw']]) }]

let clock: SimClock
let gate: SaslGate
let passed: number[]
let events: string[]
let tally: ListenerTally

const connection: GuardedConnection = {
  connectionId: 1,
  listenerName: 'SASL',
  clientAddress: '192.0.2.1',
  clientPort: 50_000,
  principal: 'User:ANONYMOUS',
  byToken: false,
  securityProtocol: 'SASL_PLAINTEXT',
  sendsFiles: false,
  advertised: { host: 'localhost', port: 9092 },
  clientSoftwareName: 'x',
  clientSoftwareVersion: 'x',
  fetchPace: null,
  mute: () => undefined,
  onClose: () => () => undefined,
  onDrain: () => () => undefined,
  authenticated: ({ user }) => events.push(`is ${user}`),
  drain: () => events.push('drain'),
}

const inner: RequestProcessor = {
  begin: (frame) => {
    passed.push(frame.readInt16BE(0))
    const answer = Buffer.alloc(10)
    return { chunks: [answer], byteLength: answer.length }
  },
  letsOthersPass: () => true,
  onBug: () => undefined,
}

beforeEach(() => {
  clock = new SimClock()
  passed = []
  events = []
  tally = new ListenerTally()
  gate = new SaslGate({
    session: new SaslSession({
      mechanisms: ['PLAIN'],
      start: () => startPlain(users),
      maxReauthMs: () => 5000,
    }),
    mechanisms: ['PLAIN'],
    inner,
    failures: new LoginFailures(),
    tally,
    failureDelayMs: () => delayMs,
    clock,
    logger: silentLogger,
  })
  gate.guard(connection)
})

function request<Name extends ApiName>(
  name: Name,
  version: number,
  body: RequestInputOf<Name>,
): Buffer {
  const writer = new Writer()
  writer.int16(apis[name].key)
  writer.int16(version)
  writer.int32(7)
  writer.nullableString('test', false)
  if (requestHeaderVersion(name, version) === 2) writer.int8(0)
  apis[name].encodeRequest(writer, body, version)
  return writer.finishBuffer()
}

const handshake = (version = 1, mechanism = 'PLAIN') =>
  request('SaslHandshake', version, { mechanism })
const token = (text: string, version = 2) =>
  request('SaslAuthenticate', version, { authBytes: Buffer.from(text) })
const apiVersions = () => request('ApiVersions', 0, {})
const metadata = () => request('Metadata', 0, { topics: [] })

/** What comes of a frame; the delay of a failure is let pass. */
async function send(frame: Buffer): Promise<Outcome> {
  const outcome = gate.begin(frame, connection)
  if (!isPromise(outcome)) return outcome
  events.push('waits')
  await Promise.resolve()
  clock.advance(delayMs)
  return outcome
}

function decoded<Name extends ApiName>(name: Name, version: number, outcome: Outcome) {
  if (typeof outcome === 'string') throw new Error(outcome)
  const frame = Buffer.concat(outcome.chunks.map((chunk) => chunk as Buffer))
  const reader = new Reader(frame, 8)
  if (responseHeaderVersion(name, version) === 1) reader.skipTaggedFields()
  return apis[name].decodeResponse(reader, version)
}

async function logIn(): Promise<void> {
  await send(handshake())
  await send(token('\0a\0pw'))
  events = []
}

describe('before the log-in', () => {
  test('ApiVersions passes once, then the handshake and the token let the rest in', async () => {
    await send(apiVersions())
    expect(passed).toEqual([apis.ApiVersions.key])
    expect(decoded('SaslHandshake', 1, await send(handshake()))).toEqual({
      errorCode: 0,
      mechanisms: ['PLAIN'],
    })
    const answer = decoded('SaslAuthenticate', 2, await send(token('\0a\0pw')))
    expect(answer).toMatchObject({ errorCode: 0, sessionLifetimeMs: 5000 })
    expect(events).toEqual(['is a'])
    await send(metadata())
    expect(passed.at(-1)).toBe(apis.Metadata.key)
    expect(tally).toMatchObject({ authenticated: 1, refused: 0 })
  })

  test.each([
    ['another request', () => metadata()],
    ['a token', () => token('\0a\0pw')],
    ['a handshake of an unknown version', () => handshake(1).fill(9, 3, 4)],
    ['a request that nobody knows', () => Buffer.from([0x7f, 0x7f, 0, 0, 0, 0, 0, 0])],
    ['less than a header', () => Buffer.from([0])],
  ])('%s ends the connection after the delay, and passes nothing', async (_, frame) => {
    expect(await send(frame())).toBe('close')
    expect([events, passed]).toEqual([['waits', 'drain'], []])
  })

  test('ApiVersions a second time ends it too', async () => {
    await send(apiVersions())
    expect(await send(apiVersions())).toBe('close')
  })

  test('an unknown mechanism is told which there are', async () => {
    const outcome = await send(handshake(1, 'GSSAPI'))
    expect(decoded('SaslHandshake', 1, outcome)).toEqual({
      errorCode: errorCode('UNSUPPORTED_SASL_MECHANISM'),
      mechanisms: ['PLAIN'],
    })
    expect(events).toEqual(['waits', 'drain'])
  })

  test('a wrong password is answered after the delay, and then the connection ends', async () => {
    await send(handshake())
    const before = clock.monotonicMs()
    const outcome = await send(token('\0a\0no'))
    expect(clock.monotonicMs() - before).toBe(delayMs)
    expect(tally).toMatchObject({ authenticated: 0, refused: 1 })
    expect(decoded('SaslAuthenticate', 2, outcome)).toMatchObject({
      errorCode: errorCode('SASL_AUTHENTICATION_FAILED'),
      errorMessage: 'Authentication failed: Invalid username or password',
    })
    expect(events).toEqual(['waits', 'drain'])
  })

  test('what is out of place within an exchange is told so, where SASL has words for it', async () => {
    await send(handshake())
    const versions = decoded('ApiVersions', 0, await send(apiVersions()))
    expect(versions.errorCode).toBe(errorCode('ILLEGAL_SASL_STATE'))
    expect(events).toEqual(['waits', 'drain'])
  })
})

describe('the handshake of version 0', () => {
  test('has tokens without requests around them', async () => {
    await send(handshake(0))
    const outcome = await send(Buffer.from('\0a\0pw'))
    expect(outcome).toEqual({ chunks: [Buffer.alloc(4)], byteLength: 4 })
    expect(events).toEqual(['is a'])
  })

  test('ends without a word for a wrong token, however short', async () => {
    await send(handshake(0))
    expect(gate.letsOthersPass(Buffer.from('x'))).toBe(false)
    expect(await send(Buffer.from('x'))).toBe('close')
  })
})

describe('after the log-in', () => {
  test('a session that ran out ends with the next request', async () => {
    await logIn()
    clock.advance(5001)
    expect(await send(metadata())).toBe('close')
    expect(passed).toEqual([])
  })

  test('a new log-in in time goes on where the old one ends', async () => {
    await logIn()
    clock.advance(4500)
    await send(handshake())
    await send(token('\0a\0pw'))
    clock.advance(4500)
    await send(metadata())
    expect(passed).toEqual([apis.Metadata.key])
  })

  test('a token without a handshake is the handler’s to refuse', async () => {
    await logIn()
    await send(token('\0a\0pw'))
    expect(passed).toEqual([apis.SaslAuthenticate.key])
  })
})
