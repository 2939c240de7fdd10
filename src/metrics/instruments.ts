// Everything that is counted while the broker works. One object for a broker; the parts that count
// are given it, and monitoring reads it.
import { RequestTimings } from './request-timings.ts'
import { Timings } from './timings.ts'
import { TopicTraffic } from './topic-traffic.ts'

/** Numbers by a word: reasons, outcomes. */
export class CountByWord {
  readonly #counts = new Map<string, number>()

  add(word: string): void {
    this.#counts.set(word, (this.#counts.get(word) ?? 0) + 1)
  }

  entries(): Iterable<readonly [word: string, count: number]> {
    return this.#counts
  }
}

export class Instruments {
  readonly topics = new TopicTraffic()
  readonly requests = new RequestTimings()
  /** Each fdatasync of a log. */
  readonly syncs = new Timings()
  /** Classic groups that began to rebalance, by what made them. */
  readonly rebalances = new CountByWord()
  /** Offsets that groups have committed. */
  offsetCommits = 0
  /** Fetches that wait for data now. */
  parkedFetches = 0
}
