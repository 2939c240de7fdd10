// One partition of a topic as one share group sees it (KIP-932): which records are to be had, who
// holds what until when, and how far the group has come. A machine without clock, disk or promise:
// the caller brings what was read and the time, and stores what a step has decided; it is changed in
// place, since a step concerns thousands of records. What a step decides is in acquire.ts and
// acknowledge.ts.
import { assert } from '../../base/assert.ts'
import { Delivery, deliveryStates } from './delivery.ts'
import type { DeliveryState } from './delivery.ts'
import { InFlight, InFlightRun } from './in-flight.ts'
import type { InFlightPart } from './in-flight.ts'

/** A run of offsets in one state, as it is stored and sent. */
export interface StateBatch {
  readonly firstOffset: number
  readonly lastOffset: number
  /** As `deliveryStates` numbers them. */
  readonly deliveryState: number
  readonly deliveryCount: number
}

/** What the configuration says of the group's records, its own settings included. */
export interface SharePartitionRules {
  /** share.partition.max.record.locks */
  readonly recordLocksMax: number
  /** share.delivery.count.limit */
  readonly deliveryCountLimit: number
  /** share.record.lock.duration.ms */
  readonly lockDurationMs: number
  /** share.renew.acknowledge.enable */
  readonly mayRenew: boolean
}

/** What is to be stored, and what waits for it. */
export interface StateWrite {
  readonly startOffset: number
  /** Records from the start offset on whose way has ended. */
  readonly deliveryCompleteCount: number
  readonly batches: readonly StateBatch[]
  /** What is acknowledged once this is stored, and held as before when it cannot be. */
  readonly unsettled: readonly Delivery[]
}

/** What was stored of the partition, start offset resolved. */
export interface StoredSharePartition {
  readonly startOffset: number
  readonly batches: readonly StateBatch[]
}

export class SharePartition {
  /** SPSO: the first record that is not over. It only grows. */
  startOffset: number
  /** SPEO: the last record in flight; the next to fetch while none is. */
  endOffset: number
  readonly inFlight = new InFlight()
  /** False: nothing below the end offset can be acquired. */
  #mayHaveAvailable = false

  /** @throws Error when the stored batches contradict one another or the start offset. */
  constructor({ startOffset, batches }: StoredSharePartition) {
    this.startOffset = startOffset
    this.endOffset = startOffset
    let next = startOffset
    for (const batch of batches) {
      const { firstOffset, lastOffset, deliveryCount } = batch
      if (firstOffset < next || lastOffset < firstOffset) {
        throw new Error(`a stored batch from ${firstOffset} to ${lastOffset} follows ${next - 1}`)
      }
      // What was acquired and no more when the last broker ended: nothing of it was stored.
      if (firstOffset > next) this.#restore(next, firstOffset - 1, new Delivery('available', 0))
      const state = storedState(batch.deliveryState)
      this.#restore(firstOffset, lastOffset, new Delivery(state, deliveryCount))
      next = lastOffset + 1
    }
    const { last } = this.inFlight
    if (last === undefined) return
    this.endOffset = last.lastOffset
    this.#mayHaveAvailable = true
    this.advance()
  }

