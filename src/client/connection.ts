// One connection to a broker: frames with correlation ids, pipelining, the version that both sides speak.
// Knows no cluster: cluster.ts decides whom to ask what.
import { connect, type Socket } from 'node:net'
import { apis } from '../../protocol/codecs/index.ts'
import type { ApiCodec, ApiName, ApiTypes } from '../../protocol/codecs/index.ts'
import { requestHeaderVersion, responseHeaderVersion } from '../../protocol/header.ts'
import { Reader } from '../../protocol/reader.ts'
import { Writer } from '../../protocol/writer.ts'
import type { Clock } from '../io/clock.ts'
import { ClientError, ConnectionLost, TlsFailed } from './errors.ts'

export type RequestOf<Name extends ApiName> = ApiTypes[Name]['requestInput']
export type ResponseOf<Name extends ApiName> = ApiTypes[Name]['response']

/** Where a server listens. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** Begins to connect; `ready` says by which event Kafka's frames may go. */
export type OpenSocket = (address: Address) => {
  readonly socket: Socket
  readonly ready: 'connect' | 'secureConnect'
}

export interface ConnectionOptions {
  readonly clock: Clock
  readonly clientId: string
  /** How long the connection may take to open, ms (`socket.connection.setup.timeout.ms`). */
  readonly setupTimeoutMs: number
  /** How long one answer may take, ms (`request.timeout.ms`). */
  readonly requestTimeoutMs: number
  /** Default: plain TCP. */
  readonly openSocket?: OpenSocket
  /** Logs in, when the versions are known. */
  readonly authenticate?: (connection: ServerConnection) => Promise<void>
}

/** The versions of an API that a broker serves, inclusive. */
export type VersionRange = readonly [min: number, max: number]

interface Pending {
  readonly resolve: (frame: Buffer) => void
  readonly reject: (error: Error) => void
  readonly cancelTimeout: () => void
}

/** From the next versions on these name topics by id alone; we name them by name. */
const versionsByName: Partial<Record<ApiName, number>> = {
  Produce: 12,
  Fetch: 12,
  OffsetCommit: 9,
  OffsetFetch: 9,
}
const sizeBytes = 4
const correlationIdBytes = 4
const apiVersionsLatest = 4
/** Larger than any frame a broker sends: bytes that are no Kafka at all. */
const frameBytesMax = 1024 * 1024 * 1024
const unsupportedVersionCode = 35

const plainSocket: OpenSocket = ({ host, port }) => ({
  socket: connect({ host, port, noDelay: true }),
  ready: 'connect',
})

/** An open connection. Requests may be pipelined; a failure ends all that wait. */
export class ServerConnection {
  readonly address: Address
  /** What the broker serves, by API key; empty until ApiVersions was answered. */
  versions: ReadonlyMap<number, VersionRange> = new Map()
  /** The answer to ApiVersions: features, for the tools that show them. */
  apiVersions: ResponseOf<'ApiVersions'> | null = null
  readonly #socket: Socket
  readonly #options: ConnectionOptions
  readonly #pending = new Map<number, Pending>()
  readonly #chunks: Buffer[] = []
  #chunkBytes = 0
  #correlationId = 0
  #failure: Error | null = null

