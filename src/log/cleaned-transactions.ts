// Transactions as compaction meets them, batch by batch in the order of the log: data of aborted
// ones goes at once, and a marker may go when nothing of its transaction is left. Pure.
import { assert } from '../base/assert.ts'
import type { AbortedEntry } from './txn-index.ts'

interface OngoingAborted {
  readonly entry: AbortedEntry
  /** A batch of it was still there. */
  hasBatches: boolean
}

/** What compaction must know of a batch to judge its transaction. */
export interface TransactionalBatch {
  readonly producerId: number
  readonly lastOffset: number
  readonly isTransactional: boolean
}

export class CleanedTransactions {
  /** Aborted transactions that have not begun yet, the next one last. */
  readonly #ahead: AbortedEntry[]
  readonly #aborted = new Map<number, OngoingAborted>()
  /** Producers of which data was seen that is not aborted, and no marker since. */
  readonly #committed = new Set<number>()

  /** `aborted`: the transactions in the .txnindex files from the first batch on. */
  constructor(aborted: readonly AbortedEntry[]) {
    this.#ahead = [...aborted].sort((a, b) => b.firstOffset - a.firstOffset)
  }

  /** True when the batch belongs to an aborted transaction: its records may go. */
  isAborted(batch: TransactionalBatch): boolean {
    this.#begin(batch.lastOffset)
    if (!batch.isTransactional) return false
    const aborted = this.#aborted.get(batch.producerId)
    if (aborted === undefined) {
      this.#committed.add(batch.producerId)
      return false
    }
    aborted.hasBatches = true
    return true
  }

  /**
   * At a marker: may it go, and which index entry does it need as long as it stays? An aborted
   * transaction's data that this run removes is gone only when the run is complete, so its marker
   * stays until the next.
   */
  endAt(
    marker: { readonly producerId: number; readonly lastOffset: number },
    isAbort: boolean,
  ): { readonly mayGo: boolean; readonly entry: AbortedEntry | null } {
    this.#begin(marker.lastOffset)
    if (!isAbort) return { mayGo: !this.#committed.delete(marker.producerId), entry: null }
    const aborted = this.#aborted.get(marker.producerId)
    this.#aborted.delete(marker.producerId)
    assert(
      aborted === undefined || aborted.entry.firstOffset <= marker.lastOffset,
      'a transaction ends behind its beginning',
    )
    if (aborted?.hasBatches === true) return { mayGo: false, entry: aborted.entry }
    return { mayGo: true, entry: null }
  }

  #begin(offset: number): void {
    for (;;) {
      const next = this.#ahead.at(-1)
      if (next === undefined || next.firstOffset > offset) return
      this.#ahead.pop()
      // A transaction without a marker in front of it in this log: the earlier one is over.
      this.#aborted.set(next.producerId, { entry: next, hasBatches: false })
    }
  }
}