  #restore(firstOffset: number, lastOffset: number, delivery: Delivery): void {
    this.inFlight.insert(new InFlightRun(firstOffset, lastOffset, delivery))
  }

  /** Records between start and end, whatever their state. */
  get inFlightCount(): number {
    return this.inFlight.isEmpty ? 0 : this.endOffset - this.startOffset + 1
  }

  /** Where the next acquisition reads from: what has become available, else what is new. */
  nextFetchOffset(): number {
    if (this.inFlight.isEmpty) return this.endOffset
    if (this.#mayHaveAvailable) {
      for (const run of this.inFlight.runs()) {
        for (const { firstOffset, delivery } of run.parts(this.startOffset)) {
          if (delivery.isAcquirable) return firstOffset
        }
      }
      this.#mayHaveAvailable = false
    }
    return this.endOffset + 1
  }

  /** Whether an acquisition may find something: available again, or new with room for it. */
  canAcquire(rules: SharePartitionRules): boolean {
    const isNew = this.nextFetchOffset() > this.endOffset || this.inFlight.isEmpty
    return !isNew || this.inFlightCount < rules.recordLocksMax
  }

  /** Something below the end offset may be acquirable now. */
  noteAvailable(): void {
    this.#mayHaveAvailable = true
  }

  /** Moves the start offset over what is over. True: it has moved. */
  advance(): boolean {
    const before = this.startOffset
    for (const run of this.inFlight.runs()) {
      const open = firstOpenOffset(run)
      if (open !== null) {
        this.#moveStart(open)
        return this.startOffset > before
      }
    }
    const { last } = this.inFlight
    if (last === undefined) return false
    this.#moveStart(last.lastOffset + 1)
    this.endOffset = this.startOffset
    return true
  }

  /** The log begins further up now: what is below is over, whoever holds it. */
  moveLogStart(offset: number): void {
    if (offset <= this.startOffset) return
    const straddling = this.inFlight.floor(offset)
    if (straddling !== undefined && straddling.firstOffset < offset) {
      const isCut = straddling.lastOffset >= offset
      // A delivery that is being stored stands for the whole run; it is over with the start offset.
      if (isCut && straddling.whole?.isUnsettled !== true) archiveBelow(straddling, offset)
    }
    this.startOffset = offset
    this.inFlight.removeBelow(offset)
    if (this.inFlight.isEmpty) this.endOffset = offset
    assert(this.endOffset >= this.startOffset, 'the end is not before the start')
  }

  /** Ends every hold whose time is over; null when there is none. */
  expireLocks(rules: SharePartitionRules, nowMs: number): StateWrite | null {
    return this.#letGo(rules, ({ delivery }) => delivery.lockedUntilMs <= nowMs)
  }

  /** Ends every hold of a member that is gone; null when it has none. */
  releaseMember(memberId: string, rules: SharePartitionRules): StateWrite | null {
    return this.#letGo(rules, ({ delivery }) => delivery.memberId === memberId)
  }

  /** When the first hold ends, monotonic ms; null when there is none. */
  nextLockEndMs(): number | null {
    let endMs: number | null = null
    for (const run of this.inFlight.runs()) {
      for (const { delivery } of run.parts()) {
        if (delivery.state !== 'acquired') continue
        endMs = Math.min(endMs ?? delivery.lockedUntilMs, delivery.lockedUntilMs)
      }
    }
    return endMs
  }

  /** Any member that holds something. */
  isHeldBy(memberId: string): boolean {
    for (const run of this.inFlight.runs()) {
      for (const { delivery } of run.parts()) if (delivery.isHeldBy(memberId)) return true
    }
    return false
  }

  /** What a step wanted stored is stored, or is not and everything is as before it. */
  settle({ unsettled }: StateWrite, isStored: boolean): void {
    for (const delivery of unsettled) delivery.settle(isStored)
    this.noteAvailable()
    if (isStored) this.advance()
  }

  /** The write that makes the states of these parts last. */
  write(parts: readonly InFlightPart[], unsettled: readonly Delivery[]): StateWrite {
    assert(parts.length > 0, 'there is something to store')
    return {
      startOffset: this.startOffset,
      deliveryCompleteCount: this.#completeCount(),
      batches: parts.map(({ firstOffset, lastOffset, delivery }) => ({
        firstOffset,
        lastOffset,
        deliveryState: deliveryStates[delivery.state],
        deliveryCount: delivery.count,
      })),
      unsettled,
    }
  }

  #letGo(rules: SharePartitionRules, isMeant: (part: InFlightPart) => boolean): StateWrite | null {
    const parts: InFlightPart[] = []
    for (const run of this.inFlight.runs()) {
      for (const part of run.parts()) {
        if (part.delivery.state !== 'acquired' || !isMeant(part)) continue
        part.delivery.expire(rules.deliveryCountLimit)
        parts.push(part)
      }
    }
    if (parts.length === 0) return null
    this.noteAvailable()
    return this.write(parts, [])
  }

  #moveStart(offset: number): void {
    this.startOffset = Math.max(this.startOffset, offset)
    this.inFlight.removeBelow(this.startOffset)
  }

  #completeCount(): number {
    let count = 0
    for (const run of this.inFlight.runs()) {
      for (const part of run.parts(this.startOffset)) {
        if (part.delivery.isTerminal) count += part.lastOffset - part.firstOffset + 1
      }
    }
    return count
  }
}

/** The first offset of the run whose way has not ended; null when all have. */
function firstOpenOffset(run: InFlightRun): number | null {
  for (const { firstOffset, delivery } of run.parts()) {
    if (!delivery.isOver) return firstOffset
  }
  return null
}

function archiveBelow(run: InFlightRun, offset: number): void {
  run.split()
  for (const { delivery } of run.parts(run.firstOffset, offset - 1)) delivery.archive()
}

function storedState(code: number): DeliveryState {
  switch (code) {
    case deliveryStates.available:
      return 'available'
    case deliveryStates.acknowledged:
      return 'acknowledged'
    // 3 is on its way to a dead-letter queue (KIP-1191), which none here is.
    default:
      return 'archived'
  }
}
