// A whole broker without sockets, on simulated time and disk: requests go through the dispatcher as
// bytes and come back decoded.
import { apis } from '../../protocol/codecs/index.ts'
import type { ApiName, ApiTypes } from '../../protocol/codecs/index.ts'
import { requestHeaderVersion, responseHeaderVersion } from '../../protocol/header.ts'
import { Reader } from '../../protocol/reader.ts'
import { Writer } from '../../protocol/writer.ts'
import type { Records } from '../../protocol/writer.ts'
import { openBrokerCore } from '../../src/broker-core.ts'
import type { BrokerCore } from '../../src/broker-core.ts'
import { brokerConfigWith } from '../../src/config/broker-config.ts'
import type { BrokerServices, ConnectionContext } from '../../src/handlers/context.ts'
import type { SecurityProtocol } from '../../src/config/listener-security.ts'
import type { FetchPace } from '../../src/handlers/fetch-pace.ts'
import { servedApis } from '../../src/handlers/index.ts'
import { silentLogger } from '../../src/io/logger.ts'
import { Dispatcher } from '../../src/network/dispatcher.ts'
import { SimClock } from '../../src/testing/sim-clock.ts'
import { SimDisk } from '../../src/testing/sim-disk.ts'

export type Answer<Name extends ApiName> = ApiTypes[Name]['response'] | 'no-answer' | 'close'

/** Bytes that look random and are the same in every run. */
class CountingRandom {
  #next = 1

  bytes(count: number): Buffer {
    const bytes = Buffer.alloc(count)
    for (let index = 0; index < count; index++) {
      this.#next = (Math.imul(this.#next, 1664525) + 1013904223) >>> 0
      bytes[index] = this.#next >>> 24
    }
    return bytes
  }
}

export class SimConnection implements ConnectionContext {
  readonly connectionId: number
  readonly listenerName = 'PLAINTEXT'
  readonly clientAddress = '127.0.0.1'
  readonly clientPort = 50_000
  principal: string
  byToken = false
  securityProtocol: SecurityProtocol = 'PLAINTEXT'
  readonly sendsFiles = false
  readonly advertised = { host: 'localhost', port: 9092 }
  clientSoftwareName = 'test'
  clientSoftwareVersion = '1'
  fetchPace: FetchPace | null = null
  /** How long the connection was muted each time. */
  readonly mutedMs: number[] = []
  readonly #listeners = new Set<() => void>()

  constructor(connectionId: number, principal: string) {
    this.connectionId = connectionId
    this.principal = principal
  }

  mute(durationMs: number): void {
    this.mutedMs.push(durationMs)
  }

  onClose(run: () => void): () => void {
    this.#listeners.add(run)
    return () => this.#listeners.delete(run)
  }

  onDrain(): () => void {
    return () => undefined
  }

  close(): void {
    for (const run of this.#listeners) run()
    this.#listeners.clear()
  }
}

/** What a simulated broker runs on; what is left out is new. */
export interface SimWorld {
  readonly clock?: SimClock
  readonly disk?: SimDisk
  /** Puts something between the handlers and the broker's parts. */
  readonly services?: (services: BrokerServices) => BrokerServices
}

export class SimBroker {
  readonly clock: SimClock
  readonly disk: SimDisk
  readonly core: BrokerCore
  /** What went wrong inside: a test that does not expect a bug checks that there is none. */
  readonly bugs: unknown[]
  readonly #dispatcher: Dispatcher
  #connectionCount = 0
  readonly connection: SimConnection

  private constructor(parts: {
    clock: SimClock
    disk: SimDisk
    core: BrokerCore
    bugs: unknown[]
  }) {
    this.clock = parts.clock
    this.disk = parts.disk
    this.core = parts.core
    this.bugs = parts.bugs
    this.#dispatcher = new Dispatcher({
      apis: servedApis,
      broker: parts.core.services,
      clock: parts.clock,
      logger: silentLogger,
      onBug: (error) => this.bugs.push(error),
    })
    this.connection = this.connect()
  }

  static async start(
    settings: Record<string, string> = {},
    world: SimWorld = {},
  ): Promise<SimBroker> {
    const bugs: unknown[] = []
    const clock = world.clock ?? new SimClock()
    const disk = world.disk ?? new SimDisk()
    const config = brokerConfigWith({
      'log.dirs': '/data',
      'offsets.topic.num.partitions': '4',
      ...settings,
    })
    const options = { config, clock, disk, random: new CountingRandom(), logger: silentLogger }
    const opened = await openBrokerCore(options, (error) => bugs.push(error))
    const core = { ...opened, services: world.services?.(opened.services) ?? opened.services }
    return new SimBroker({ clock, disk, core, bugs })
  }

  /** A new connection of somebody; no log-in is needed. */
  connect(principal = 'User:ANONYMOUS'): SimConnection {
    this.#connectionCount += 1
    return new SimConnection(this.#connectionCount, principal)
  }

  /** Sends one request; resolves with the decoded answer. */
  async send<Name extends ApiName>(
    name: Name,
    version: number,
    body: ApiTypes[Name]['requestInput'],
    connection: SimConnection = this.connection,
  ): Promise<Answer<Name>> {
    const api = apis[name]
    const outcome = await this.#dispatcher.begin(encodeRequest(name, version, body), connection)
    if (typeof outcome === 'string') return outcome
    const frame = Buffer.concat(outcome.chunks.map(bytesOf), outcome.byteLength)
    for (const chunk of outcome.chunks)
      if ('release' in chunk) (chunk as { release(): void }).release()
    const reader = new Reader(frame, 8)
    if (responseHeaderVersion(name, version) === 1) reader.skipTaggedFields()
    return api.decodeResponse(reader, version)
  }

  /** As `send`, for requests that are answered. */
  async ask<Name extends ApiName>(
    name: Name,
    version: number,
    body: ApiTypes[Name]['requestInput'],
    connection: SimConnection = this.connection,
  ): Promise<ApiTypes[Name]['response']> {
    const answer = await this.send(name, version, body, connection)
    if (answer === 'no-answer' || answer === 'close')
      throw new Error(`${name} was not answered: ${answer}`)
    return answer
  }

  async createTopic(
    name: string,
    partitions = 1,
    configs: Record<string, string> = {},
  ): Promise<string> {
    const answer = await this.ask('CreateTopics', 7, {
      topics: [
        {
          name,
          numPartitions: partitions,
          replicationFactor: 1,
          assignments: [],
          configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
        },
      ],
      timeoutMs: 1000,
    })
    const [topic] = answer.topics
    if (topic === undefined || topic.errorCode !== 0)
      throw new Error(`not created: ${topic?.errorMessage}`)
    return topic.topicId
  }
}

function bytesOf(chunk: Records): Buffer {
  if (chunk instanceof Buffer) return chunk
  return Buffer.from((chunk as { bytes: Buffer } & Records).bytes)
}

function encodeRequest<Name extends ApiName>(
  name: Name,
  version: number,
  body: ApiTypes[Name]['requestInput'],
): Buffer {
  const writer = new Writer()
  writer.int16(apis[name].key)
  writer.int16(version)
  writer.int32(1)
  writer.nullableString('sim', false)
  if (requestHeaderVersion(name, version) === 2) writer.int8(0)
  apis[name].encodeRequest(writer, body, version)
  return writer.finishBuffer()
}
