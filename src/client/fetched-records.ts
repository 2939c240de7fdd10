// The records in a Fetch answer: batches of every format, without markers and without what was aborted.
import { readMessages, messageTimestampType } from '../../protocol/message-set.ts'
import { readControlType } from '../../protocol/control-records.ts'
import {
  batchIsControl,
  batchIsTransactional,
  batchLastOffset,
  batchMagic,
  batchPartitionLeaderEpoch,
  batchProducerId,
  batchSize,
  batchSizeAt,
  batchTimestampType,
  checkBatchCrc,
} from '../../protocol/record-batch.ts'
import { readRecords, type RecordHeader } from '../../protocol/records.ts'
import { limits } from '../base/limits.ts'

export interface ConsumedRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Milliseconds; -1: none. */
  readonly timestamp: number
  readonly timestampType: 'CreateTime' | 'LogAppendTime' | 'NoTimestampType'
  readonly leaderEpoch: number | null
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly RecordHeader[]
}

export interface FetchedPartition {
  readonly topic: string
  readonly partition: number
  /** Records in front of it are passed over: batches are sent whole. */
  readonly fromOffset: number
  readonly bytes: Buffer
  /** With read_committed: the transactions that were aborted; null: all records are wanted. */
  readonly aborted: readonly { readonly producerId: number; readonly firstOffset: number }[] | null
}

const currentMagic = 2

export interface FetchedRecords {
  readonly records: readonly ConsumedRecord[]
  /** Where the next fetch begins. */
  readonly nextOffset: number
  /** Of the last batch that was read; null: it has none. */
  readonly leaderEpoch: number | null
}

/** The records from `fromOffset` on. @throws KafkaError for broken batches */
export async function readFetched(fetched: FetchedPartition): Promise<FetchedRecords> {
  const { bytes, fromOffset } = fetched
  const records: ConsumedRecord[] = []
  const filter = new AbortedFilter(fetched.aborted)
  let nextOffset = fromOffset
  let leaderEpoch: number | null = null
  let at = 0
  for (;;) {
    const size = batchSizeAt(bytes, at, bytes.length)
    // The last batch of an answer may be cut off.
    if (size <= 0 || at + size > bytes.length) break
    if (batchMagic(bytes, at) < currentMagic) {
      for (const record of await readLegacy(fetched, at)) {
        if (record.offset >= fromOffset) records.push(record)
        nextOffset = Math.max(nextOffset, record.offset + 1)
      }
      leaderEpoch = null
    } else {
      checkBatchCrc(bytes, at)
      if (await filter.wants(bytes, at)) await readBatch(fetched, at, records)
      nextOffset = Math.max(nextOffset, batchLastOffset(bytes, at) + 1)
      leaderEpoch = leaderEpochOf(bytes, at)
    }
    at += size
  }
  return { records, nextOffset, leaderEpoch }
}

function leaderEpochOf(bytes: Buffer, at: number): number | null {
  const epoch = batchPartitionLeaderEpoch(bytes, at)
  return epoch < 0 ? null : epoch
}

async function readBatch(
  { bytes, topic, partition, fromOffset }: FetchedPartition,
  at: number,
  into: ConsumedRecord[],
): Promise<void> {
  const timestampType = batchTimestampType(bytes, at)
  const leaderEpoch = leaderEpochOf(bytes, at)
  for (const record of await readRecords(bytes, at, limits.inflatedBatchBytesMax)) {
    if (record.offset < fromOffset) continue
    into.push({
      topic,
      partition,
      offset: record.offset,
      timestamp: record.timestamp,
      timestampType,
      leaderEpoch,
      key: record.key,
      value: record.value,
      headers: record.headers,
    })
  }
}

async function readLegacy(
  { bytes, topic, partition }: FetchedPartition,
  at: number,
): Promise<readonly ConsumedRecord[]> {
  const timestampType = messageTimestampType(bytes, at)
  const messages = await readMessages(bytes, at, limits.inflatedBatchBytesMax)
  return messages.map(({ offset, timestamp, key, value }) => ({
    topic,
    partition,
    offset,
    timestamp,
    timestampType,
    leaderEpoch: null,
    key,
    value,
    headers: [],
  }))
}

/** Follows the transactions of one answer: markers are never wanted, aborted records only by read_uncommitted. */
class AbortedFilter {
  readonly #aborted: { readonly producerId: number; readonly firstOffset: number }[] | null
  readonly #open = new Set<number>()

  constructor(aborted: FetchedPartition['aborted']) {
    this.#aborted =
      aborted === null
        ? null
        : [...aborted].sort((left, right) => left.firstOffset - right.firstOffset)
  }

  async wants(bytes: Buffer, at: number): Promise<boolean> {
    const isControl = batchIsControl(bytes, at)
    if (this.#aborted === null) return !isControl
    const lastOffset = batchLastOffset(bytes, at)
    for (let next = this.#aborted[0]; next !== undefined; next = this.#aborted[0]) {
      if (next.firstOffset > lastOffset) break
      this.#open.add(next.producerId)
      this.#aborted.shift()
    }
    const producerId = batchProducerId(bytes, at)
    if (isControl) {
      const [marker] = await readRecords(bytes, at, batchSize(bytes, at))
      if (marker !== undefined && readControlType(marker.key) === 'ABORT') {
        this.#open.delete(producerId)
      }
      return false
    }
    return !(batchIsTransactional(bytes, at) && this.#open.has(producerId))
  }
}
