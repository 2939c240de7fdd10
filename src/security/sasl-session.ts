// Where a connection of a SASL listener stands on its way in, and again on the way to a new session
// (KIP-368): handshake, exchange, done, or failed. Decides what each message is worth in each state,
// as Kafka's brokers do; knows no bytes of requests and no sockets.
import type { ErrorName } from '../../protocol/errors.ts'
import { assert } from '../base/assert.ts'
import { chain } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import { secondMs } from '../base/units.ts'
import { noBytes } from './sasl-server.ts'
import type { SaslIdentity, SaslServer, SaslStep } from './sasl-server.ts'

/** What the session may start. */
export interface SaslOffer {
  /** In the order in which clients are told of them. */
  readonly mechanisms: readonly string[]
  start(mechanism: string): SaslServer
  /** connections.max.reauth.ms of the mechanism; 0: no end. */
  maxReauthMs(mechanism: string): number
}

/** Wall-clock and monotonic time of a message, in ms. */
export interface MessageTime {
  readonly nowMs: number
  readonly monotonicMs: number
}

/** What becomes of a message. After `fails` the connection ends, once the answer is out. */
export type SaslReply =
  | { readonly kind: 'handshake'; readonly error: ErrorName; readonly fails: boolean }
  | SaslTokenReply
  /** No answer: only the end. */
  | { readonly kind: 'end'; readonly reason: string }
  /** Not a matter of authentication any more. */
  | { readonly kind: 'not-ours' }

export interface SaslTokenReply {
  readonly kind: 'token'
  readonly error: ErrorName
  readonly message: string | null
  readonly bytes: Buffer
  /** How long the client may stay without a new log-in; 0: for ever. */
  readonly lifetimeMs: number
  readonly fails: boolean
  /** For the log, where it fails. */
  readonly reason: string
  /** Who it is, with the last message of an exchange that succeeded. */
  readonly identity: SaslIdentity | null
}

type Phase =
  /** Before anything: ApiVersions may come once, or the handshake. */
  | { readonly kind: 'start' }
  | { readonly kind: 'handshake' }
  | { readonly kind: 'exchange'; readonly server: SaslServer; readonly framed: boolean }
  /** The handshake named another mechanism than before: the next message ends it. */
  | { readonly kind: 'other-mechanism'; readonly framed: boolean }
  | { readonly kind: 'authenticated' }
  | { readonly kind: 'failed' }

const reauthIntervalMsMin = 1 * secondMs

export class SaslSession {
  readonly #offer: SaslOffer
  #phase: Phase = { kind: 'start' }
  #mechanism = ''
  /** Who logged in before, while a new log-in is under way. */
  #previous: SaslIdentity | null = null
  #identity: SaslIdentity | null = null
  /** Monotonic ms; Infinity: never. */
  #expiresAt = Infinity
  #reauthStartedAt = -Infinity

  constructor(offer: SaslOffer) {
    this.#offer = offer
  }

  /** The next message is a bare token of the mechanism, with no request around it. */
  get expectsBareToken(): boolean {
    const phase = this.#phase
    return (phase.kind === 'exchange' || phase.kind === 'other-mechanism') && !phase.framed
  }

  /** A mechanism's tokens are awaited. */
  get isInExchange(): boolean {
    return this.#phase.kind === 'exchange' || this.#phase.kind === 'other-mechanism'
  }

  get isAuthenticated(): boolean {
    return this.#phase.kind === 'authenticated'
  }

  get mechanism(): string {
    return this.#mechanism
  }

  /** Whether the log-in of this session has run out. */
  isExpired(monotonicMs: number): boolean {
    return monotonicMs > this.#expiresAt
  }

  /** Whether ApiVersions is answered now. `apiVersionsAnswered` follows when it was. */
  get takesApiVersions(): boolean {
    return this.#phase.kind === 'start' || this.#phase.kind === 'authenticated'
  }