  private constructor(address: Address, socket: Socket, options: ConnectionOptions) {
    this.address = address
    this.#socket = socket
    this.#options = options
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('error', (error) => this.#fail(troubleOf(address, error)))
    socket.on('close', () => this.#fail(new ConnectionLost(address, 'the connection was closed')))
  }

  /** Connects and asks for the versions. @throws ConnectionLost when nobody answers in time. */
  static async open(address: Address, options: ConnectionOptions): Promise<ServerConnection> {
    const { socket, ready } = (options.openSocket ?? plainSocket)(address)
    await new Promise<void>((resolve, reject) => {
      const cancel = options.clock.after(
        options.setupTimeoutMs,
        () => socket.destroy(new Error('no connection in time')),
        'hold-process',
      )
      socket.once(ready, () => {
        cancel()
        resolve()
      })
      socket.once('error', (error) => {
        cancel()
        reject(troubleOf(address, error))
      })
    })
    const connection = new ServerConnection(address, socket, options)
    try {
      await connection.#negotiate()
      await options.authenticate?.(connection)
    } catch (error) {
      connection.close()
      throw error
    }
    return connection
  }

  get isOpen(): boolean {
    return this.#failure === null
  }

  /** The newest version that both sides speak. @throws ClientError UNSUPPORTED_VERSION */
  versionOf(api: ApiName): number {
    const versionMax = versionsByName[api] ?? Infinity
    const { key, versions, latestVersionUnstable } = apis[api]
    const served = this.versions.get(key)
    const newest = latestVersionUnstable ? versions[1] - 1 : versions[1]
    const version = Math.min(newest, served?.[1] ?? -1, versionMax)
    if (served === undefined || version < Math.max(versions[0], served[0])) {
      throw new ClientError('UNSUPPORTED_VERSION', `The node does not support ${constantCase(api)}`)
    }
    return version
  }

  /** One request and its answer. */
  async call<Name extends ApiName>(
    api: Name,
    request: RequestOf<Name>,
    options: { readonly version?: number; readonly timeoutMs?: number } = {},
  ): Promise<ResponseOf<Name>> {
    const version = options.version ?? this.versionOf(api)
    const correlationId = this.#correlationId++
    const frame = await new Promise<Buffer>((resolve, reject) => {
      if (this.#failure !== null) {
        reject(this.#failure)
        return
      }
      const timeoutMs = options.timeoutMs ?? this.#options.requestTimeoutMs
      const cancelTimeout = this.#options.clock.after(
        timeoutMs,
        () =>
          this.#fail(new ConnectionLost(this.address, `no answer to ${api} in ${timeoutMs} ms`)),
        'hold-process',
      )
      this.#pending.set(correlationId, { resolve, reject, cancelTimeout })
      this.#send(api, version, correlationId, request)
    })
    const codec: ApiCodec<Name> = apis[api]
    const reader = new Reader(frame, correlationIdBytes)
    if (responseHeaderVersion(api, version) === 1) reader.skipTaggedFields()
    return codec.decodeResponse(reader, version)
  }

  /** A request that gets no answer: Produce with acks 0. */
  tell<Name extends ApiName>(api: Name, request: RequestOf<Name>): void {
    if (this.#failure !== null) throw this.#failure
    this.#send(api, this.versionOf(api), this.#correlationId++, request)
  }

  /** Bytes that wait in the socket; resolves when there are few again. */
  drained(): Promise<void> {
    if (!this.#socket.writableNeedDrain || this.#failure !== null) return Promise.resolve()
    return new Promise((resolve) => {
      this.#socket.once('drain', resolve)
      this.#socket.once('close', () => resolve())
    })
  }

  /** Sends what is written, then closes. */
  close(): void {
    this.#failure ??= new ConnectionLost(this.address, 'the client has closed it')
    this.#socket.end()
    this.#socket.unref()
    this.#rejectAll(this.#failure)
  }

  async #negotiate(): Promise<void> {
    const request = { clientSoftwareName: 'ottla-tools', clientSoftwareVersion: '1' }
    let answer = await this.call('ApiVersions', request, { version: apiVersionsLatest }).catch(
      (error: unknown) => {
        if (error instanceof ConnectionLost || error instanceof ClientError) throw error
        return null // An old broker answers in version 0, which is not to be read as version 4.
      },
    )
    if (answer === null || answer.errorCode === unsupportedVersionCode) {
      answer = await this.call('ApiVersions', request, { version: 0 })
    }
    this.apiVersions = answer
    this.versions = new Map(
      answer.apiKeys.map(({ apiKey, minVersion, maxVersion }) => [
        apiKey,
        [minVersion, maxVersion],
      ]),
    )
  }

  #send<Name extends ApiName>(
    api: Name,
    version: number,
    correlationId: number,
    request: RequestOf<Name>,
  ): void {
    const codec: ApiCodec<Name> = apis[api]
    const writer = new Writer()
    writer.beginFrame()
    writer.int16(codec.key)
    writer.int16(version)
    writer.int32(correlationId)
    writer.nullableString(this.#options.clientId, false)
    if (requestHeaderVersion(api, version) === 2) writer.int8(0)
    codec.encodeRequest(writer, request, version)
    this.#socket.cork()
    for (const chunk of writer.finishFrame().chunks) {
      if (chunk instanceof Buffer) this.#socket.write(chunk)
    }
    this.#socket.uncork()
  }

  #receive(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#chunkBytes += chunk.length
    for (;;) {
      const size = this.#nextSize()
      if (size === null) return
      if (size < correlationIdBytes || size > frameBytesMax) {
        this.#socket.destroy(new Error('what answers there does not speak the Kafka protocol'))
        return
      }
      if (this.#chunkBytes < sizeBytes + size) return
      const bytes = Buffer.concat(this.#chunks, this.#chunkBytes)
      this.#chunks.length = 0
      this.#chunkBytes = bytes.length - sizeBytes - size
      if (this.#chunkBytes > 0) this.#chunks.push(bytes.subarray(sizeBytes + size))
      this.#settle(bytes.subarray(sizeBytes, sizeBytes + size))
    }
  }

  #nextSize(): number | null {
    if (this.#chunkBytes < sizeBytes) return null
    let first = this.#chunks[0]
    if (first !== undefined && first.length < sizeBytes) {
      first = Buffer.concat(this.#chunks, this.#chunkBytes)
      this.#chunks.length = 0
      this.#chunks.push(first)
    }
    return first?.readInt32BE(0) ?? null
  }

  #settle(frame: Buffer): void {
    const correlationId = frame.readInt32BE(0)
    const pending = this.#pending.get(correlationId)
    if (pending === undefined) {
      this.#socket.destroy(new Error(`an answer to no request (correlation id ${correlationId})`))
      return
    }
    this.#pending.delete(correlationId)
    pending.cancelTimeout()
    pending.resolve(frame)
  }

  #fail(error: Error): void {
    if (this.#failure === null) {
      this.#failure = error
      this.#socket.destroy()
    }
    this.#rejectAll(this.#failure)
  }

  #rejectAll(error: Error): void {
    for (const { reject, cancelTimeout } of this.#pending.values()) {
      cancelTimeout()
      reject(error)
    }
    this.#pending.clear()
  }
}

/** Trouble with certificates is there to stay; anything else may pass. */
function troubleOf(address: Address, error: Error): Error {
  const code = 'code' in error ? String(error.code) : ''
  const isOfTls = /^(ERR_SSL_|ERR_TLS_|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO_)/.test(code)
  return isOfTls ? new TlsFailed(error.message) : new ConnectionLost(address, messageOf(error))
}

/** Node gives a refused connection to both loopback addresses an AggregateError without a message. */
function messageOf(error: Error): string {
  if (error instanceof AggregateError) {
    const first: unknown = error.errors[0]
    if (first instanceof Error) return first.message
  }
  return error.message
}

/** `ListGroups` → `LIST_GROUPS`, as Kafka writes the names of its APIs. */
export function constantCase(api: string): string {
  return api.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()
}
