// One client's connection: requests are begun in order and answered in order. Back-pressure both
// ways: too many requests in flight, an answer that others must wait for, or a peer that does not
// read stop the reading of this connection, and of no other.
import type { Socket } from 'node:net'
import { AssertionFailure, assert } from '../base/assert.ts'
import { limits } from '../base/limits.ts'
import { KiB } from '../base/units.ts'
import { isPromise } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import type { SecurityProtocol } from '../config/listener-security.ts'
import type { ConnectionContext, Endpoint } from '../handlers/context.ts'
import type { FetchPace } from '../handlers/fetch-pace.ts'
import type { Outcome } from '../handlers/served-api.ts'
import type { Cancel, Clock } from '../io/clock.ts'
import type { Logger } from '../io/logger.ts'
import type { SaslIdentity } from '../security/sasl-server.ts'
import type { AnswerTurns, HeldAnswers } from './answer-turns.ts'
import type { FrameMemory, MemoryWaiter } from './frame-memory.ts'
import { Framing } from './framing.ts'
import type { IdlePoll } from './idle-poll.ts'
import type { FrameSink } from './framing.ts'
import { describeForeignBytes } from './foreign-bytes.ts'
import type { GuardedConnection } from './sasl-gate.ts'
import { noDescriptor, releaseFrame, writeFrame } from './send.ts'
import type { Intake } from './socket-intake.ts'

/** The principal of a client that has proved nothing. */
export const anonymous = 'User:ANONYMOUS'

/** Decodes and handles frames; injected, so that the network knows no API. */
export interface RequestProcessor {
  /** Begins the request. `frame` is borrowed: valid until the call returns. */
  begin(frame: Buffer, connection: ConnectionContext): MaybePromise<Outcome>
  /** Whether later requests may begin while this one waits. Their answers still keep the order. */
  letsOthersPass(frame: Buffer): boolean
  /** A promise of `begin` was rejected: a bug of ours. */
  onBug(error: unknown): void
}

interface AnswerSlot {
  outcome: Outcome | null
  readonly blocking: boolean
}

/** What a connection needs of its socket; tests bring their own. */
export type ClientSocket = Pick<
  Socket,
  | 'remoteAddress'
  | 'remotePort'
  | 'writableLength'
  | 'setNoDelay'
  | 'on'
  | 'cork'
  | 'uncork'
  | 'write'
  | 'pause'
  | 'resume'
  | 'end'
  | 'destroy'
  | 'destroySoon'
>

export interface ConnectionOptions {
  readonly connectionId: number
  readonly socket: ClientSocket
  /** The socket's descriptor, -1 when it has none; null where bytes are encrypted first. */
  readonly descriptor: (() => number) | null
  readonly listenerName: string
  readonly securityProtocol: SecurityProtocol
  /** Who the client is as far as is known now. */
  readonly principal: string
  readonly advertised: Endpoint
  readonly memory: FrameMemory
  /** Shared by all connections of the event loop. */
  readonly turns: AnswerTurns
  readonly idlePoll: IdlePoll
  readonly frameBytesMax: number
  /** What holds until the client has logged in; null where it need not. */
  readonly login: { readonly frameBytesMax: number; onAuthenticated(): void } | null
  readonly processor: RequestProcessor
  readonly logger: Logger
  readonly nowMs: () => number
  readonly after: Clock['after']
  readonly onClosed: (connection: Connection) => void
}

const hasNoDescriptor = (): number => noDescriptor

/** Answers of this size are sent at once: nothing is gained by holding them, and memory is lent. */
const heldBytesMax = 32 * KiB

export class Connection implements GuardedConnection, FrameSink, HeldAnswers, Intake, MemoryWaiter {
  readonly connectionId: number
  readonly listenerName: string
  readonly clientAddress: string
  readonly clientPort: number
  readonly securityProtocol: SecurityProtocol
  principal: string
  byToken = false
  readonly sendsFiles: boolean
  readonly advertised: Endpoint
  clientSoftwareName = 'unknown'
  clientSoftwareVersion = 'unknown'
  fetchPace: FetchPace | null = null
  /** Monotonic ms of the last byte in or out. */
  lastActiveMs: number

  readonly #socket: ClientSocket
  readonly #descriptor: () => number
  readonly #memory: FrameMemory
  readonly #turns: AnswerTurns
  readonly #idlePoll: IdlePoll
  readonly #framing: Framing
  readonly #frameBytesMax: number
  readonly #login: ConnectionOptions['login']
  readonly #processor: RequestProcessor
  readonly #logger: Logger
  readonly #nowMs: () => number
  readonly #after: Clock['after']
  readonly #slots: AnswerSlot[] = []
  readonly #onClosed: ConnectionOptions['onClosed']
  /** Made when they are needed: most of many connections are idle. */
  #closeListeners: Set<() => void> | null = null
  #drainListeners: Set<() => void> | null = null
  #blockingCount = 0
  /** Bytes of answers that wait behind one that is not there yet. */
  #waitingBytes = 0
  /** Its answers are sent when the turn ends. */
  #isHeld = false
  #paused = false
  #mutedUntilMs = -Infinity
  #unmute: Cancel | null = null
  #draining = false
  #closed = false

