// How old the oldest record is that a group has not read. Remembers what it has looked up: a
// partition is read again only when the group's offset has moved.
import {
  batchBaseOffset,
  batchBaseTimestamp,
  batchMaxTimestamp,
} from '../../protocol/record-batch.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { BrokerServices } from '../handlers/context.ts'
import type { PartitionStore } from '../storage/engine.ts'
import type { Slices } from './slices.ts'

/** A group's place in a partition, beside what the partition holds. */
export interface GroupPosition {
  readonly groupId: string
  readonly topic: string
  readonly partition: number
  readonly committed: number
  readonly store: PartitionStore
  /** Records from the group's offset to the high watermark; what was deleted unread is not in it. */
  readonly lag: number
}

/** Positions of all groups in partitions that exist. Offsets that mean nothing are left out. */
export function* groupPositions({ groups, storage }: BrokerServices): Iterable<GroupPosition> {
  for (const { groupId, topic, partition, offset: committed } of groups.committedOffsets()) {
    const store = storage.partition(topic, partition)
    if (store === undefined || committed < 0) continue
    const lag = Math.max(0, store.highWatermark - Math.max(committed, store.logStartOffset))
    yield { groupId, topic, partition, committed, store, lag }
  }
}

interface Known {
  readonly from: number
  readonly timestampMs: number
  round: number
}

/** So many partitions are read in one round; the others are, in the next. */
const readsPerRoundMax = 1000

export class UnreadAges {
  readonly #known = new Map<string, Known>()
  #round = 0
  #refreshing: Promise<void> | null = null

  /**
   * Looks up what has moved since the last call, with pauses; whoever asks meanwhile waits for the
   * same.
   */
  refresh(broker: BrokerServices, slices: Slices): Promise<void> {
    this.#refreshing ??= this.#refresh(broker, slices).finally(() => {
      this.#refreshing = null
    })
    return this.#refreshing
  }

  /** Timestamp of the oldest unread record, ms since the epoch; null when unknown or there is none. */
  oldestUnreadMs(position: GroupPosition): number | null {
    if (position.lag === 0) return null
    return this.#known.get(keyOf(position))?.timestampMs ?? null
  }

  async #refresh(broker: BrokerServices, slices: Slices): Promise<void> {
    this.#round += 1
    let readCount = 0
    for (const position of groupPositions(broker)) {
      const pause = slices.giveWay()
      if (pause !== undefined) await pause
      if (position.lag === 0) continue
      const key = keyOf(position)
      const from = Math.max(position.committed, position.store.logStartOffset)
      const known = this.#known.get(key)
      if (known !== undefined && (known.from === from || readCount >= readsPerRoundMax)) {
        known.round = this.#round
        continue
      }
      if (readCount >= readsPerRoundMax) continue
      readCount += 1
      const timestampMs = await timestampAt(position.store, from)
      if (timestampMs !== null) this.#known.set(key, { from, timestampMs, round: this.#round })
      // The disk may have been slow.
      await slices.giveWayIfDue()
    }
    for (const [key, { round }] of this.#known) if (round !== this.#round) this.#known.delete(key)
  }
}

function keyOf({ groupId, topic, partition }: GroupPosition): string {
  return `${partition} ${topic} ${groupId}`
}

/** Of the record at the offset, as exactly as its batch says; null when there is none any more. */
async function timestampAt(store: PartitionStore, offset: number): Promise<number | null> {
  try {
    const request = { offset, maxBytes: 1, minOneBatch: true, limit: 'high-watermark' } as const
    const { records } = await store.read(request)
    try {
      if (records.byteLength === 0) return null
      const { bytes } = records
      const isFirst = batchBaseOffset(bytes, 0) >= offset
      const timestampMs = isFirst ? batchBaseTimestamp(bytes, 0) : batchMaxTimestamp(bytes, 0)
      return timestampMs < 0 ? null : timestampMs
    } finally {
      records.release()
    }
  } catch (error) {
    // Deleted, or out of service, since the position was taken.
    if (error instanceof KafkaError) return null
    throw error
  }
}
