// Creates a topic and reads partitions over the wire, batch by batch: everything that is stored, from any
// offset, and the offset at a time. For tests that look at what survived a crash.
import { batchLastOffset, batchSize, logOverheadBytes } from '../../protocol/record-batch.ts'
import { readRecords, type BatchRecord } from '../../protocol/records.ts'
import type { WireClient } from './wire-client.ts'

const fetchVersion = 12
const listOffsetsVersion = 7
const fetchBytesMax = 1 << 20
const inflatedBytesMax = 64 << 20

/** Special timestamps of ListOffsets. */
export const latest = -1
export const earliest = -2

export interface PartitionOf {
  readonly topic: string
  readonly partition: number
}

export interface StoredBatch {
  readonly baseOffset: number
  readonly lastOffset: number
  readonly records: readonly BatchRecord[]
}

/** Creates a topic; throws unless the broker answers without an error. */
export async function createTopic(
  client: WireClient,
  topic: { readonly name: string; readonly partitions: number },
  configs: Readonly<Record<string, string | number>> = {},
): Promise<void> {
  const { topics } = await client.call('CreateTopics', 7, {
    topics: [
      {
        name: topic.name,
        numPartitions: topic.partitions,
        replicationFactor: 1,
        assignments: [],
        configs: Object.entries(configs).map(([name, value]) => ({ name, value: String(value) })),
      },
    ],
  })
  const errorCode = topics[0]?.errorCode
  if (errorCode !== 0) throw new Error(`CreateTopics of ${topic.name}: error ${errorCode}`)
}

/** The record batches that one Fetch from `offset` answers with; an incomplete one at the end is left out. */
export async function fetchBatches(
  client: WireClient,
  { topic, partition }: PartitionOf,
  offset: number,
  partitionMaxBytes = fetchBytesMax,
): Promise<StoredBatch[]> {
  const { responses } = await client.call('Fetch', fetchVersion, {
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: fetchBytesMax,
    topics: [{ topic, partitions: [{ partition, fetchOffset: offset, partitionMaxBytes }] }],
    forgottenTopicsData: [],
  })
  const answer = responses[0]?.partitions[0]
  if (answer?.errorCode !== 0) {
    throw new Error(`Fetch of ${topic}-${partition} at ${offset}: error ${answer?.errorCode}`)
  }
  const bytes = answer.records === null ? Buffer.alloc(0) : Buffer.from(answer.records as Buffer)
  const batches: StoredBatch[] = []
  for (let at = 0; at + logOverheadBytes < bytes.length; at += batchSize(bytes, at)) {
    if (at + batchSize(bytes, at) > bytes.length) break
    const records = await readRecords(bytes, at, inflatedBytesMax)
    const baseOffset = records[0]?.offset ?? -1
    batches.push({ baseOffset, lastOffset: batchLastOffset(bytes, at), records })
  }
  return batches
}

/** Every batch from `start` to the end of the log; throws when an offset is missing between them. */
export async function readPartition(
  client: WireClient,
  where: PartitionOf,
  start = 0,
): Promise<StoredBatch[]> {
  const end = await offsetAt(client, where, latest)
  const all: StoredBatch[] = []
  for (let next = start; next < end;) {
    const batches = await fetchBatches(client, where, next)
    if (batches.length === 0) throw new Error(`nothing at ${next}, and the log ends at ${end}`)
    for (const batch of batches) {
      if (batch.baseOffset !== next) {
        throw new Error(`the batch after offset ${next - 1} begins with ${batch.baseOffset}`)
      }
      next = batch.lastOffset + 1
      all.push(batch)
    }
  }
  return all
}

/** ListOffsets: the first offset with a record of `timestamp` or later; -1 when there is none. */
export async function offsetAt(
  client: WireClient,
  { topic, partition }: PartitionOf,
  timestamp: number,
): Promise<number> {
  const { topics } = await client.call('ListOffsets', listOffsetsVersion, {
    replicaId: -1,
    isolationLevel: 0,
    topics: [{ name: topic, partitions: [{ partitionIndex: partition, timestamp }] }],
  })
  const answer = topics[0]?.partitions[0]
  if (answer?.errorCode !== 0) {
    throw new Error(`ListOffsets of ${topic}-${partition}: error ${answer?.errorCode}`)
  }
  return answer.offset
}
