// Stands before the dispatcher on SASL listeners, one per connection: lets nothing pass but ApiVersions
// until the client has logged in, answers the log-in's own requests, and ends sessions that ran out.
// What a message is worth is decided by security/sasl-session; this file knows its bytes.
import { apis } from '../../protocol/codecs/index.ts'
import type { ResponseOf } from '../../protocol/codecs/index.ts'
import { DecodeError, errorCode } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { decodeRequestHeader, encodeResponseFrame } from '../../protocol/header.ts'
import type { RequestHeader } from '../../protocol/header.ts'
import { Reader } from '../../protocol/reader.ts'
import type { Encoded } from '../../protocol/writer.ts'
import { chain } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import type { ConnectionContext } from '../handlers/context.ts'
import type { Outcome } from '../handlers/served-api.ts'
import type { Clock } from '../io/clock.ts'
import type { Logger } from '../io/logger.ts'
import type { ListenerTally } from '../metrics/listener-tally.ts'
import type { LoginFailures } from '../security/login-failures.ts'
import type { SaslIdentity } from '../security/sasl-server.ts'
import type {
  MessageTime,
  SaslReply,
  SaslSession,
  SaslTokenReply,
} from '../security/sasl-session.ts'
import type { RequestProcessor } from './connection.ts'

/** The connection as the gate needs it. */
export interface GuardedConnection extends ConnectionContext {
  /** The client is this user from now on, until it logs in again. */
  authenticated(identity: SaslIdentity): void
  /** Begins no more requests; closes when those in flight are answered. */
  drain(): void
}

export interface SaslGateOptions {
  readonly session: SaslSession
  readonly mechanisms: readonly string[]
  /** Where requests go that are not the log-in's. */
  readonly inner: RequestProcessor
  readonly failures: LoginFailures
  readonly tally: Pick<ListenerTally, 'authenticated' | 'refused'>
  /** connection.failed.authentication.delay.ms. */
  readonly failureDelayMs: () => number
  readonly clock: Clock
  readonly logger: Logger
}

const keyBytes = 2
const saslHandshakeKey = apis.SaslHandshake.key
const saslAuthenticateKey = apis.SaslAuthenticate.key
const apiVersionsKey = apis.ApiVersions.key
const saslVersionMax: Readonly<Record<number, number>> = {
  [saslHandshakeKey]: 1,
  [saslAuthenticateKey]: 2,
}
/** Of an answer to ApiVersions: size and correlation id stand before the error code. */
const apiVersionsErrorAt = 8

export class SaslGate implements RequestProcessor {
  readonly #options: SaslGateOptions
  #connection: GuardedConnection | null = null

  constructor(options: SaslGateOptions) {
    this.#options = options
  }

  /** Tells the gate whose requests it gets. */
  guard(connection: GuardedConnection): void {
    this.#connection = connection
  }

