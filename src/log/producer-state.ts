// What a partition remembers of its idempotent and transactional producers (KIP-98): epoch, the
// last five batches, the open transaction. Pure: `check` decides about a batch before it is
// written, `apply` notes it once it is there; replay and recovery call `apply` alone.
import { assert } from '../base/assert.ts'
import { int32Max } from '../base/units.ts'
import { KafkaError } from '../../protocol/errors.ts'

const retainedBatches = 5
const noEpoch = -1
const noSequence = -1
const noOffset = -1
const sequenceCount = int32Max + 1

/** Who appends: decides which batches are legal (control batches only from coordinators). */
export type AppendOrigin = 'client' | 'coordinator' | 'metadata'

/** How a batch came to be appended. */
export interface AppendTerms {
  readonly origin: AppendOrigin
  /** Of the transaction that it belongs to, as far as its sender says; 0: unknown, or none. */
  readonly transactionVersion: number
}

/** KIP-890: from this version of transactions on each has an epoch of its own. */
const epochBumpVersion = 2

/** A batch that a producer wrote: enough to recognise it when it is sent again. */
export interface BatchTrace {
  readonly lastSequence: number
  readonly lastOffset: number
  /** Last offset minus first offset. */
  readonly offsetDelta: number
  readonly timestampMs: number
}

/** The end of a transaction, as a control batch says it. */
export interface EndMarker {
  readonly isAbort: boolean
  readonly coordinatorEpoch: number
}

/** What producer state needs of a batch with a producer id. */
export interface ProducerBatch {
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly lastSequence: number
  readonly baseOffset: number
  readonly lastOffset: number
  readonly timestampMs: number
  readonly isTransactional: boolean
  /** Set on control batches that end a transaction. */
  readonly marker: EndMarker | null
}

export interface CompletedTransaction {
  readonly producerId: number
  readonly firstOffset: number
  /** Offset of the marker. */
  readonly lastOffset: number
  readonly isAbort: boolean
}

/** One producer in one partition; also a line of the snapshot file. */
export interface ProducerEntry {
  readonly producerId: number
  producerEpoch: number
  coordinatorEpoch: number
  lastTimestampMs: number
  /** First offset of the open transaction, -1 without one. */
  transactionFirstOffset: number
  /** Oldest first, at most five, all of the current epoch. */
  batches: BatchTrace[]
}

export class ProducerState {
  readonly #producers = new Map<number, ProducerEntry>()
  /** Open transactions: first offset → producer id, in rising order. */
  #ongoing = new Map<number, number>()

  get producerCount(): number {
    return this.#producers.size
  }

  entries(): IterableIterator<ProducerEntry> {
    return this.#producers.values()
  }

  /** First offset of the oldest open transaction; undefined without one. */
  get firstUndecidedOffset(): number | undefined {
    for (const firstOffset of this.#ongoing.keys()) return firstOffset
    return undefined
  }

  /** Whether the producer has a transaction open, of this very epoch. */
  hasOpenTransaction(producerId: number, producerEpoch: number): boolean {
    const entry = this.#producers.get(producerId)
    return entry?.producerEpoch === producerEpoch && entry.transactionFirstOffset >= 0
  }

  /** Takes the place of all state: what a snapshot held. */
  load(entries: readonly ProducerEntry[]): void {
    this.#producers.clear()
    for (const entry of entries) this.#producers.set(entry.producerId, entry)
    this.#collectOngoing()
  }

  #collectOngoing(): void {
    const open = [...this.#producers.values()].filter((entry) => entry.transactionFirstOffset >= 0)
    open.sort((a, b) => a.transactionFirstOffset - b.transactionFirstOffset)
    this.#ongoing = new Map(open.map((entry) => [entry.transactionFirstOffset, entry.producerId]))
  }

  /**
   * Decides about a batch that is to be appended. Answers the earlier batch when this one is a
   * duplicate of one of the producer's last five, else null.
   * @throws KafkaError INVALID_PRODUCER_EPOCH, OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_TXN_STATE,
   * TRANSACTION_COORDINATOR_FENCED.
   */
  check(batch: ProducerBatch, terms: AppendTerms): BatchTrace | null {
    const { origin } = terms
    const entry = this.#producers.get(batch.producerId)
    if (entry === undefined) {
      if (origin === 'client') checkFirstSequence(batch, terms)
      return null
    }
    if (origin === 'client') {
      const duplicate = findDuplicate(entry, batch)
      if (duplicate !== undefined) return duplicate
    }
    checkEpoch(entry, batch, terms)
    if (batch.marker !== null) {
      checkCoordinatorEpoch(entry, batch.marker)
      return null
    }
    if (origin === 'client') checkSequence(entry, batch)
    if (entry.transactionFirstOffset >= 0 && !batch.isTransactional) {
      throw new KafkaError(
        'INVALID_TXN_STATE',
        `producer ${batch.producerId} wrote outside its open transaction`,
      )
    }
    return null
  }

  /** Notes a batch that is in the log. Answers the transaction that it completed, if any. */
  apply(batch: ProducerBatch): CompletedTransaction | null {
    assert(batch.producerId >= 0, 'producer state needs a producer id')
    const entry = this.#entryOf(batch.producerId)
    if (entry.producerEpoch !== batch.producerEpoch) {
      entry.producerEpoch = batch.producerEpoch
      entry.batches = []
    }
    entry.lastTimestampMs = batch.timestampMs
    if (batch.marker !== null) return this.#endTransaction(entry, batch, batch.marker)
    this.#addBatch(entry, batch)
    return null
  }

  #entryOf(producerId: number): ProducerEntry {
    const known = this.#producers.get(producerId)
    if (known !== undefined) return known
    const entry: ProducerEntry = {
      producerId,
      producerEpoch: noEpoch,
      coordinatorEpoch: noEpoch,
      lastTimestampMs: -1,
      transactionFirstOffset: noOffset,
      batches: [],
    }
    this.#producers.set(producerId, entry)
    return entry
  }

