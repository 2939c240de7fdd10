// Index, producer and transaction files of a segment, as kafka-dump-log prints and checks them.
import { dirname, join, resolve } from 'node:path'
import { int32Max } from '../../base/units.ts'
import type { Disk, DiskFile } from '../../io/disk.ts'
import { BatchScanner } from '../../log/batch-scanner.ts'
import { offsetEntryBytes } from '../../log/offset-index.ts'
import { decodeProducerSnapshot } from '../../log/producer-snapshot.ts'
import { offsetInFileName, segmentFileName, segmentSuffix } from '../../log/segment-files.ts'
import { timeEntryBytes } from '../../log/time-index.ts'
import { TransactionIndex } from '../../log/txn-index.ts'
import { readInt32, readInt64, saturate } from '../../../protocol/bytes.ts'
import { recordsOf } from './dump-records.ts'

/** `--verify-index-only`: nothing is printed but what is wrong. `--index-sanity-check`: only what a start looks at. */
export type IndexMode = 'print' | 'verify' | 'sanity'

export interface IndexDump {
  readonly disk: Disk
  readonly path: string
  readonly mode: IndexMode
  /** `--max-message-size`, bytes. */
  readonly batchBytesMax: number
  readonly print: (text: string) => Promise<void>
}

/** What is wrong with the indexes that were looked at, to be printed at the end. */
export class IndexErrors {
  readonly #mismatches = new Map<string, Map<number, number>>()
  readonly #timestampMismatches = new Map<string, [number, number][]>()
  readonly #outOfOrder = new Map<string, [number, number][]>()
  readonly #notFound: [number, number][] = []

  /** An entry that points at a batch with another last offset. */
  mismatch(path: string, offset: number, found: number): void {
    const known = this.#mismatches.get(path) ?? new Map<number, number>()
    this.#mismatches.set(path, known.set(offset, found))
  }

