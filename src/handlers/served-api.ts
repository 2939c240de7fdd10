// One line of the API table: which API, which versions, which handler.
import { apis } from '../../protocol/codecs/index.ts'
import type { ApiName, RequestOf, ResponseOf } from '../../protocol/codecs/index.ts'
import { encodeResponseFrame } from '../../protocol/header.ts'
import type { Reader } from '../../protocol/reader.ts'
import type { Encoded } from '../../protocol/writer.ts'
import { chain } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import { closeConnection, noAnswer } from './context.ts'
import { throttled } from './throttle.ts'
import type { BrokerServices, Handler, HandlerResult, RequestContext } from './context.ts'

/** What becomes of a request: a frame to send, no answer at all, or the end of the connection. */
export type Outcome = Encoded | 'no-answer' | 'close'

/** An API that this broker serves, its message types hidden so that all fit in one table. */
export interface ServedApi {
  readonly name: ApiName
  readonly key: number
  readonly minVersion: number
  readonly maxVersion: number
  /** True when nothing of the request's bytes is kept once `run` has returned. */
  readonly borrowsFrame: boolean
  /** True when later requests of the connection may begin while this one waits. */
  readonly letsOthersPass: boolean
  /**
   * Decodes the body, handles the request and encodes the answer.
   * @throws DecodeError for a damaged body; KafkaError when the handler has no answer for a refusal.
   */
  run(broker: BrokerServices, body: Reader, context: RequestContext): MaybePromise<Outcome>
}

interface ServeOptions {
  readonly borrowsFrame?: boolean
  readonly letsOthersPass?: boolean
  /** Brokers ask it of each other: no quota counts it. */
  readonly exempt?: boolean
  /** The handler counts the time that it takes against the client's quota itself. */
  readonly chargesTime?: boolean
}

/** Makes a table line; the compiler checks that handler and codec speak of the same messages. */
export function serve<Name extends ApiName>(
  name: Name,
  versions: readonly [min: number, max: number],
  handle: Handler<RequestOf<Name>, ResponseOf<Name>>,
  options: ServeOptions = {},
): ServedApi {
  const codec = apis[name]
  const encode = (
    { instruments }: BrokerServices,
    result: HandlerResult<ResponseOf<Name>>,
    { apiVersion, correlationId }: RequestContext,
  ): Outcome => {
    if (result === noAnswer) return 'no-answer'
    if (result === closeConnection) return 'close'
    const errors = instruments.requests.errorsOf(codec.key)
    return encodeResponseFrame(name, apiVersion, correlationId, result, errors)
  }
  return {
    name,
    key: codec.key,
    minVersion: versions[0],
    maxVersion: versions[1],
    borrowsFrame: options.borrowsFrame ?? false,
    letsOthersPass: options.letsOthersPass ?? false,
    run(broker, body, context) {
      const { quotas, clock } = broker
      if (!quotas.enabled || options.exempt === true) {
        const request = codec.decodeRequest(body, context.apiVersion)
        return chain(handle(broker, request, context), (result) => encode(broker, result, context))
      }
      const startMs = quotas.countsTime ? clock.monotonicMs() : 0
      const request = codec.decodeRequest(body, context.apiVersion)
      const handled = handle(broker, request, context)
      // What goes on after the request was parked is not counted: it is small, and not measured apart.
      const takenMs = quotas.countsTime ? clock.monotonicMs() - startMs : 0
      const usedMs = options.chargesTime === true ? null : takenMs
      return chain(handled, (result) =>
        encode(broker, throttled(broker, context, result, usedMs), context),
      )
    },
  }
}
