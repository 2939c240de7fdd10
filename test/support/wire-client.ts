// A client made of our codecs: one request, one answer, any API in any version. For tests and benchmarks
// that ask what no client library asks.
import { apis, type ApiCodec, type ApiName, type ApiTypes } from '../../protocol/codecs/index.ts'
import { requestHeaderVersion, responseHeaderVersion } from '../../protocol/header.ts'
import { Reader } from '../../protocol/reader.ts'
import { Writer } from '../../protocol/writer.ts'
import { RawConnection } from './raw-connection.ts'

const answerMillisMax = 30_000
const correlationIdBytes = 4

export type RequestInputOf<Name extends ApiName> = ApiTypes[Name]['requestInput']
export type DecodedResponse<Name extends ApiName> = ApiTypes[Name]['response']

/** A whole request, with its size in front. */
export function encodeRequestFrame<Name extends ApiName>(
  api: Name,
  version: number,
  request: RequestInputOf<Name>,
  header: { readonly correlationId: number; readonly clientId: string | null },
): Buffer {
  const codec: ApiCodec<Name> = apis[api]
  const writer = new Writer()
  writer.beginFrame()
  writer.int16(codec.key)
  writer.int16(version)
  writer.int32(header.correlationId)
  writer.nullableString(header.clientId, false)
  if (requestHeaderVersion(api, version) === 2) writer.int8(0)
  codec.encodeRequest(writer, request, version)
  const { chunks, byteLength } = writer.finishFrame()
  return Buffer.concat(chunks as Buffer[], byteLength)
}

/** The answer in a frame (without its size), and how many bytes of the frame are left over. */
export function decodeResponseFrame<Name extends ApiName>(
  api: Name,
  version: number,
  frame: Buffer,
): { readonly response: DecodedResponse<Name>; readonly trailingBytes: number } {
  const codec: ApiCodec<Name> = apis[api]
  const reader = new Reader(frame, correlationIdBytes)
  if (responseHeaderVersion(api, version) === 1) reader.skipTaggedFields()
  const response = codec.decodeResponse(reader, version)
  return { response, trailingBytes: reader.remaining }
}

/** Requests on one connection; they may be pipelined, answers come back in order. */
export class WireClient {
  readonly connection: RawConnection
  readonly #clientId: string
  #correlationId = 0

  private constructor(connection: RawConnection, clientId: string) {
    this.connection = connection
    this.#clientId = clientId
  }

  static async open(bootstrap: string, clientId = 'ottla-test'): Promise<WireClient> {
    return new WireClient(await RawConnection.open(bootstrap), clientId)
  }

  /** Sends a request and reads its answer. Throws when the connection closes or stays silent. */
  async call<Name extends ApiName>(
    api: Name,
    version: number,
    request: RequestInputOf<Name>,
    timeoutMs = answerMillisMax,
  ): Promise<DecodedResponse<Name>> {
    const correlationId = this.#correlationId++
    const header = { correlationId, clientId: this.#clientId }
    void this.connection.write(encodeRequestFrame(api, version, request, header))
    const frame = await this.connection.next(timeoutMs)
    if (typeof frame === 'string') throw new Error(`${api} v${version}: the broker is ${frame}`)
    if (frame.readInt32BE(0) !== correlationId) {
      throw new Error(`${api} v${version}: the answer to ${frame.readInt32BE(0)} came first`)
    }
    return decodeResponseFrame(api, version, frame).response
  }

  /** Sends a request that gets no answer (Produce with acks 0). */
  async tell<Name extends ApiName>(
    api: Name,
    version: number,
    request: RequestInputOf<Name>,
  ): Promise<void> {
    const header = { correlationId: this.#correlationId++, clientId: this.#clientId }
    await this.connection.write(encodeRequestFrame(api, version, request, header))
  }

  end(): void {
    this.connection.end()
  }
}
