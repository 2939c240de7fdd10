// Gives a consumer that catches up no more than it takes. librdkafka, and every client that stands on it, asks
// for nothing for a second (fetch.queue.backoff.ms) once its queue is full (queued.min.messages,
// queued.max.messages.kbytes). A broker that reads from memory fills that queue within milliseconds, and
// the consumer then has nothing to do for most of each second. So who pauses like that is given its records at
// about the rate at which it takes them: found as TCP finds the rate of a path, by giving more until it
// pauses again. Answers are held, never withheld: a slow guess costs a consumer a tenth of a second an answer.
import { KiB, secondMs } from '../base/units.ts'

/** Answers with fewer bytes of records than this are given to one that has caught up. */
const bulkBytesMin = 64 * KiB
/** Nothing asked for so long is a pause, ms. */
const pauseMinMs = 500
/** Who asks for nothing for longer does something else, ms. */
const pauseMaxMs = 5 * secondMs
/** No answer waits longer, ms. */
const holdMaxMs = 100
/** The share of the client's queue that it may be given at once. */
const burstShare = 0.3
/** The share of the queue by which the client is let fall behind: many small waits cost more than a few. */
const lumpShare = 0.1
/** At first the client takes at least what it took on average, its pauses included. */
const firstFactor = 4
/** The rate found too high when it was still searched for, and when it was thought to be known. */
const searchBackoff = 0.6
const settledBackoff = 0.85
/** After a pause the rate is about right for so long, ms; before and after it is searched for. */
const settledMs = 10 * secondMs
/** By how much the rate grows in a second. */
const searchGrowth = 4
const settledGrowth = 1.02

/** The pace of a client after it was given records of so many bytes; null for one that has caught up. */
export function paceAfter(
  pace: FetchPace | null,
  byteLength: number,
  nowMs: number,
): FetchPace | null {
  if (byteLength < bulkBytesMin) return null
  const kept = pace ?? new FetchPace(nowMs)
  kept.given(byteLength, nowMs)
  return kept
}

/** What one connection is given; one object for as long as it catches up. Times are monotonic ms. */
export class FetchPace {
  /** Bytes a ms. */
  #rate = Infinity
  /** Bytes that the client holds before it pauses, about. */
  #queueBytes = Infinity
  #settledUntilMs = -Infinity
  /** What it has been given since it last paused. */
  #sinceMs: number
  #sinceBytes = 0
  #lastAnswerMs: number
  /** Bytes that may be given now; negative when it was given more. */
  #creditBytes = 0
  #creditAtMs = 0

  constructor(nowMs: number) {
    this.#sinceMs = nowMs
    this.#lastAnswerMs = nowMs
  }

  /** For how long the answer to the fetch that has just come is held, ms. */
  holdMs(nowMs: number): number {
    const pauseMs = nowMs - this.#lastAnswerMs
    if (pauseMs > pauseMaxMs) this.#forget(nowMs)
    else if (pauseMs >= pauseMinMs && this.#sinceBytes > 0) this.#slowDown(nowMs)
    if (this.#rate === Infinity) return 0
    this.#earn(nowMs)
    if (this.#creditBytes >= 0) return 0
    const lackingBytes = this.#queueBytes * lumpShare - this.#creditBytes
    return Math.min(lackingBytes / this.#rate, holdMaxMs)
  }

  /** The client was given records of so many bytes. */
  given(byteLength: number, nowMs: number): void {
    this.#lastAnswerMs = nowMs
    this.#sinceBytes += byteLength
    this.#creditBytes -= byteLength
  }

  #forget(nowMs: number): void {
    this.#rate = Infinity
    this.#settledUntilMs = -Infinity
    this.#sinceMs = nowMs
    this.#sinceBytes = 0
  }

  /** It has paused: it was given more than it takes. */
  #slowDown(nowMs: number): void {
    const givingMs = Math.max(1, this.#lastAnswerMs - this.#sinceMs)
    // What it takes is more than it took on average, pause included, and less than what made it pause.
    const averageRate = this.#sinceBytes / (nowMs - this.#sinceMs)
    const tooHighRate = Math.min(this.#rate, this.#sinceBytes / givingMs)
    if (this.#rate === Infinity) {
      this.#rate = Math.min(averageRate * firstFactor, tooHighRate * searchBackoff)
      this.#queueBytes = Infinity
    } else {
      const backoff = nowMs < this.#settledUntilMs ? settledBackoff : searchBackoff
      this.#rate = tooHighRate * backoff
      this.#settledUntilMs = nowMs + settledMs
    }
    this.#rate = Math.max(this.#rate, averageRate)
    this.#queueBytes = Math.min(this.#queueBytes, this.#sinceBytes - averageRate * givingMs)
    this.#sinceMs = nowMs
    this.#sinceBytes = 0
    this.#creditBytes = this.#queueBytes * burstShare
    this.#creditAtMs = nowMs
  }

  #earn(nowMs: number): void {
    const elapsedMs = nowMs - this.#creditAtMs
    this.#creditAtMs = nowMs
    const earnedBytes = this.#creditBytes + elapsedMs * this.#rate
    this.#creditBytes = Math.min(earnedBytes, this.#queueBytes * burstShare)
    const growth = nowMs < this.#settledUntilMs ? settledGrowth : searchGrowth
    this.#rate *= growth ** (elapsedMs / secondMs)
  }
}
