// A snapshot of the metadata as bytes (KIP-630): what the metadata log adds up to below an offset. A
// control batch with the header and, of a cluster that names its voters in the log, the kraft version
// and the voters; batches of records; a control batch with the footer. Offsets count from 0.
import { assert } from '../base/assert.ts'
import { MiB } from '../base/units.ts'
import { readControlType } from '../../protocol/control-records.ts'
import type { ControlType } from '../../protocol/control-records.ts'
import { DecodeError, KafkaError } from '../../protocol/errors.ts'
import { batchIsControl, batchSizeAt, checkBatchCrc } from '../../protocol/record-batch.ts'
import { setBatchBaseOffset, setBatchPartitionLeaderEpoch } from '../../protocol/record-batch.ts'
import { RecordCursor, buildRecordBatch, readRecords } from '../../protocol/records.ts'
import type { NewRecord } from '../../protocol/records.ts'
import { Reader } from '../../protocol/reader.ts'
import { Writer } from '../../protocol/writer.ts'
import {
  decodeSnapshotHeaderRecord,
  encodeSnapshotFooterRecord,
  encodeSnapshotHeaderRecord,
} from '../../protocol/codecs/control-records.ts'
import { controlKey, raftStateTypes } from './control-records.ts'

const batchBytesMax = 1 * MiB
/** What a batch of a snapshot may inflate to: KRaft's own batches have at most 8 MiB. */
const inflatedBytesMax = 64 * MiB

/** What a snapshot is called by: it holds all below `endOffset`, whose last record has `epoch`. */
export interface SnapshotId {
  readonly endOffset: number
  readonly epoch: number
}

export interface SnapshotContent {
  /** Control records that a KRaft log adds up to, by type: its version and its voters. */
  readonly raftState: ReadonlyMap<ControlType, Buffer>
  /** Values of metadata records. */
  readonly values: Iterable<Buffer>
}

/** The bytes of a snapshot; `lastTimestampMs` is that of the last record below `endOffset`. */
export function encodeSnapshot(
  content: SnapshotContent,
  about: { readonly epoch: number; readonly lastTimestampMs: number; readonly nowMs: number },
): Buffer {
  const { epoch, nowMs } = about
  const writer = new Writer()
  const batches: Buffer[] = []
  let nextOffset = 0
  const add = (records: readonly NewRecord[], isControl: boolean): void => {
    const batch = buildRecordBatch({ records, isControl })
    setBatchBaseOffset(batch, 0, nextOffset)
    setBatchPartitionLeaderEpoch(batch, 0, epoch)
    nextOffset += records.length
    batches.push(batch)
  }
  const control = (type: ControlType, value: Buffer): NewRecord => ({
    timestamp: nowMs,
    key: controlKey(type),
    value,
  })
  const lastContainedLogTimestamp = about.lastTimestampMs
  encodeSnapshotHeaderRecord(writer, { version: 0, lastContainedLogTimestamp }, 0)
  const head = [control('SNAPSHOT_HEADER', writer.finishBuffer())]
  for (const type of raftStateTypes) {
    const value = content.raftState.get(type)
    if (value !== undefined) head.push(control(type, value))
  }
  add(head, true)
  for (const values of inBatches(content.values)) {
    add(
      values.map((value) => ({ timestamp: nowMs, key: null, value })),
      false,
    )
  }
  encodeSnapshotFooterRecord(writer, { version: 0 }, 0)
  add([control('SNAPSHOT_FOOTER', writer.finishBuffer())], true)
  assert(nextOffset >= 2, 'a snapshot has a header and a footer')
  return Buffer.concat(batches)
}

function* inBatches(values: Iterable<Buffer>): IterableIterator<Buffer[]> {
  let batch: Buffer[] = []
  let bytes = 0
  for (const value of values) {
    if (batch.length > 0 && bytes + value.length > batchBytesMax) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(value)
    bytes += value.length
  }
  if (batch.length > 0) yield batch
}

/**
 * Reads a snapshot, or the bootstrap.checkpoint that kafka-storage writes. Undefined when it is
 * damaged or has no footer: it was not written to its end.
 */
export async function decodeSnapshot(
  bytes: Buffer,
): Promise<{ raftState: Map<ControlType, Buffer>; values: Buffer[] } | undefined> {
  const raftState = new Map<ControlType, Buffer>()
  const values: Buffer[] = []
  let isComplete = false
  try {
    for (let at = 0; at < bytes.length;) {
      const size = batchSizeAt(bytes, at, bytes.length)
      if (size < 0) return undefined
      checkBatchCrc(bytes, at)
      for (const { key, value } of await readRecords(bytes, at, inflatedBytesMax)) {
        if (value === null) return undefined
        if (!batchIsControl(bytes, at)) values.push(value)
        else isComplete = noteControl(key, value, raftState) || isComplete
      }
      at += size
    }
  } catch (error) {
    if (error instanceof KafkaError || error instanceof DecodeError) return undefined
    throw error
  }
  return isComplete ? { raftState, values } : undefined
}

/** Time of the last record that a snapshot stands for, from its header; 0 where it does not say. */
export function snapshotTimestampMs(bytes: Buffer): number {
  const size = batchSizeAt(bytes, 0, bytes.length)
  if (size < 0 || !batchIsControl(bytes, 0)) return 0
  const cursor = new RecordCursor(bytes, 0)
  if (!cursor.next() || readControlType(cursor.key()) !== 'SNAPSHOT_HEADER') return 0
  const value = cursor.value()
  if (value === null) return 0
  return decodeSnapshotHeaderRecord(new Reader(value), 0).lastContainedLogTimestamp
}

/** True for the footer. */
function noteControl(
  key: Buffer | null,
  value: Buffer,
  raftState: Map<ControlType, Buffer>,
): boolean {
  const type = readControlType(key)
  if (type === 'UNKNOWN') return false
  if (raftStateTypes.includes(type)) raftState.set(type, value)
  return type === 'SNAPSHOT_FOOTER'
}
