// How many requests of each API and version there were, how long they took, and what they were told.
import { Timings } from './timings.ts'

/** How often each error code was answered; 0 (none) is one of them. */
export class ErrorCounts {
  /** UNKNOWN_SERVER_ERROR, the lowest code, is -1. */
  readonly #byCodeAfterLowest: number[] = []

  add(code: number): void {
    this.#byCodeAfterLowest[code + 1] = (this.#byCodeAfterLowest[code + 1] ?? 0) + 1
  }

  /** Codes that were answered at least once. */
  *entries(): Iterable<readonly [code: number, count: number]> {
    for (const [index, count] of this.#byCodeAfterLowest.entries()) {
      if (count !== undefined) yield [index - 1, count]
    }
  }
}

/** Of one API. */
export class ApiTimings {
  readonly apiKey: number
  /** Requests by version; holes for versions that nobody asked for. */
  readonly countByVersion: number[] = []
  /** Work of ours, in one turn of the event loop. */
  readonly local = new Timings()
  /** From the end of that work to the answer: parked, or waiting for the disk. */
  readonly remote = new Timings()
  readonly total = new Timings()
  /** How long clients were told to wait by their quotas; of requests while there are quotas. */
  readonly throttle = new Timings()
  /** By partition, group or whatever the answer tells errors of. */
  readonly errors = new ErrorCounts()

  constructor(apiKey: number) {
    this.apiKey = apiKey
  }
}

export class RequestTimings {
  readonly #apis: (ApiTimings | undefined)[] = []

  /** The request was answered in the turn of the event loop that it began in. Monotonic ms. */
  answeredAtOnce(apiKey: number, apiVersion: number, startMs: number, endMs: number): void {
    const api = this.#begin(apiKey, apiVersion)
    const tookMs = endMs - startMs
    api.local.record(tookMs, endMs)
    api.remote.record(0, endMs)
    api.total.record(tookMs, endMs)
  }

  /** The request waited from `parkedMs` on. Monotonic ms. */
  answeredLater(
    request: { readonly apiKey: number; readonly apiVersion: number },
    at: { readonly startMs: number; readonly parkedMs: number; readonly endMs: number },
  ): void {
    const api = this.#begin(request.apiKey, request.apiVersion)
    const { startMs, parkedMs, endMs } = at
    api.local.record(parkedMs - startMs, endMs)
    api.remote.record(endMs - parkedMs, endMs)
    api.total.record(endMs - startMs, endMs)
  }

  /** The error codes that an API's answers hold. */
  errorsOf(apiKey: number): ErrorCounts {
    return this.#of(apiKey).errors
  }

  /** While there are quotas: the client was told to wait so long, or 0. `nowMs` is monotonic. */
  throttled(apiKey: number, throttleMs: number, nowMs: number): void {
    this.#of(apiKey).throttle.record(throttleMs, nowMs)
  }

  /** Those that were asked for at least once. */
  *apis(): Iterable<ApiTimings> {
    for (const api of this.#apis) if (api !== undefined) yield api
  }

  #begin(apiKey: number, apiVersion: number): ApiTimings {
    const api = this.#of(apiKey)
    api.countByVersion[apiVersion] = (api.countByVersion[apiVersion] ?? 0) + 1
    return api
  }

  #of(apiKey: number): ApiTimings {
    let api = this.#apis[apiKey]
    if (api === undefined) this.#apis[apiKey] = api = new ApiTimings(apiKey)
    return api
  }
}
