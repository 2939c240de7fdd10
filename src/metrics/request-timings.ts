// How many requests of each API and version there were, and how long they took.
import { Timings } from './timings.ts'

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

  /** Those that were asked for at least once. */
  *apis(): Iterable<ApiTimings> {
    for (const api of this.#apis) if (api !== undefined) yield api
  }

  #begin(apiKey: number, apiVersion: number): ApiTimings {
    let api = this.#apis[apiKey]
    if (api === undefined) this.#apis[apiKey] = api = new ApiTimings(apiKey)
    api.countByVersion[apiVersion] = (api.countByVersion[apiVersion] ?? 0) + 1
    return api
  }
}