  constructor(options: ConnectionOptions) {
    this.connectionId = options.connectionId
    this.listenerName = options.listenerName
    this.securityProtocol = options.securityProtocol
    this.principal = options.principal
    this.clientAddress = options.socket.remoteAddress ?? 'unknown'
    this.clientPort = options.socket.remotePort ?? 0
    this.advertised = options.advertised
    this.lastActiveMs = options.nowMs()
    this.#socket = options.socket
    this.sendsFiles = options.descriptor !== null
    this.#descriptor = options.descriptor ?? hasNoDescriptor
    this.#memory = options.memory
    this.#turns = options.turns
    this.#idlePoll = options.idlePoll
    this.#processor = options.processor
    this.#logger = options.logger
    this.#nowMs = options.nowMs
    this.#after = options.after
    this.#frameBytesMax = options.frameBytesMax
    this.#login = options.login
    this.#onClosed = options.onClosed
    this.#framing = new Framing({
      memory: options.memory,
      frameBytesMax: options.login?.frameBytesMax ?? options.frameBytesMax,
      sink: this,
    })
    this.#socket.setNoDelay(true)
    this.#socket.on('drain', () => this.#goOn())
    let failure: Error | null = null
    this.#socket.on('error', (error) => {
      failure = error
    })
    this.#socket.on('close', () => {
      this.#explainEnd(failure)
      this.#onSocketClosed()
      this.#onClosed(this)
    })
  }

  authenticated(identity: SaslIdentity): void {
    this.principal = `User:${identity.user}`
    this.byToken = identity.byToken
    this.#framing.frameBytesMax = this.#frameBytesMax
    this.#login?.onAuthenticated()
  }

  /** Requests begun and not yet answered. */
  get inFlightCount(): number {
    return this.#slots.length
  }

  /** Bytes of a frame that has not arrived whole. */
  get partBytes(): number {
    return this.#framing.partBytes
  }

  onClose(run: () => void): () => void {
    if (this.#closed) queueMicrotask(run)
    else (this.#closeListeners ??= new Set()).add(run)
    return () => this.#closeListeners?.delete(run)
  }

  /** Its client is over a quota and waits. */
  get isMuted(): boolean {
    return this.#unmute !== null
  }

  mute(durationMs: number): void {
    const untilMs = this.#nowMs() + durationMs
    if (this.#closed || (this.isMuted && untilMs <= this.#mutedUntilMs)) return
    this.#mutedUntilMs = untilMs
    this.#unmute?.()
    this.#framing.stop()
    this.#unmute = this.#after(durationMs, () => {
      this.#unmute = null
      this.#goOn()
    })
  }

  readTarget(scratch: Buffer): Buffer {
    return this.#framing.readTarget(scratch)
  }

  onBytes(bytes: Buffer): void {
    this.lastActiveMs = this.#nowMs()
    this.#idlePoll.noteRead(this.lastActiveMs)
    this.#hold()
    this.#framing.push(bytes)
    this.#letGo()
    this.#settleReading()
  }

  onFrame(frame: Buffer): boolean {
    if (this.#closed || this.#draining) return false
    const outcome = this.#processor.begin(frame, this)
    if (isPromise(outcome)) {
      this.#park(outcome, !this.#processor.letsOthersPass(frame))
    } else if (this.#slots.length > 0) {
      this.#slots.push({ outcome, blocking: false })
      this.#waitingBytes += frameBytes(outcome)
    } else {
      this.#send(outcome)
    }
    return this.#mayBeginMore()
  }

  onBadSize(size: number, firstBytes: Buffer): void {
    const reason = describeForeignBytes(size, firstBytes)
    this.#logger.warn(
      { client: this.clientAddress, listener: this.listenerName, reason },
      'connection closed',
    )
    this.close()
  }

  memoryFreed(): void {
    this.#goOn()
  }

  onDrain(run: () => void): () => void {
    const listeners = (this.#drainListeners ??= new Set())
    listeners.add(run)
    return () => listeners.delete(run)
  }

  /** Begins no more requests; closes once those in flight are answered. */
  drain(): void {
    this.#draining = true
    for (const run of this.#drainListeners ?? []) run()
    if (this.#slots.length === 0) this.#socket.end(() => this.close())
  }

  /** Ends the connection at once. */
  close(): void {
    this.#draining = true
    this.flush()
    this.#socket.destroy()
  }

  flush(): void {
    this.#isHeld = false
    this.#socket.uncork()
  }

  /** Keeps the answers from here on: until `#letGo`, or until the turn ends. */
  #hold(): void {
    if (this.#isHeld) return
    this.#socket.cork()
    this.#isHeld = this.#turns.holds(this)
  }

  #letGo(): void {
    if (!this.#isHeld) this.#socket.uncork()
  }

  #park(outcome: Promise<Outcome>, blocking: boolean): void {
    const slot: AnswerSlot = { outcome: null, blocking }
    this.#slots.push(slot)
    if (blocking) this.#blockingCount += 1
    outcome.then(
      (settled) => this.#settle(slot, settled),
      (error: unknown) => {
        this.#processor.onBug(error)
        this.#settle(slot, 'close')
      },
    )
  }

  #settle(slot: AnswerSlot, outcome: Outcome): void {
    assert(slot.outcome === null, 'a request is answered once')
    slot.outcome = outcome
    if (slot.blocking) this.#blockingCount -= 1
    if (this.#closed) {
      releaseFrame(outcome)
      return
    }
    this.#waitingBytes += frameBytes(outcome)
    this.#hold()
    for (
      let head = this.#slots[0];
      head !== undefined && head.outcome !== null;
      head = this.#slots[0]
    ) {
      this.#slots.shift()
      this.#waitingBytes -= frameBytes(head.outcome)
      this.#send(head.outcome)
    }
    this.#letGo()
    if (this.#draining && this.#slots.length === 0) this.#socket.end(() => this.close())
    this.#goOn()
  }

  #send(outcome: Outcome): void {
    if (outcome === 'no-answer') return
    if (outcome === 'close') {
      this.#draining = true
      this.#socket.destroySoon()
      return
    }
    this.lastActiveMs = this.#nowMs()
    if (outcome.byteLength >= heldBytesMax) this.flush()
    try {
      writeFrame(this.#socket, outcome, this.#descriptor)
    } catch (error) {
      // Records that could not be read, of an answer whose head has left: it cannot be taken back.
      if (!(error instanceof Error) || error instanceof AssertionFailure) throw error
      this.#socket.destroy(error)
    }
  }

  #mayBeginMore(): boolean {
    return (
      this.#blockingCount === 0 &&
      this.#unmute === null &&
      this.#slots.length < limits.inFlightRequestsMax &&
      this.#socket.writableLength + this.#waitingBytes < limits.sendQueueBytesMax &&
      !this.#draining &&
      !this.#closed
    )
  }

  /** Something that held this connection up is gone: cuts what waits, then reads again. */
  #goOn(): void {
    if (!this.#framing.stalled || !this.#mayBeginMore()) return
    this.#hold()
    this.#framing.resume()
    this.#letGo()
    this.#settleReading()
  }

  /** Reads on while nothing waits to be cut, also when nothing may begin: else a lost peer goes unseen. */
  #settleReading(): void {
    if (this.#closed) return
    const { hasBacklog, waitsForMemory } = this.#framing
    if (waitsForMemory) this.#memory.wait(this)
    const mustPause = hasBacklog || waitsForMemory
    if (mustPause === this.#paused) return
    this.#paused = mustPause
    if (mustPause) this.#socket.pause()
    else this.#socket.resume()
  }

  /** Who leaves between requests needs no explanation; why we ended it was said where that was decided. */
  #explainEnd(failure: Error | null): void {
    if (this.#closed || this.#draining) return
    const { clientAddress: client, listenerName: listener, partBytes } = this
    if (failure !== null && !isDeparture(failure)) {
      this.#logger.info({ client, listener, reason: failure.message }, 'connection broken')
    } else if (partBytes > 0) {
      const reason = `the client left within a request, ${partBytes} bytes of which had come`
      this.#logger.info({ client, listener, reason }, 'connection broken')
    } else {
      this.#logger.debug({ client, listener, reason: failure?.message }, 'connection ended')
    }
  }

  #onSocketClosed(): void {
    if (this.#closed) return
    this.#closed = true
    this.#unmute?.()
    this.#memory.stopWaiting(this)
    this.#framing.close()
    for (const slot of this.#slots) if (slot.outcome !== null) releaseFrame(slot.outcome)
    for (const run of this.#closeListeners ?? []) run()
    this.#closeListeners = null
    this.#drainListeners = null
  }
}

function frameBytes(outcome: Outcome): number {
  return typeof outcome === 'string' ? 0 : outcome.byteLength
}

/** A client that ends without reading what it was still to get resets the connection. */
function isDeparture(failure: Error): boolean {
  return 'code' in failure && (failure.code === 'ECONNRESET' || failure.code === 'EPIPE')
}
