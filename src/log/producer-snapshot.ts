// The .snapshot file: producer state at the offset in its name (Kafka's ProducerSnapshot, version
// 1). Layout: int16 version, uint32 CRC-32C of what follows it, int32 count, entries of 46 bytes.
import { assert } from '../base/assert.ts'
import {
  readInt16,
  readInt32,
  readInt64,
  readUint32,
  writeInt16,
  writeInt32,
  writeInt64,
} from '../../protocol/bytes.ts'
import { crc32c } from '../../protocol/crc.ts'
import type { ProducerEntry } from './producer-state.ts'
import { lastSequenceOf } from './producer-state.ts'

const version = 1
const crcAt = 2
const countAt = 6
const entriesAt = 10
const entryBytes = 46

export function encodeProducerSnapshot(entries: readonly ProducerEntry[]): Buffer {
  const bytes = Buffer.alloc(entriesAt + entries.length * entryBytes)
  writeInt16(bytes, 0, version)
  writeInt32(bytes, countAt, entries.length)
  let at = entriesAt
  for (const entry of entries) {
    encodeEntry(bytes, at, entry)
    at += entryBytes
  }
  assert(at === bytes.length, 'the snapshot is as long as its count says')
  writeInt32(bytes, crcAt, crc32c(bytes, countAt, bytes.length))
  return bytes
}

/** The entries; undefined when version, length or checksum are wrong. */
export function decodeProducerSnapshot(bytes: Buffer): ProducerEntry[] | undefined {
  if (bytes.length < entriesAt || readInt16(bytes, 0) !== version) return undefined
  if (readUint32(bytes, crcAt) !== crc32c(bytes, countAt, bytes.length)) return undefined
  const count = readInt32(bytes, countAt)
  if (count < 0 || entriesAt + count * entryBytes !== bytes.length) return undefined
  const entries: ProducerEntry[] = []
  for (let at = entriesAt; at < bytes.length; at += entryBytes) entries.push(decodeEntry(bytes, at))
  return entries
}

function encodeEntry(bytes: Buffer, at: number, entry: ProducerEntry): void {
  const last = entry.batches.at(-1)
  writeInt64(bytes, at, entry.producerId)
  writeInt16(bytes, at + 8, entry.producerEpoch)
  writeInt32(bytes, at + 10, lastSequenceOf(entry))
  writeInt64(bytes, at + 14, last?.lastOffset ?? -1)
  writeInt32(bytes, at + 22, last?.offsetDelta ?? 0)
  writeInt64(bytes, at + 26, entry.lastTimestampMs)
  writeInt32(bytes, at + 34, entry.coordinatorEpoch)
  writeInt64(bytes, at + 38, entry.transactionFirstOffset)
}

function decodeEntry(bytes: Buffer, at: number): ProducerEntry {
  const lastOffset = readInt64(bytes, at + 14)
  const timestampMs = readInt64(bytes, at + 26)
  const last = {
    lastSequence: readInt32(bytes, at + 10),
    lastOffset,
    offsetDelta: readInt32(bytes, at + 22),
    timestampMs,
  }
  return {
    producerId: readInt64(bytes, at),
    producerEpoch: readInt16(bytes, at + 8),
    coordinatorEpoch: readInt32(bytes, at + 34),
    lastTimestampMs: timestampMs,
    transactionFirstOffset: readInt64(bytes, at + 38),
    batches: lastOffset >= 0 ? [last] : [],
  }
}
