// What older Fetch versions get of what was read. v0-3 answer in message sets of magic 0 (v0, v1) and 1
// (v2, v3), which the log does not keep: it is converted. Kafka 4 no longer does this; old clients
// still ask for it. Versions before 10 may not know zstd.
import { limits } from '../base/limits.ts'
import { convertToMessageSet } from '../../protocol/legacy-conversion.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { batchIsControl, batchRecordCount, batchSizeAt } from '../../protocol/record-batch.ts'
import type { ReadResult, RecordsLoan } from '../storage/engine.ts'
import type { BrokerServices } from './context.ts'
import { refusedRead } from './fetch-read.ts'
import type { PartitionRead } from './fetch-read.ts'

const magic1From = 2

/** The same reads with their records as an old client understands them. */
export async function downConverted(
  { instruments }: Pick<BrokerServices, 'instruments'>,
  reads: readonly PartitionRead[],
  apiVersion: number,
): Promise<PartitionRead[]> {
  const converted: PartitionRead[] = []
  for (const read of reads) {
    const { result } = read
    if (result === null || result.records.byteLength === 0) {
      converted.push(read)
      continue
    }
    const count = messageCount(result.records.bytes)
    const done = await convert(read, result, apiVersion)
    converted.push(done)
    const { topic } = done.partition
    if (topic !== null && done.result !== null) instruments.topics.convertedWhenRead(topic, count)
  }
  return converted
}

/** The same reads; topics that are kept in zstd are refused, as Kafka refuses them before v10 (KIP-110). */
export function withoutZstd(
  { catalog, config }: Pick<BrokerServices, 'catalog' | 'config'>,
  reads: readonly PartitionRead[],
): PartitionRead[] {
  return reads.map((read) => {
    const { topic } = read.partition
    if (topic === null || read.result === null) return read
    const codec = catalog.topic(topic)?.configs.get('compression.type') ?? config.compressionType
    if (codec !== 'zstd') return read
    read.result.records.release()
    return refusedRead(read.partition, 'UNSUPPORTED_COMPRESSION_TYPE', false)
  })
}

async function convert(
  read: PartitionRead,
  result: ReadResult,
  apiVersion: number,
): Promise<PartitionRead> {
  try {
    const bytes = await convertToMessageSet(result.records.bytes, {
      toMagic: apiVersion >= magic1From ? 1 : 0,
      firstOffset: read.partition.fetchOffset,
      limitBytes: limits.inflatedBatchBytesMax,
    })
    return { ...read, result: { ...result, records: ownedRecords(Buffer.from(bytes)) } }
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return refusedRead(read.partition, error.errorName, false)
  } finally {
    result.records.release()
  }
}

function messageCount(batches: Buffer): number {
  let count = 0
  for (let at = 0; ;) {
    const size = batchSizeAt(batches, at, batches.length)
    if (size < 0) return count
    if (!batchIsControl(batches, at)) count += batchRecordCount(batches, at)
    at += size
  }
}

function ownedRecords(bytes: Buffer): RecordsLoan {
  return { bytes, byteLength: bytes.length, release: () => undefined }
}