  timestampMismatch(path: string, index: number, log: number): void {
    add(this.#timestampMismatches, path, [index, log])
  }

  outOfOrder(path: string, index: number, previous: number): void {
    add(this.#outOfOrder, path, [index, previous])
  }

  notFound(offset: number, found: number): void {
    this.#notFound.push([offset, found])
  }

  /** The lines for stderr. */
  text(): string {
    const lines: string[] = []
    for (const [path, pairs] of this.#mismatches) {
      lines.push(`Mismatches in :${path}`)
      for (const [offset, found] of [...pairs].sort(([left], [right]) => right - left)) {
        lines.push(`  Index offset: ${offset}, log offset: ${found}`)
      }
    }
    for (const [path, pairs] of this.#timestampMismatches) {
      lines.push(`Found timestamp mismatch in :${path}`)
      for (const [index, log] of pairs) {
        lines.push(`  Index timestamp: ${index}, log timestamp: ${log}`)
      }
    }
    for (const [path, pairs] of this.#outOfOrder) {
      lines.push(`Found out of order timestamp in :${path}`)
      for (const [index, previous] of pairs) {
        lines.push(`  Index timestamp: ${index}, Previously indexed timestamp: ${previous}`)
      }
    }
    if (this.#notFound.length > 0) {
      lines.push('The following indexed offsets are not found in the log.')
      for (const [offset, found] of this.#notFound) {
        lines.push(`Indexed offset: ${offset}, found log offset: ${found}`)
      }
    }
    return lines.map((line) => `${line}\n`).join('')
  }
}

function add(all: Map<string, [number, number][]>, path: string, pair: [number, number]): void {
  const pairs = all.get(path) ?? []
  pairs.push(pair)
  all.set(path, pairs)
}

interface Entry {
  readonly offset: number
  readonly position: number
}

/** The entries of an offset index, without the zeros that are kept free behind them. */
function offsetEntries(bytes: Buffer, baseOffset: number): Entry[] {
  const entries: Entry[] = []
  for (let at = 0; at + offsetEntryBytes <= bytes.length; at += offsetEntryBytes) {
    const offset = baseOffset + readInt32(bytes, at)
    if (offset === baseOffset && at > 0) break
    entries.push({ offset, position: readInt32(bytes, at + 4) })
  }
  return entries
}

/** @throws Error in Kafka's words when the file cannot be an index */
function checkSanity(path: string, bytes: Buffer, entryBytes: number, isSound: boolean): void {
  if (bytes.length % entryBytes !== 0) {
    throw new Error(
      `Index file ${resolve(path)} is corrupt, found ${bytes.length} bytes which is neither positive nor a multiple of ${entryBytes}.`,
    )
  }
  if (isSound) return
  throw new Error(
    `Corrupt index found, index file (${resolve(path)}) has non-zero size but its last entry lies below its first.`,
  )
}

/** Prints or checks an .index file. */
export async function dumpOffsetIndex(dump: IndexDump, errors: IndexErrors): Promise<void> {
  const { disk, path, mode, print } = dump
  const bytes = disk.readFile(path)
  const entries = offsetEntries(bytes, baseOffsetOf(path))
  const [last] = entries.slice(-1)
  if (last === undefined) return print(`${path} is empty.\n`)
  if (mode === 'sanity') {
    checkSanity(path, bytes, offsetEntryBytes, last.offset >= baseOffsetOf(path))
    return print(`${path} passed sanity check.\n`)
  }
  const log = openLog(dump)
  try {
    for (const { offset, position } of entries) {
      const end = Math.min(position + dump.batchBytesMax, log.size())
      const scanner = new BatchScanner(log, { start: Math.min(position, end), end }, 'headers')
      if (!scanner.next()) throw new Error(`There is no batch at position ${position} of the log.`)
      if (scanner.lastOffset !== offset) errors.mismatch(resolve(path), offset, scanner.lastOffset)
      if (mode === 'print') await print(`offset: ${offset} position: ${position}\n`)
    }
  } finally {
    log.close()
  }
}

/** Prints or checks a .timeindex file. */
export async function dumpTimeIndex(dump: IndexDump, errors: IndexErrors): Promise<void> {
  const { disk, path, mode, print } = dump
  const bytes = disk.readFile(path)
  const baseOffset = baseOffsetOf(path)
  const entries = timeEntries(bytes, baseOffset)
  if (mode === 'sanity') {
    const [first, last] = [entries[0], entries.at(-1)]
    const isSound = last === undefined || last.timestamp >= (first?.timestamp ?? 0)
    checkSanity(path, bytes, timeEntryBytes, isSound)
    return print(`${path} passed sanity check.\n`)
  }
  const index = offsetEntries(disk.readFile(besides(path, segmentSuffix.offsetIndex)), baseOffset)
  const log = openLog(dump)
  try {
    let previous = -1
    for (const { timestamp, offset } of entries) {
      const start = index.findLast((entry) => entry.offset <= offset)?.position ?? 0
      const found = await batchWith(log, start, offset)
      if (found?.lastOffset !== offset) errors.notFound(offset, found?.lastOffset ?? -1)
      else {
        if (found.maxTimestamp !== timestamp) {
          errors.timestampMismatch(resolve(path), timestamp, found.maxTimestamp)
        }
        if (previous >= timestamp) errors.outOfOrder(resolve(path), timestamp, previous)
      }
      if (mode === 'print') await print(`timestamp: ${timestamp} offset: ${offset}\n`)
      previous = timestamp
    }
  } finally {
    log.close()
  }
}

function timeEntries(
  bytes: Buffer,
  baseOffset: number,
): { readonly timestamp: number; readonly offset: number }[] {
  const entries: { timestamp: number; offset: number }[] = []
  for (let at = 0; at + timeEntryBytes <= bytes.length; at += timeEntryBytes) {
    const offset = baseOffset + readInt32(bytes, at + 8)
    if (offset === baseOffset && at > 0) break
    entries.push({ timestamp: saturate(readInt64(bytes, at)), offset })
  }
  return entries
}

/** The first batch from `start` on that reaches the offset, with the largest timestamp of its records. */
async function batchWith(
  log: DiskFile,
  start: number,
  offset: number,
): Promise<{ readonly lastOffset: number; readonly maxTimestamp: number } | null> {
  const end = Math.min(log.size(), int32Max)
  const scanner = new BatchScanner(log, { start: Math.min(start, end), end }, 'whole')
  while (scanner.next()) {
    if (scanner.lastOffset < offset) continue
    const { lastOffset } = scanner
    let maxTimestamp = -1
    for (const record of await recordsOf(scanner)) {
      maxTimestamp = Math.max(maxTimestamp, record.timestamp)
    }
    return { lastOffset, maxTimestamp }
  }
  return null
}

function openLog({ disk, path }: IndexDump): DiskFile {
  return disk.open(besides(path, segmentSuffix.log), 'read')
}

function besides(path: string, suffix: Parameters<typeof segmentFileName>[1]): string {
  return join(dirname(path), segmentFileName(baseOffsetOf(path), suffix))
}

/** @throws Error for a name that no segment's file has */
function baseOffsetOf(path: string): number {
  const offset = offsetInFileName(path.slice(path.lastIndexOf('/') + 1))
  if (offset === undefined) throw new Error(`${path} has no offset in its name`)
  return offset
}

/** Prints a .snapshot file of producers. */
export async function dumpProducers({ disk, path, print }: IndexDump): Promise<boolean> {
  const entries = decodeProducerSnapshot(disk.readFile(path))
  if (entries === undefined) return false
  for (const entry of entries) {
    const [batch] = entry.batches
    const first =
      batch === undefined
        ? ''
        : ` firstSequence: ${firstSequence(batch)} lastSequence: ${batch.lastSequence}` +
          ` lastOffset: ${batch.lastOffset} offsetDelta: ${batch.offsetDelta}` +
          ` timestamp: ${batch.timestampMs}`
    const { transactionFirstOffset } = entry
    const transaction =
      transactionFirstOffset < 0 ? 'OptionalLong.empty' : `OptionalLong[${transactionFirstOffset}]`
    await print(
      `producerId: ${entry.producerId} producerEpoch: ${entry.producerEpoch}` +
        ` coordinatorEpoch: ${entry.coordinatorEpoch} currentTxnFirstOffset: ${transaction}` +
        ` lastTimestamp: ${entry.lastTimestampMs}${first}\n`,
    )
  }
  return true
}

/** Sequence numbers go on at 0 after the largest. */
function firstSequence(batch: {
  readonly lastSequence: number
  readonly offsetDelta: number
}): number {
  const first = batch.lastSequence - batch.offsetDelta
  return first >= 0 ? first : first + int32Max + 1
}

/** Prints a .txnindex file; false when it is damaged. */
export async function dumpTransactions({ disk, path, print }: IndexDump): Promise<boolean> {
  const index = TransactionIndex.load(disk, path)
  if (index === undefined) return false
  for (const { producerId, firstOffset, lastOffset, lastStableOffset } of index.entries) {
    await print(
      `version: 0 producerId: ${producerId} firstOffset: ${firstOffset}` +
        ` lastOffset: ${lastOffset} lastStableOffset: ${lastStableOffset}\n`,
    )
  }
  index.close()
  return true
}
