// What kafka-consumer-perf-test counts, and the lines in which it reports that.
import { Consumption, MiB, type Count } from './consumption.ts'
import type { DateFormat } from './java-date-format.ts'

const rebalanceColumns =
  'data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, rebalance.time.ms, fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec\n'

/** Above the one line of `summary`. */
export const summaryHead = `start.time, end.time, ${rebalanceColumns}`

/** Above the lines of `take`. */
export const windowHead = `time, threadId, ${rebalanceColumns}`

const decimals = 4

export interface ConsumerMeterRules {
  readonly startMs: number
  /** How long a window lasts. */
  readonly intervalMs: number
  readonly format: DateFormat
}

/** Counts what was consumed and how long the consumer had no partitions, by window and in all. */
export class ConsumerMeter {
  readonly #format: DateFormat
  readonly #consumed: Consumption
  #rebalanceMs = 0
  #windowRebalanceMs = 0

  constructor({ format, ...rules }: ConsumerMeterRules) {
    this.#format = format
    this.#consumed = new Consumption(rules)
  }

  get records(): number {
    return this.#consumed.all.records
  }

  rebalanced(ms: number): void {
    this.#rebalanceMs += ms
    this.#windowRebalanceMs += ms
  }

  /** Counts a record; a line about the window when it is over. */
  take(bytes: number, nowMs: number): string | null {
    const window = this.#consumed.take(bytes, nowMs)
    if (window === null) return null
    const report = this.#windowLine(window, nowMs)
    this.#windowRebalanceMs = 0
    return report
  }

  #windowLine({ startMs, records, bytes }: Count, nowMs: number): string {
    const rebalanceMs = this.#windowRebalanceMs
    const elapsedMs = nowMs - startMs
    const fetchMs = elapsedMs - rebalanceMs
    const fetchRate = (amount: number): number => (fetchMs <= 0 ? 0 : (1000 * amount) / fetchMs)
    const cells = [
      this.#format(nowMs),
      '0',
      (this.#consumed.all.bytes / MiB).toFixed(decimals),
      ((1000 * bytes) / MiB / elapsedMs).toFixed(decimals),
      this.records,
      ((1000 * records) / elapsedMs).toFixed(decimals),
      rebalanceMs,
      fetchMs,
      fetchRate(bytes / MiB).toFixed(decimals),
      fetchRate(records).toFixed(decimals),
    ]
    return `${cells.join(', ')}\n`
  }

  /** The line about everything. Rates over no time at all are NaN or Infinity, as in Java. */
  summary(endMs: number): string {
    const { startMs, records, bytes } = this.#consumed.all
    const elapsedSeconds = (endMs - startMs) / 1000
    const fetchMs = endMs - startMs - this.#rebalanceMs
    const cells = [
      this.#format(startMs),
      this.#format(endMs),
      (bytes / MiB).toFixed(decimals),
      (bytes / MiB / elapsedSeconds).toFixed(decimals),
      records,
      (records / elapsedSeconds).toFixed(decimals),
      this.#rebalanceMs,
      fetchMs,
      (bytes / MiB / (fetchMs / 1000)).toFixed(decimals),
      (records / (fetchMs / 1000)).toFixed(decimals),
    ]
    return `${cells.join(', ')}\n`
  }
}