  begin(frame: Buffer, connection: ConnectionContext): MaybePromise<Outcome> {
    const { session, inner, clock } = this.#options
    if (session.isAuthenticated && !isSaslRequest(frame)) {
      if (!session.isExpired(clock.monotonicMs())) return inner.begin(frame, connection)
      return this.#sessionEnded(connection)
    }
    if (session.expectsBareToken) {
      const reply = session.token(Buffer.from(frame), this.#time)
      return chain(reply, (settled) => this.#bareAnswer(settled))
    }
    try {
      return this.#beginRequest(frame, connection)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      return this.#fail('close', 'bytes that are no request of Kafka’s')
    }
  }

  letsOthersPass(frame: Buffer): boolean {
    const { session, inner } = this.#options
    return session.isAuthenticated && !isSaslRequest(frame) && inner.letsOthersPass(frame)
  }

  onBug(error: unknown): void {
    this.#options.inner.onBug(error)
  }

  #beginRequest(frame: Buffer, connection: ConnectionContext): MaybePromise<Outcome> {
    const { session, inner, clock } = this.#options
    const reader = new Reader(Buffer.from(frame))
    const header = decodeRequestHeader(reader)
    const { api, apiKey, apiVersion } = header
    if (apiKey === apiVersionsKey) {
      if (session.takesApiVersions) {
        return chain(inner.begin(frame, connection), (outcome) => this.#noteApiVersions(outcome))
      }
      return this.#unexpected(header)
    }
    const versionMax = saslVersionMax[apiKey]
    if (versionMax === undefined) return this.#unexpected(header)
    if (apiVersion < 0 || apiVersion > versionMax) {
      return this.#fail('close', `version ${apiVersion} of ${api}`)
    }
    if (apiKey === saslHandshakeKey) {
      const { mechanism } = apis.SaslHandshake.decodeRequest(reader, apiVersion)
      const reply = session.handshake(apiVersion, mechanism, clock.monotonicMs())
      if (reply.kind === 'not-ours') return inner.begin(frame, connection)
      return this.#handshakeAnswer(reply, header)
    }
    const { authBytes } = apis.SaslAuthenticate.decodeRequest(reader, apiVersion)
    // What belongs to no log-in is the handler's to refuse, and the frame is gone once this returns.
    if (session.isAuthenticated) return inner.begin(frame, connection)
    return chain(session.token(authBytes, this.#time), (reply) => this.#answer(reply, header))
  }

  readonly #time = (): MessageTime => {
    const { clock } = this.#options
    return { nowMs: clock.nowMs(), monotonicMs: clock.monotonicMs() }
  }

  #noteApiVersions(outcome: Outcome): Outcome {
    if (typeof outcome === 'string') return outcome
    const [head] = outcome.chunks
    if (head instanceof Buffer && head.readInt16BE(apiVersionsErrorAt) === 0) {
      this.#options.session.apiVersionsAnswered()
    }
    return outcome
  }

  /** A request that has no place here ends the connection; within an exchange ApiVersions is told why. */
  #unexpected(header: RequestHeader): MaybePromise<Outcome> {
    const { session } = this.#options
    const isAnswered = header.apiKey === apiVersionsKey && session.isInExchange
    const reason = `${header.api} before the log-in`
    session.unexpected(reason)
    if (!isAnswered) return this.#fail('close', reason)
    const body = { errorCode: errorCode('ILLEGAL_SASL_STATE'), apiKeys: [] }
    return this.#fail(encodeResponseFrame('ApiVersions', 0, header.correlationId, body), reason)
  }

  #handshakeAnswer(reply: SaslReply, header: RequestHeader): MaybePromise<Outcome> {
    if (reply.kind !== 'handshake') return this.#fail('close', endReason(reply))
    const body = {
      errorCode: errorCode(reply.error),
      mechanisms: reply.error === 'ILLEGAL_SASL_STATE' ? [] : [...this.#options.mechanisms],
    }
    const { apiVersion, correlationId } = header
    const frame = encodeResponseFrame('SaslHandshake', apiVersion, correlationId, body)
    return reply.fails ? this.#fail(frame, handshakeReason(reply.error)) : frame
  }

  #answer(reply: SaslReply, header: RequestHeader): MaybePromise<Outcome> {
    if (reply.kind !== 'token') return this.#fail('close', endReason(reply))
    const { apiVersion, correlationId } = header
    const body: ResponseOf<'SaslAuthenticate'> = {
      errorCode: errorCode(reply.error),
      errorMessage: reply.message,
      authBytes: reply.bytes,
      sessionLifetimeMs: reply.lifetimeMs,
    }
    const frame = encodeResponseFrame('SaslAuthenticate', apiVersion, correlationId, body)
    return this.#settle(reply, frame)
  }

  /** Without requests around the tokens there is no room for an error: the connection just ends. */
  #bareAnswer(reply: SaslReply): MaybePromise<Outcome> {
    if (reply.kind !== 'token') return this.#fail('close', endReason(reply))
    return this.#settle(reply, reply.fails ? 'close' : bareFrame(reply.bytes))
  }

  #settle(reply: SaslTokenReply, outcome: Outcome): MaybePromise<Outcome> {
    if (reply.fails) return this.#fail(outcome, reply.reason)
    if (reply.identity === null) return outcome
    this.#options.tally.authenticated += 1
    this.#connection?.authenticated(reply.identity)
    return outcome
  }

  /** The answer waits, and with it this connection alone; then the connection ends. */
  #fail(outcome: Outcome, reason: string): Promise<Outcome> {
    const { clock, failures, failureDelayMs, session, tally } = this.#options
    tally.refused += 1
    const connection = this.#connection
    const address = connection?.clientAddress ?? 'unknown'
    const { delayFactor, isLogged, unloggedCount } = failures.note(address, clock.monotonicMs())
    if (isLogged) {
      this.#options.logger.warn(
        {
          client: address,
          listener: connection?.listenerName,
          ...(session.mechanism === '' ? {} : { mechanism: session.mechanism }),
          reason,
          ...(unloggedCount === 0 ? {} : { earlierFailures: unloggedCount }),
        },
        'log-in failed',
      )
    }
    return new Promise((resolve) => {
      clock.after(failureDelayMs() * delayFactor, () => {
        connection?.drain()
        resolve(outcome)
      })
    })
  }

  #sessionEnded(connection: ConnectionContext): Outcome {
    const fields = { client: connection.clientAddress, principal: connection.principal }
    this.#options.logger.info(fields, 'connection closed: its log-in has run out')
    return 'close'
  }
}

function isSaslRequest(frame: Buffer): boolean {
  if (frame.length < keyBytes) return false
  const apiKey = frame.readInt16BE(0)
  return apiKey === saslHandshakeKey || apiKey === saslAuthenticateKey
}

function endReason(reply: SaslReply): string {
  return reply.kind === 'end' ? reply.reason : 'a message out of place'
}

function handshakeReason(error: ErrorName): string {
  return error === 'UNSUPPORTED_SASL_MECHANISM'
    ? 'the client asked for a mechanism that sasl.enabled.mechanisms does not list'
    : 'a SASL handshake within an exchange'
}

function bareFrame(token: Buffer): Encoded {
  const size = Buffer.alloc(4)
  size.writeInt32BE(token.length)
  return { chunks: [Buffer.concat([size, token])], byteLength: size.length + token.length }
}
