// What a client has used lately, as Kafka's metrics count it: a rate over sampled windows, and a
// bucket of tokens. Both decide the throttle times that clients see. Pure.
import { assert } from '../base/assert.ts'
import { secondMs } from '../base/units.ts'

/** `quota.window.num` samples of `quota.window.size.seconds` each. */
export interface QuotaWindows {
  readonly sampleCount: number
  readonly sampleMs: number
}

/** The longest time that a client is throttled for at once where Kafka bounds it: one sample. */
export function throttleMsMax({ sampleMs }: QuotaWindows): number {
  return sampleMs
}

/**
 * A rate per second over the last samples. Looks back over whole samples, one more than are
 * counted as time, so that a burst at the edge of a sample counts until all of it has passed.
 */
export class RateSensor {
  readonly #windows: QuotaWindows
  readonly #startMs: Float64Array
  readonly #lastMs: Float64Array
  readonly #values: Float64Array
  #count = 0
  #current = 0

  constructor(windows: QuotaWindows) {
    assert(windows.sampleCount > 0 && windows.sampleMs > 0, 'a rate has samples of some length')
    this.#windows = windows
    this.#startMs = new Float64Array(windows.sampleCount + 1)
    this.#lastMs = new Float64Array(windows.sampleCount + 1)
    this.#values = new Float64Array(windows.sampleCount + 1)
  }

  record(value: number, nowMs: number): void {
    if (this.#count === 0) {
      this.#count = 1
      this.#reset(0, nowMs)
    } else if (nowMs - this.#startOf(this.#current) >= this.#windows.sampleMs) {
      this.#current = (this.#current + 1) % this.#values.length
      this.#count = Math.max(this.#count, this.#current + 1)
      this.#reset(this.#current, nowMs)
    }
    this.#values[this.#current] = this.#valueOf(this.#current) + value
    this.#lastMs[this.#current] = nowMs
  }

  /** Per second. */
  rate(nowMs: number): number {
    const spanMs = this.#spanMs(nowMs)
    let sum = 0
    for (let at = 0; at < this.#count; at++) sum += this.#valueOf(at)
    return sum / (spanMs / secondMs)
  }

  /** How long until the rate is back at `limit`; 0 while it is not above. Whole ms. */
  throttleMs(limit: number, nowMs: number): number {
    const rate = this.rate(nowMs)
    if (!(rate > limit)) return 0
    return Math.round(((rate - limit) / limit) * this.#spanMs(nowMs))
  }

  /** Nothing is left of what was used: a new sensor says the same. */
  isIdle(nowMs: number): boolean {
    for (let at = 0; at < this.#count; at++) if (!this.#isOver(at, nowMs)) return false
    return true
  }

  /** The time that the samples stand for; drops those that are over. */
  #spanMs(nowMs: number): number {
    const { sampleCount, sampleMs } = this.#windows
    let oldestMs = nowMs
    for (let at = 0; at < this.#count; at++) {
      if (this.#isOver(at, nowMs)) this.#reset(at, nowMs)
      oldestMs = Math.min(oldestMs, this.#startOf(at))
    }
    const elapsedMs = nowMs - oldestMs
    const missing = sampleCount - 1 - Math.floor(elapsedMs / sampleMs)
    return Math.max(elapsedMs + Math.max(0, missing) * sampleMs, 1)
  }

  #isOver(at: number, nowMs: number): boolean {
    const { sampleCount, sampleMs } = this.#windows
    return nowMs - (this.#lastMs[at] ?? 0) >= sampleCount * sampleMs
  }

  #reset(at: number, nowMs: number): void {
    this.#startMs[at] = nowMs
    this.#lastMs[at] = nowMs
    this.#values[at] = 0
  }

  #startOf(at: number): number {
    return this.#startMs[at] ?? 0
  }

  #valueOf(at: number): number {
    return this.#values[at] ?? 0
  }
}

/** The average of what was recorded in the last samples. */
export class AverageSensor {
  readonly #sum: RateSensor
  readonly #count: RateSensor

  constructor(windows: QuotaWindows) {
    this.#sum = new RateSensor(windows)
    this.#count = new RateSensor(windows)
  }

  record(value: number, nowMs: number): void {
    this.#sum.record(value, nowMs)
    this.#count.record(1, nowMs)
  }

  /** 0 where nothing was. */
  average(nowMs: number): number {
    const count = this.#count.rate(nowMs)
    return count === 0 ? 0 : this.#sum.rate(nowMs) / count
  }
}

/** Tokens that come at the rate of the limit, as many as all samples together let come (KIP-599). */
export class TokenBucket {
  readonly #windows: QuotaWindows
  #tokens = 0
  /** A bucket is full at first. */
  #lastMs = -Infinity

  constructor(windows: QuotaWindows) {
    this.#windows = windows
  }

  /** Below 0 where more was taken than had come. */
  tokens(limit: number, nowMs: number): number {
    const burst = (this.#windows.sampleCount * this.#windows.sampleMs * limit) / secondMs
    const come = (limit * (nowMs - this.#lastMs)) / secondMs
    this.#tokens = Math.min(burst, this.#tokens + come)
    this.#lastMs = nowMs
    return this.#tokens
  }

  take(count: number, limit: number, nowMs: number): void {
    this.#tokens = this.tokens(limit, nowMs) - count
  }

  /** How long until no more is owed; 0 while nothing is. Whole ms. */
  throttleMs(limit: number, nowMs: number): number {
    const tokens = this.tokens(limit, nowMs)
    return tokens < 0 ? Math.round((-tokens / limit) * secondMs) : 0
  }

  isIdle(limit: number, nowMs: number): boolean {
    const burst = (this.#windows.sampleCount * this.#windows.sampleMs * limit) / secondMs
    return this.tokens(limit, nowMs) >= burst
  }
}
