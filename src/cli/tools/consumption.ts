// How much was consumed, in all and in the window that goes on: what both consumer performance tools report from.
import type { ConsumedRecord } from '../../client/fetched-records.ts'

export const MiB = 1024 * 1024

/** What came from a time on. */
export interface Count {
  readonly startMs: number
  readonly records: number
  readonly bytes: number
}

type Counter = { -readonly [Key in keyof Count]: Count[Key] }

/** Counts what was consumed, by window and in all. */
export class Consumption {
  readonly #intervalMs: number
  readonly #all: Counter
  #window: Counter

  /** `intervalMs` is how long a window lasts. */
  constructor({ startMs, intervalMs }: { readonly startMs: number; readonly intervalMs: number }) {
    this.#intervalMs = intervalMs
    this.#all = { startMs, records: 0, bytes: 0 }
    this.#window = { ...this.#all }
  }

  get all(): Count {
    return this.#all
  }

  /** Counts a record; hands over the window that it ends, if it comes after the window's time. */
  take(bytes: number, nowMs: number): Count | null {
    for (const count of [this.#all, this.#window]) {
      count.records += 1
      count.bytes += bytes
    }
    const window = this.#window
    if (nowMs - window.startMs < this.#intervalMs) return null
    this.#window = { startMs: nowMs, records: 0, bytes: 0 }
    return window
  }
}

/** What of a record is counted. */
export function sizeOf({ key, value }: Pick<ConsumedRecord, 'key' | 'value'>): number {
  return (key?.length ?? 0) + (value?.length ?? 0)
}
