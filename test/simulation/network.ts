// The network of a simulated world: frames travel for a while, in order on one connection and in any order
// between connections; connections break before or after a request is done. Requests and answers are bytes.
import { apis } from '../../protocol/codecs/index.ts'
import type { ApiName, ApiTypes } from '../../protocol/codecs/index.ts'
import { responseHeaderVersion } from '../../protocol/header.ts'
import { Reader } from '../../protocol/reader.ts'
import type { Records } from '../../protocol/writer.ts'
import type { Outcome } from '../../src/handlers/served-api.ts'
import type { SimClock } from '../../src/testing/sim-clock.ts'
import { SimConnection } from '../support/sim-broker.ts'
import { encodeRequestFrame } from '../support/wire-client.ts'
import type { Draw } from './draw.ts'
import type { SimProcess } from './process.ts'

export type RequestOf<Name extends ApiName> = ApiTypes[Name]['requestInput']
export type AnswerOf<Name extends ApiName> = ApiTypes[Name]['response']

const frameSizeBytes = 4
const slowMs = 1500

/** No answer came: the request may or may not have been carried out. */
export class Unanswered extends Error {}

/** How unkind the network is. */
export interface Weather {
  /** Of 100 requests, how many meet a broken connection. */
  readonly cuts: number
  /** Of 100 requests, how many are held up for long. */
  readonly slow: number
  readonly delayMsMax: number
}

export class SimNetwork {
  readonly clock: SimClock
  readonly draw: Draw
  weather: Weather
  #process: SimProcess | null = null
  #connections = 0
  #blackouts = 0
  readonly #links = new Set<Link>()

  constructor(clock: SimClock, draw: Draw, weather: Weather) {
    this.clock = clock
    this.draw = draw
    this.weather = weather
  }

  /** The broker that new connections reach. */
  get process(): SimProcess | null {
    return this.#process
  }

  /** A broker listens from now on; null: nobody does, and all connections are gone. */
  listen(process: SimProcess | null): void {
    this.#process = process
    if (process === null) for (const link of [...this.#links]) link.lose()
  }

  /** Power failures so far: what is under way then does not arrive. */
  get blackouts(): number {
    return this.#blackouts
  }

  /** As `listen(null)`; answers that were on their way are gone too. */
  blackOut(): void {
    this.#blackouts += 1
    this.listen(null)
  }

  connect(clientId: string): Link {
    return new Link(this, clientId)
  }

  accept(link: Link): SimConnection {
    this.#links.add(link)
    this.#connections += 1
    return new SimConnection(this.#connections, 'User:ANONYMOUS')
  }

  forget(link: Link): void {
    this.#links.delete(link)
  }
}

type Fail = (error: Unanswered) => void

/** One client's way to the broker; it connects anew by itself after a break. */
export class Link {
  readonly clientId: string
  readonly #network: SimNetwork
  #connection: SimConnection | null = null
  #process: SimProcess | null = null
  #deliveredUntilMs = 0
  #pending = new Set<Fail>()
  #correlationId = 0
  /** Connections on which a frame was lost. */
  readonly #broken = new WeakSet<SimConnection>()

  constructor(network: SimNetwork, clientId: string) {
    this.#network = network
    this.clientId = clientId
  }

  /** Breaks the connection: what is under way gets no answer. */
  lose(): void {
    this.#network.forget(this)
    const [connection, pending] = [this.#connection, this.#pending]
    this.#connection = null
    this.#process = null
    this.#pending = new Set()
    if (connection !== null) connection.close()
    for (const fail of pending) fail(new Unanswered('the connection broke'))
  }

  /** @throws Unanswered */
  async call<Name extends ApiName>(
    api: Name,
    version: number,
    request: RequestOf<Name>,
  ): Promise<AnswerOf<Name>> {
    const { draw, clock } = this.#network
    const correlationId = this.#correlationId++
    const header = { correlationId, clientId: this.clientId }
    const frame = encodeRequestFrame(api, version, request, header).subarray(frameSizeBytes)
    if (!this.#open()) {
      await new Promise<void>((resolve) => clock.after(draw.between(5, 60), resolve))
      throw new Unanswered('nobody listens')
    }
    const answer = await this.#travel(frame)
    if (answer.readInt32BE(frameSizeBytes) !== correlationId) throw new Error('a wrong answer')
    const reader = new Reader(answer, 2 * frameSizeBytes)
    if (responseHeaderVersion(api, version) === 1) reader.skipTaggedFields()
    return apis[api].decodeResponse(reader, version)
  }

  #open(): boolean {
    const { process } = this.#network
    if (process === null || process.isDead) return false
    if (this.#connection !== null && this.#process === process) return true
    this.#process = process
    this.#connection = this.#network.accept(this)
    return true
  }

  #travel(frame: Buffer): Promise<Buffer> {
    const { draw, clock, weather } = this.#network
    const [process, connection] = [this.#process, this.#connection]
    const isCut = draw.chance(weather.cuts)
    const isCutBefore = draw.chance(50)
    const delayMs = draw.chance(weather.slow)
      ? draw.between(0, slowMs)
      : draw.between(0, weather.delayMsMax)
    this.#deliveredUntilMs = Math.max(this.#deliveredUntilMs, clock.monotonicMs() + delayMs)
    return new Promise((resolve, reject) => {
      const pending = this.#pending
      const fail: Fail = (error) => {
        if (pending.delete(fail)) reject(error)
      }
      pending.add(fail)
      const deliver = async (): Promise<void> => {
        // What was sent before a break may still arrive: the bytes were on their way.
        if (process === null || connection === null || process.isDead) {
          return fail(new Unanswered('the broker is gone'))
        }
        // What follows on a connection arrives only behind what came before it.
        if (this.#broken.has(connection)) return fail(new Unanswered('the connection broke'))
        if (isCut && isCutBefore) {
          this.#broken.add(connection)
          return this.lose()
        }
        const outcome = await process.begin(frame, connection)
        const bytes = frameOf(outcome)
        if (process.isDead) return fail(new Unanswered('the broker died'))
        if (bytes === null || isCut) return this.lose()
        // From here on the bytes are on their way, whatever becomes of the broker.
        if (!pending.delete(fail)) return
        const { blackouts } = this.#network
        clock.after(draw.between(0, weather.delayMsMax), () => {
          if (this.#network.blackouts === blackouts) resolve(bytes)
          else reject(new Unanswered('the power failed'))
        })
      }
      clock.after(this.#deliveredUntilMs - clock.monotonicMs(), () => void deliver())
    })
  }
}

function frameOf(outcome: Outcome): Buffer | null {
  if (typeof outcome === 'string') return null
  const frame = Buffer.concat(outcome.chunks.map(bytesOf), outcome.byteLength)
  for (const chunk of outcome.chunks) {
    if ('release' in chunk && typeof chunk.release === 'function') chunk.release()
  }
  return frame
}

function bytesOf(chunk: Records): Buffer {
  return chunk instanceof Buffer ? chunk : (chunk as Records & { bytes: Buffer }).bytes
}
