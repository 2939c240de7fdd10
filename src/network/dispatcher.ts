// From a frame to the outcome of a request: header, known API, served version, handler. Whoever
// sends what cannot be read loses the connection, as with Kafka; only ApiVersions is answered in
// every version, because a client asks it first.
import { DecodeError, KafkaError, errorCode } from '../../protocol/errors.ts'
import { decodeRequestHeader, encodeResponseFrame } from '../../protocol/header.ts'
import type { RequestHeader } from '../../protocol/header.ts'
import { Reader } from '../../protocol/reader.ts'
import { isPromise } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import type { BrokerServices, ConnectionContext } from '../handlers/context.ts'
import type { Outcome, ServedApi } from '../handlers/served-api.ts'
import type { Clock } from '../io/clock.ts'
import type { Logger } from '../io/logger.ts'
import type { RequestProcessor } from './connection.ts'

const apiVersionsKey = 18
const noBytes = Buffer.alloc(0)

export interface DispatcherOptions {
  readonly apis: readonly ServedApi[]
  readonly broker: BrokerServices
  readonly clock: Clock
  readonly logger: Logger
  /** An error that no handler foresaw: a bug of ours. */
  readonly onBug: (error: unknown) => void
}

export class Dispatcher implements RequestProcessor {
  readonly #apis: readonly (ServedApi | undefined)[]
  readonly #options: DispatcherOptions
  readonly #reader = new Reader(noBytes)

  constructor(options: DispatcherOptions) {
    const byKey: (ServedApi | undefined)[] = []
    for (const api of options.apis) byKey[api.key] = api
    this.#apis = byKey
    this.#options = options
  }

  begin(frame: Buffer, connection: ConnectionContext): MaybePromise<Outcome> {
    try {
      this.#reader.reset(frame)
      const header = decodeRequestHeader(this.#reader)
      const api = this.#apis[header.apiKey]
      if (api === undefined) return this.#refuse(connection, header, 'the API is not served')
      if (header.apiVersion < api.minVersion || header.apiVersion > api.maxVersion) {
        if (api.key === apiVersionsKey) return this.#unsupportedApiVersions(api, header)
        return this.#refuse(connection, header, 'the version is not served')
      }
      // Whoever keeps parts of its request gets bytes of its own: the frame is only borrowed.
      if (!api.borrowsFrame) this.#reader.reset(Buffer.from(frame), this.#reader.position)
      const { clock, broker } = this.#options
      const startMs = clock.monotonicMs()
      const outcome = api.run(broker, this.#reader, {
        apiKey: header.apiKey,
        apiVersion: header.apiVersion,
        correlationId: header.correlationId,
        clientId: header.clientId,
        connection,
        requestBytes: frame.length,
        nowMs: clock.nowMs(),
      })
      const parkedMs = clock.monotonicMs()
      const { requests } = broker.instruments
      if (!isPromise(outcome)) {
        requests.answeredAtOnce(header.apiKey, header.apiVersion, startMs, parkedMs)
        return outcome
      }
      const answered = (later: Outcome): Outcome => {
        requests.answeredLater(header, { startMs, parkedMs, endMs: clock.monotonicMs() })
        return later
      }
      // One promise more, not three: many requests that wait for a shared write end at once.
      return outcome.then(answered, (error: unknown) => answered(this.#failed(connection, error)))
    } catch (error) {
      return this.#failed(connection, error)
    }
  }

  letsOthersPass(frame: Buffer): boolean {
    return this.#apis[frame.readInt16BE(0)]?.letsOthersPass ?? false
  }

  onBug(error: unknown): void {
    this.#options.onBug(error)
  }

  #refuse(connection: ConnectionContext, header: RequestHeader, reason: string): Outcome {
    const { api, apiKey, apiVersion } = header
    const fields = { client: connection.clientAddress, api, apiKey, apiVersion, reason }
    this.#options.logger.warn(fields, 'connection closed: unsupported request')
    return 'close'
  }

  /** KIP-511: version 0 of the answer, with the versions that the client may ask again with. */
  #unsupportedApiVersions(api: ServedApi, { correlationId }: RequestHeader): Outcome {
    const body = {
      errorCode: errorCode('UNSUPPORTED_VERSION'),
      apiKeys: [{ apiKey: api.key, minVersion: api.minVersion, maxVersion: api.maxVersion }],
    }
    const errors = this.#options.broker.instruments.requests.errorsOf(api.key)
    return encodeResponseFrame('ApiVersions', 0, correlationId, body, errors)
  }

  #failed(connection: ConnectionContext, error: unknown): Outcome {
    if (error instanceof DecodeError || error instanceof KafkaError) {
      const fields = { client: connection.clientAddress, reason: error.message }
      this.#options.logger.warn(fields, 'connection closed: the request cannot be read or answered')
      return 'close'
    }
    this.#options.onBug(error)
    return 'close'
  }
}
