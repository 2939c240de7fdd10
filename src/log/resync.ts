// Where the log goes on behind damage. A damaged batch whose length still holds costs itself alone;
// where the length is lost the next batch is looked for: at the index's entries, and byte by byte
// before the first of them that leads to one.
import { assert } from '../base/assert.ts'
import { MiB, int32Max } from '../base/units.ts'
import type { DiskFile } from '../io/disk.ts'
import { DecodeError, KafkaError } from '../../protocol/errors.ts'
import { checkMessageCrc } from '../../protocol/message-set.ts'
import {
  batchHeaderBytes,
  batchLastOffset,
  batchMagic,
  batchSizeAt,
  checkBatchCrc,
} from '../../protocol/record-batch.ts'
import { readInt32, readInt64 } from '../../protocol/bytes.ts'

/** A batch whose checksum holds. */
export interface GoodBatch {
  readonly position: number
  readonly size: number
  readonly baseOffset: number
  readonly lastOffset: number
}

/** What is known of a segment where its log is damaged. */
export interface DamagedLog {
  readonly file: DiskFile
  readonly size: number
  /** Positions of the index, rising. */
  readonly indexedPositions: Iterable<number>
  readonly baseOffset: number
}

const magicAt = 16
const lengthAt = 8
const searchChunkBytes = 1 * MiB
const logOverheadBytes = 12
/** Larger than any batch that a broker takes by default; a longer one is found at its index entry. */
export const batchBytesMax = 128 * MiB

/** True when the batch at `at`, whole in `bytes`, is what its checksum says. */
export function isSoundBatch(bytes: Buffer, at: number): boolean {
  try {
    if (batchMagic(bytes, at) < 2) checkMessageCrc(bytes, at)
    else checkBatchCrc(bytes, at)
    return true
  } catch (error) {
    if (error instanceof KafkaError || error instanceof DecodeError) return false
    throw error
  }
}

/**
 * The first good batch behind the damage at `position` with offsets from `nextOffset` on; undefined
 * when the rest of the segment is lost.
 */
export function findBatchBehind(
  log: DamagedLog,
  position: number,
  nextOffset: number,
): GoodBatch | undefined {
  assert(position < log.size, 'damage lies in the log')
  const end = endOfDamaged(log, position)
  const next = end === undefined ? undefined : goodBatchAt(log, end, nextOffset)
  if (next !== undefined || end === log.size) return next
  let behind: GoodBatch | undefined
  for (const indexed of log.indexedPositions) {
    if (indexed <= position) continue
    behind = goodBatchAt(log, indexed, nextOffset)
    if (behind !== undefined) break
  }
  const found = search(log, { from: position + 1, to: behind?.position ?? log.size }, nextOffset)
  return found ?? behind
}

/** Where the damaged batch ends if its length is to be believed. */
function endOfDamaged({ file, size }: DamagedLog, position: number): number | undefined {
  const header = Buffer.alloc(logOverheadBytes)
  if (file.read(header, 0, header.length, position) < header.length) return undefined
  const length = readInt32(header, lengthAt)
  const end = position + logOverheadBytes + length
  return length > 0 && end <= size ? end : undefined
}

function goodBatchAt(
  { file, size, baseOffset }: DamagedLog,
  position: number,
  nextOffset: number,
): GoodBatch | undefined {
  const header = Buffer.alloc(batchHeaderBytes)
  const headerBytes = file.read(header, 0, header.length, position)
  const batchBytes = plausibleSize(header, 0, { available: size - position, headerBytes })
  if (batchBytes === undefined) return undefined
  const bytes = Buffer.allocUnsafe(batchBytes)
  if (file.read(bytes, 0, batchBytes, position) < batchBytes) return undefined
  if (!isSoundBatch(bytes, 0)) return undefined
  const first = readInt64(bytes, 0)
  if (!Number.isSafeInteger(first)) return undefined
  const last = batchMagic(bytes, 0) < 2 ? first : batchLastOffset(bytes, 0)
  const isInOrder = first >= nextOffset && last >= first && last - baseOffset <= int32Max
  return isInOrder ? { position, size: batchBytes, baseOffset: first, lastOffset: last } : undefined
}

function plausibleSize(
  header: Buffer,
  at: number,
  bounds: { readonly available: number; readonly headerBytes: number },
): number | undefined {
  try {
    const size = batchSizeAt(header, at, at + bounds.available)
    const isWhole = size > 0 && bounds.headerBytes >= Math.min(size, batchHeaderBytes)
    return isWhole && size <= batchBytesMax ? size : undefined
  } catch (error) {
    if (error instanceof KafkaError || error instanceof DecodeError) return undefined
    throw error
  }
}

/** Tries every byte in the range: a batch of magic 2 with fitting offset, length and checksum. */
function search(
  log: DamagedLog,
  range: { readonly from: number; readonly to: number },
  nextOffset: number,
): GoodBatch | undefined {
  assert(range.to <= log.size, 'the search stays in the file')
  const chunk = Buffer.allocUnsafe(searchChunkBytes)
  const step = searchChunkBytes - batchHeaderBytes
  for (let start = range.from; start < range.to; start += step) {
    const count = log.file.read(chunk, 0, chunk.length, start)
    const last = Math.min(count - batchHeaderBytes, range.to - start, step)
    for (let at = 0; at < last; at++) {
      if (chunk[at + magicAt] !== 2 || !mayBegin(chunk, at, log, nextOffset)) continue
      const found = goodBatchAt(log, start + at, nextOffset)
      if (found !== undefined && leadsTo(log, found, range.to)) return found
    }
  }
  return undefined
}

/** A record may hold a whole batch as its value: only one that the log goes on from is the log's. */
function leadsTo({ file, size }: DamagedLog, batch: GoodBatch, position: number): boolean {
  const header = Buffer.alloc(batchHeaderBytes)
  let next = batch.position + batch.size
  while (next < position) {
    const headerBytes = file.read(header, 0, header.length, next)
    const batchBytes = plausibleSize(header, 0, { available: size - next, headerBytes })
    if (batchBytes === undefined) return false
    next += batchBytes
  }
  return next === position
}

function mayBegin(chunk: Buffer, at: number, log: DamagedLog, nextOffset: number): boolean {
  const length = readInt32(chunk, at + lengthAt)
  if (length < batchHeaderBytes - logOverheadBytes || length > log.size) return false
  const offset = readInt64(chunk, at)
  return offset >= nextOffset && offset - log.baseOffset <= int32Max
}
