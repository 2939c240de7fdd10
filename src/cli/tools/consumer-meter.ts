// What kafka-consumer-perf-test counts, and the lines in which it reports that.
import type { DateFormat } from './java-date-format.ts'

const rebalanceColumns =
  'data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, rebalance.time.ms, fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec\n'

/** Above the one line of `summary`. */
export const summaryHead = `start.time, end.time, ${rebalanceColumns}`

/** Above the lines of `take`. */
export const windowHead = `time, threadId, ${rebalanceColumns}`

const MiB = 1024 * 1024
const decimals = 4

export interface ConsumerMeterRules {
  readonly startMs: number
  /** How long a window lasts. */
  readonly intervalMs: number
  readonly format: DateFormat
}

/** What is counted over some time. */
interface Count {
  startMs: number
  records: number
  bytes: number
  /** How long the consumer had no partitions. */
  rebalanceMs: number
}

/** Counts what was consumed, by window and in all. */
export class ConsumerMeter {
  readonly #rules: ConsumerMeterRules
  readonly #all: Count
  #window: Count

  constructor(rules: ConsumerMeterRules) {
    const { startMs } = rules
    this.#rules = rules
    this.#all = { startMs, records: 0, bytes: 0, rebalanceMs: 0 }
    this.#window = { ...this.#all }
  }

  get records(): number {
    return this.#all.records
  }

  rebalanced(ms: number): void {
    this.#all.rebalanceMs += ms
    this.#window.rebalanceMs += ms
  }

  /** Counts a record; a line about the window when it is over. */
  take(bytes: number, nowMs: number): string | null {
    for (const count of [this.#all, this.#window]) {
      count.records += 1
      count.bytes += bytes
    }
    if (nowMs - this.#window.startMs < this.#rules.intervalMs) return null
    const report = this.#windowLine(nowMs)
    this.#window = { startMs: nowMs, records: 0, bytes: 0, rebalanceMs: 0 }
    return report
  }

  #windowLine(nowMs: number): string {
    const { startMs, records, bytes, rebalanceMs } = this.#window
    const elapsedMs = nowMs - startMs
    const fetchMs = elapsedMs - rebalanceMs
    const fetchRate = (amount: number): number => (fetchMs <= 0 ? 0 : (1000 * amount) / fetchMs)
    const cells = [
      this.#rules.format(nowMs),
      '0',
      (this.#all.bytes / MiB).toFixed(decimals),
      ((1000 * bytes) / MiB / elapsedMs).toFixed(decimals),
      this.#all.records,
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
    const { startMs, records, bytes, rebalanceMs } = this.#all
    const elapsedSeconds = (endMs - startMs) / 1000
    const fetchMs = endMs - startMs - rebalanceMs
    const cells = [
      this.#rules.format(startMs),
      this.#rules.format(endMs),
      (bytes / MiB).toFixed(decimals),
      (bytes / MiB / elapsedSeconds).toFixed(decimals),
      records,
      (records / elapsedSeconds).toFixed(decimals),
      rebalanceMs,
      fetchMs,
      (bytes / MiB / (fetchMs / 1000)).toFixed(decimals),
      (records / (fetchMs / 1000)).toFixed(decimals),
    ]
    return `${cells.join(', ')}\n`
  }
}
