// How long something took, over and over: a count and a sum for ever, and the distribution of the
// last minutes in buckets an eighth of an octave wide. Recording costs a few array accesses.
import { assert } from '../base/assert.ts'
import { minuteMs } from '../base/units.ts'

/** Buckets per doubling: a quantile is off by 6 % at most. */
const bucketsPerOctave = 8
const subBits = 3
/** Microseconds in 31 bits: more than half an hour. */
const octaveCount = 31
const bucketCount = octaveCount * bucketsPerOctave
const longestUs = 2 ** 31 - 1
/** Quantiles tell of the current window and the one before. */
const windowMs = 1 * minuteMs

export class Timings {
  count = 0
  sumMs = 0
  #current = new Uint32Array(bucketCount)
  #previous = new Uint32Array(bucketCount)
  #windowStartMs = -Infinity

  /** `nowMs` is monotonic. */
  record(durationMs: number, nowMs: number): void {
    this.count += 1
    this.sumMs += durationMs
    if (nowMs - this.#windowStartMs >= windowMs) this.#turn(nowMs)
    const bucket = bucketOf(durationMs)
    this.#current[bucket] = this.#current[bucket]! + 1
  }

  /** What the given shares of recent durations did not exceed, in ms; 0 where there were none. */
  quantiles(shares: readonly number[], nowMs: number): number[] {
    if (nowMs - this.#windowStartMs >= windowMs) this.#turn(nowMs)
    let total = 0
    for (let bucket = 0; bucket < bucketCount; bucket++) total += this.#countIn(bucket)
    return shares.map((share) => {
      assert(share > 0 && share < 1, 'a quantile is a share of what there is')
      return this.#quantile(Math.ceil(share * total))
    })
  }

  #quantile(rank: number): number {
    if (rank === 0) return 0
    let seen = 0
    for (let bucket = 0; bucket < bucketCount; bucket++) {
      seen += this.#countIn(bucket)
      if (seen >= rank) return middleMs(bucket)
    }
    return middleMs(bucketCount - 1)
  }

  #countIn(bucket: number): number {
    return this.#current[bucket]! + this.#previous[bucket]!
  }

  #turn(nowMs: number): void {
    const isNext = nowMs - this.#windowStartMs < 2 * windowMs
    const older = this.#previous
    this.#previous = this.#current
    this.#current = older
    this.#current.fill(0)
    if (!isNext) this.#previous.fill(0)
    this.#windowStartMs = nowMs
  }
}

/** Below 8 µs a bucket is 1 µs wide; above, an eighth of its octave. */
function bucketOf(durationMs: number): number {
  const us = Math.max(0, Math.min(longestUs, durationMs * 1000)) | 0
  if (us < bucketsPerOctave) return us
  const octave = 31 - Math.clz32(us)
  return (octave - subBits + 1) * bucketsPerOctave + ((us >> (octave - subBits)) & 7)
}

function middleMs(bucket: number): number {
  if (bucket < bucketsPerOctave) return (bucket + 0.5) / 1000
  const octave = Math.floor(bucket / bucketsPerOctave) + subBits - 1
  const width = 2 ** (octave - subBits)
  const start = 2 ** octave + (bucket % bucketsPerOctave) * width
  return (start + width / 2) / 1000
}
