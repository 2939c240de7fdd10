// The records of a share partition between its start and end offset: runs of offsets, each with one
// delivery for all or one for each offset. Runs are in the order of their offsets and do not
// overlap; between them there may be offsets that the log has no records for.
import { assert, defined } from '../../base/assert.ts'
import { Delivery } from './delivery.ts'

export class InFlightRun {
  readonly firstOffset: number
  readonly lastOffset: number
  #whole: Delivery | null
  #each: readonly Delivery[] | null = null

  constructor(firstOffset: number, lastOffset: number, whole: Delivery) {
    assert(firstOffset <= lastOffset, 'a run holds something')
    this.firstOffset = firstOffset
    this.lastOffset = lastOffset
    this.#whole = whole
  }

  get offsetCount(): number {
    return this.lastOffset - this.firstOffset + 1
  }

  /** The delivery of all its offsets; null when each has its own. */
  get whole(): Delivery | null {
    return this.#whole
  }

  /** From now on each offset has a delivery of its own. */
  split(): readonly Delivery[] {
    const whole = this.#whole
    if (whole === null) return defined(this.#each, 'a run has deliveries')
    const each = Array.from({ length: this.offsetCount }, () => whole.copy())
    this.#whole = null
    this.#each = each
    return each
  }

  at(offset: number): Delivery {
    assert(offset >= this.firstOffset && offset <= this.lastOffset, 'the offset is in the run')
    return this.#whole ?? defined(this.#each?.[offset - this.firstOffset], 'each offset has one')
  }

  /** Every delivery with the offsets that it stands for, from `from` to `to`. */
  *parts(from = this.firstOffset, to = this.lastOffset): Iterable<InFlightPart> {
    const first = Math.max(from, this.firstOffset)
    const last = Math.min(to, this.lastOffset)
    if (first > last) return
    if (this.#whole !== null) {
      yield { firstOffset: first, lastOffset: last, delivery: this.#whole }
      return
    }
    for (let offset = first; offset <= last; offset++) {
      yield { firstOffset: offset, lastOffset: offset, delivery: this.at(offset) }
    }
  }
}

export interface InFlightPart {
  readonly firstOffset: number
  readonly lastOffset: number
  readonly delivery: Delivery
}

export class InFlight {
  #runs: InFlightRun[] = []

  get isEmpty(): boolean {
    return this.#runs.length === 0
  }

  get runCount(): number {
    return this.#runs.length
  }

  get first(): InFlightRun | undefined {
    return this.#runs[0]
  }

  get last(): InFlightRun | undefined {
    return this.#runs.at(-1)
  }

  runs(): Iterable<InFlightRun> {
    return this.#runs
  }

  /** The run that holds the offset, or the last one before it. */
  floor(offset: number): InFlightRun | undefined {
    return this.#runs[this.#floorIndex(offset)]
  }

  /** The first run that begins behind the offset. */
  higher(offset: number): InFlightRun | undefined {
    return this.#runs[this.#floorIndex(offset) + 1]
  }

  /** The runs that begin at `from` or behind it, and not behind `to`. */
  beginningIn(from: number, to: number): readonly InFlightRun[] {
    return this.#runs.slice(this.#floorIndex(from - 1) + 1, this.#floorIndex(to) + 1)
  }

  /** The runs that hold any offset of the range. */
  overlapping(from: number, to: number): readonly InFlightRun[] {
    const floor = this.floor(from)
    const begin = floor !== undefined && floor.lastOffset >= from ? floor.firstOffset : from
    return this.beginningIn(begin, to)
  }

  insert(run: InFlightRun): void {
    const index = this.#floorIndex(run.firstOffset)
    const before = this.#runs[index]
    const after = this.#runs[index + 1]
    assert(before === undefined || before.lastOffset < run.firstOffset, 'runs do not overlap')
    assert(after === undefined || after.firstOffset > run.lastOffset, 'runs do not overlap')
    this.#runs.splice(index + 1, 0, run)
  }

  /** Forgets the runs that end before the offset. */
  removeBelow(offset: number): void {
    let count = 0
    for (const run of this.#runs) {
      if (run.lastOffset >= offset) break
      count += 1
    }
    if (count > 0) this.#runs.splice(0, count)
  }

  /** Index of the last run that begins at the offset or before it; -1 when none does. */
  #floorIndex(offset: number): number {
    let low = 0
    let high = this.#runs.length
    while (low < high) {
      const middle = (low + high) >> 1
      const run = this.#runs[middle]
      if (run !== undefined && run.firstOffset <= offset) low = middle + 1
      else high = middle
    }
    return low - 1
  }
}