  /** ApiVersions was answered without an error: it is not asked twice before the log-in. */
  apiVersionsAnswered(): void {
    if (this.#phase.kind === 'start') this.#phase = { kind: 'handshake' }
  }

  /** SaslHandshake names the mechanism. From version 1 on its tokens come as SaslAuthenticate. */
  handshake(version: number, mechanism: string, monotonicMs: number): SaslReply {
    if (this.#phase.kind === 'authenticated') {
      if (!this.#mayBeginAgain(monotonicMs)) return { kind: 'not-ours' }
      this.#reauthStartedAt = monotonicMs
      this.#previous = this.#identity
    } else if (this.#phase.kind === 'exchange' || this.#phase.kind === 'other-mechanism') {
      this.#phase = { kind: 'failed' }
      return { kind: 'handshake', error: 'ILLEGAL_SASL_STATE', fails: true }
    } else if (this.#phase.kind === 'failed') {
      return { kind: 'end', reason: 'a request behind a failed log-in' }
    }
    if (!this.#offer.mechanisms.includes(mechanism)) {
      this.#phase = { kind: 'failed' }
      return { kind: 'handshake', error: 'UNSUPPORTED_SASL_MECHANISM', fails: true }
    }
    const framed = version >= 1
    if (this.#previous !== null && mechanism !== this.#mechanism) {
      this.#phase = { kind: 'other-mechanism', framed }
    } else {
      this.#mechanism = mechanism
      this.#phase = { kind: 'exchange', server: this.#offer.start(mechanism), framed }
    }
    return { kind: 'handshake', error: 'NONE', fails: false }
  }

  /** A token of the mechanism, bare or out of SaslAuthenticate. */
  token(bytes: Buffer, time: () => MessageTime): MaybePromise<SaslReply> {
    const phase = this.#phase
    switch (phase.kind) {
      case 'authenticated':
        return { kind: 'not-ours' }
      case 'other-mechanism':
        return this.unexpected('another mechanism than that of the first log-in')
      case 'exchange':
        return chain(phase.server.evaluate(bytes), (step) => this.#take(step, time()))
      default:
        return this.unexpected('a token where a SASL handshake is expected')
    }
  }

  /** Any other request: the log-in has failed. */
  unexpected(reason: string): SaslReply {
    this.#phase = { kind: 'failed' }
    return { kind: 'end', reason }
  }

  #mayBeginAgain(monotonicMs: number): boolean {
    return (
      this.#expiresAt !== Infinity && monotonicMs - this.#reauthStartedAt >= reauthIntervalMsMin
    )
  }

  #take(step: SaslStep, time: MessageTime): SaslReply {
    switch (step.kind) {
      case 'continue':
        return tokenReply({ bytes: step.bytes })
      case 'failed':
        return this.#refuse(step.message, step.reason)
      case 'done':
        return this.#finish(step.bytes, step.identity, time)
    }
  }

  #finish(bytes: Buffer, identity: SaslIdentity, time: MessageTime): SaslReply {
    const before = this.#previous
    if (before !== null && before.user !== identity.user) {
      const change = `from User.${before.user}: User.${identity.user}`
      const message = `Cannot change principals during re-authentication ${change}`
      return this.#refuse(message, 'another user than that of the first log-in')
    }
    const lifetimeMs = this.#lifetimeMs(identity, time.nowMs)
    this.#expiresAt = lifetimeMs === null ? Infinity : time.monotonicMs + lifetimeMs
    this.#identity = identity
    this.#previous = null
    this.#phase = { kind: 'authenticated' }
    return tokenReply({ bytes, identity, lifetimeMs: lifetimeMs ?? 0 })
  }

  /** Null: for ever. */
  #lifetimeMs(identity: SaslIdentity, nowMs: number): number | null {
    const maxMs = this.#offer.maxReauthMs(this.#mechanism)
    const ends = [
      ...(identity.expiresAtMs === null ? [] : [identity.expiresAtMs - nowMs]),
      ...(maxMs > 0 ? [maxMs] : []),
    ]
    return ends.length === 0 ? null : Math.max(0, Math.min(...ends))
  }

  #refuse(told: string | null, reason: string): SaslReply {
    assert(this.#mechanism !== '', 'an exchange has a mechanism')
    this.#phase = { kind: 'failed' }
    const what = this.#previous === null ? 'authentication' : 're-authentication'
    const general = `Authentication failed during ${what} due to invalid credentials with SASL mechanism ${this.#mechanism}`
    const error = 'SASL_AUTHENTICATION_FAILED'
    return tokenReply({ error, message: told ?? general, fails: true, reason })
  }
}

function tokenReply(parts: Partial<SaslTokenReply>): SaslTokenReply {
  return {
    kind: 'token',
    error: 'NONE',
    message: null,
    bytes: noBytes,
    lifetimeMs: 0,
    fails: false,
    reason: '',
    identity: null,
    ...parts,
  }
}