  #addBatch(entry: ProducerEntry, batch: ProducerBatch): void {
    if (entry.batches.length === retainedBatches) entry.batches.shift()
    entry.batches.push({
      lastSequence: batch.lastSequence,
      lastOffset: batch.lastOffset,
      offsetDelta: batch.lastOffset - batch.baseOffset,
      timestampMs: batch.timestampMs,
    })
    if (batch.isTransactional && entry.transactionFirstOffset < 0) {
      entry.transactionFirstOffset = batch.baseOffset
      this.#ongoing.set(batch.baseOffset, batch.producerId)
    }
  }

  #endTransaction(
    entry: ProducerEntry,
    batch: ProducerBatch,
    marker: EndMarker,
  ): CompletedTransaction | null {
    const firstOffset = entry.transactionFirstOffset
    entry.coordinatorEpoch = marker.coordinatorEpoch
    entry.transactionFirstOffset = noOffset
    if (firstOffset < 0) return null
    const wasOngoing = this.#ongoing.delete(firstOffset)
    assert(wasOngoing, 'a completed transaction was open')
    return {
      producerId: batch.producerId,
      firstOffset,
      lastOffset: batch.lastOffset,
      isAbort: marker.isAbort,
    }
  }

  /** The last stable offset behind the marker of a transaction that `apply` has just completed. */
  lastStableOffsetAfter(completed: CompletedTransaction): number {
    return this.firstUndecidedOffset ?? completed.lastOffset + 1
  }

  /** Forgets producers without an open transaction that wrote nothing for `expirationMs`. */
  expire(nowMs: number, expirationMs: number): void {
    for (const entry of this.#producers.values()) {
      if (entry.transactionFirstOffset < 0 && nowMs - entry.lastTimestampMs >= expirationMs) {
        this.#producers.delete(entry.producerId)
      }
    }
  }
}

function findDuplicate(entry: ProducerEntry, batch: ProducerBatch): BatchTrace | undefined {
  if (entry.producerEpoch !== batch.producerEpoch) return undefined
  return entry.batches.find(
    (trace) =>
      trace.lastSequence === batch.lastSequence && firstSequence(trace) === batch.baseSequence,
  )
}

function firstSequence(trace: BatchTrace): number {
  const first = trace.lastSequence - trace.offsetDelta
  return first < 0 ? first + sequenceCount : first
}

/**
 * A transactional producer of version 2 that the partition does not know must be new, or else
 * batches before this one were lost. Of others it may be that the log has forgotten them.
 */
function checkFirstSequence(batch: ProducerBatch, { transactionVersion }: AppendTerms): void {
  const isKnownNew = batch.isTransactional && transactionVersion >= epochBumpVersion
  if (!isKnownNew || batch.marker !== null || batch.baseSequence === 0) return
  throw new KafkaError(
    'OUT_OF_ORDER_SEQUENCE_NUMBER',
    `producer ${batch.producerId} begins here with sequence ${batch.baseSequence}, expected 0`,
  )
}

function checkEpoch(entry: ProducerEntry, batch: ProducerBatch, terms: AppendTerms): void {
  const isBumped = batch.marker !== null && terms.transactionVersion >= epochBumpVersion
  const least = isBumped ? entry.producerEpoch + 1 : entry.producerEpoch
  if (batch.producerEpoch >= least) return
  throw new KafkaError(
    'INVALID_PRODUCER_EPOCH',
    `producer ${batch.producerId} has epoch ${batch.producerEpoch}, the log has seen ${entry.producerEpoch}`,
  )
}

function checkCoordinatorEpoch(entry: ProducerEntry, marker: EndMarker): void {
  if (marker.coordinatorEpoch >= entry.coordinatorEpoch) return
  throw new KafkaError(
    'TRANSACTION_COORDINATOR_FENCED',
    `coordinator epoch ${marker.coordinatorEpoch} is below ${entry.coordinatorEpoch} for producer ${entry.producerId}`,
  )
}

/** A new epoch begins at sequence 0; within an epoch sequences follow each other and wrap to 0. */
function checkSequence(entry: ProducerEntry, batch: ProducerBatch): void {
  if (entry.producerEpoch === noEpoch) return
  const expected =
    batch.producerEpoch === entry.producerEpoch ? nextSequence(lastSequenceOf(entry)) : 0
  if (batch.baseSequence === expected) return
  throw new KafkaError(
    'OUT_OF_ORDER_SEQUENCE_NUMBER',
    `producer ${batch.producerId} of epoch ${batch.producerEpoch} sent sequence ${batch.baseSequence}, expected ${expected}`,
  )
}

/**
 * Sequence of the last data batch, -1 when none is known (after a marker of a new epoch, or a
 * snapshot of one).
 */
export function lastSequenceOf(entry: ProducerEntry): number {
  return entry.batches.at(-1)?.lastSequence ?? noSequence
}

function nextSequence(last: number): number {
  return last === int32Max ? 0 : last + 1
}
