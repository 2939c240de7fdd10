// Which leadership wrote which part of the log (KIP-101): rising epochs with their start offsets.
// Pure; the file is written by whoever changes it.
import { assert } from '../base/assert.ts'

export interface EpochStart {
  readonly epoch: number
  readonly startOffset: number
}

/** "Unknown" in answers about epochs. */
export const unknownEpoch = -1

export class LeaderEpochs {
  #entries: EpochStart[] = []

  constructor(entries: readonly EpochStart[] = []) {
    for (const entry of entries) this.assign(entry.epoch, entry.startOffset)
  }

  get entries(): readonly EpochStart[] {
    return this.#entries
  }

  /** -1 before any epoch is known. */
  get latestEpoch(): number {
    return this.#entries.at(-1)?.epoch ?? unknownEpoch
  }

  /**
   * Notes that `epoch` begins at `startOffset`; true when that is news. Epochs that it contradicts
   * go.
   */
  assign(epoch: number, startOffset: number): boolean {
    assert(startOffset >= 0, 'a leader epoch begins at offset 0 or above')
    if (epoch < 0 || epoch <= this.latestEpoch) return false
    this.#entries = this.#entries.filter((entry) => entry.startOffset < startOffset)
    this.#entries.push({ epoch, startOffset })
    return true
  }

  /** Drops epochs that begin at `endOffset` or above; true when there were any. */
  truncateFromEnd(endOffset: number): boolean {
    const kept = this.#entries.filter((entry) => entry.startOffset < endOffset)
    return this.#replace(kept)
  }

  /** Drops epochs that end before `startOffset`; the one that holds it then begins there. */
  truncateFromStart(startOffset: number): boolean {
    const below = this.#entries.filter((entry) => entry.startOffset <= startOffset)
    const holding = below.at(-1)
    if (holding === undefined || holding.startOffset === startOffset) {
      return this.#replace(this.#entries.filter((entry) => entry.startOffset >= startOffset))
    }
    const above = this.#entries.filter((entry) => entry.startOffset > startOffset)
    this.#entries = [{ epoch: holding.epoch, startOffset }, ...above]
    return true
  }

  #replace(kept: EpochStart[]): boolean {
    const changed = kept.length !== this.#entries.length
    this.#entries = kept
    return changed
  }

  /** The epoch of the batch at `offset`; -1 below the first. */
  epochOf(offset: number): number {
    return this.#entries.findLast((entry) => entry.startOffset <= offset)?.epoch ?? unknownEpoch
  }

  /**
   * The largest known epoch that is not above `epoch`, and where it ends; -1 and -1 when `epoch`
   * is above all known ones. Below all of them it ends where the first known one begins.
   */
  endOffsetOf(epoch: number, logEndOffset: number): { leaderEpoch: number; endOffset: number } {
    if (epoch < 0) return { leaderEpoch: unknownEpoch, endOffset: -1 }
    if (epoch === this.latestEpoch) return { leaderEpoch: epoch, endOffset: logEndOffset }
    const next = this.#entries.find((entry) => entry.epoch > epoch)
    if (next === undefined) return { leaderEpoch: unknownEpoch, endOffset: -1 }
    assert(next.startOffset <= logEndOffset, 'epochs begin inside the log')
    const own = this.#entries.findLast((entry) => entry.epoch <= epoch)
    return { leaderEpoch: own?.epoch ?? epoch, endOffset: next.startOffset }
  }
}
