// The batches and records of a segment or snapshot file, as kafka-dump-log prints them.
import { basename } from 'node:path'
import { MiB } from '../../base/units.ts'
import type { DiskFile } from '../../io/disk.ts'
import { BatchScanner } from '../../log/batch-scanner.ts'
import { offsetInFileName, parseSegmentFileName, segmentSuffix } from '../../log/segment-files.ts'
import { readInt64 } from '../../../protocol/bytes.ts'
import { codecOfId } from '../../../protocol/compression.ts'
import { readControlType, readEndTransactionMarker } from '../../../protocol/control-records.ts'
import * as controlRecords from '../../../protocol/messages/control-records.ts'
import {
  checkMessageCrc,
  messageCompression,
  messageCrc,
  messageTimestampType,
  readMessages,
} from '../../../protocol/message-set.ts'
import { ExactReader } from '../../../protocol/reader.ts'
import {
  batchBaseSequence,
  batchBaseTimestamp,
  batchCompression,
  batchCrc,
  batchHasDeleteHorizon,
  batchIsControl,
  batchIsTransactional,
  batchMagic,
  batchPartitionLeaderEpoch,
  batchProducerEpoch,
  batchProducerId,
  batchRecordCount,
  batchLastSequence,
  batchTimestampType,
  checkBatchCrc,
  incrementSequence,
} from '../../../protocol/record-batch.ts'
import { readRecords, type BatchRecord } from '../../../protocol/records.ts'
import { decodedJson } from './coordinator-records.ts'
import type { DumpedRecord, RecordDecoder } from './dump-decoders.ts'

/** A batch may inflate to this at most. */
export const inflatedBytesMax = 1024 * MiB

export interface DumpRules {
  /** Null: what is in the records is not printed. */
  readonly decode: RecordDecoder | null
  /** Records too, not batches alone. */
  readonly isDeep: boolean
  readonly skipsMetadata: boolean
  readonly bytesMax: number
  readonly print: (text: string) => Promise<void>
  /** Told of every batch: where it begins, and where the file ends. */
  readonly onBatch: (position: number, end: number) => void
  /** Told of two offsets that do not follow each other. */
  readonly gap: (offset: number, next: number) => void
}

const checkpointName = /^(?<offset>\d{20})-(?<epoch>\d{10})\.checkpoint$/

/** The line that says what kind of file this is. */
export function headLine(path: string): string {
  const name = basename(path)
  if (name.endsWith(segmentSuffix.log)) {
    const offset = parseSegmentFileName(name, segmentSuffix.log) ?? offsetInFileName(name)
    return `Log starting offset: ${offset ?? 0}\n`
  }
  if (name === 'bootstrap.checkpoint') return 'KRaft bootstrap snapshot\n'
  const { offset, epoch } = checkpointName.exec(name)?.groups ?? {}
  return `Snapshot end offset: ${Number(offset)}, epoch: ${Number(epoch)}\n`
}

/** Prints all batches of the file. @throws KafkaError CORRUPT_MESSAGE where a header cannot be true */
export async function dumpRecords(file: DiskFile, name: string, rules: DumpRules): Promise<void> {
  const end = Math.min(file.size(), rules.bytesMax)
  const scanner = new BatchScanner(file, { start: 0, end }, 'whole')
  let lastOffset = -1
  while (scanner.next()) {
    rules.onBatch(scanner.position, end)
    await rules.print(batchLine(scanner))
    if (!rules.isDeep) continue
    for (const record of await recordsOf(scanner)) {
      if (record.offset !== lastOffset + 1) rules.gap(lastOffset, record.offset)
      lastOffset = record.offset
      await rules.print(recordLine(scanner, record, rules))
    }
  }
  const trailingBytes = end - scanner.position
  if (trailingBytes > 0 && end === file.size()) {
    await rules.print(`Found ${trailingBytes} invalid bytes at the end of ${name}\n`)
  }
}

function batchLine(scanner: BatchScanner): string {
  const { buffer, at, position, size, baseOffset, lastOffset, maxTimestampMs } = scanner
  const magic = batchMagic(buffer, at)
  const isLegacy = magic < 2
  const head = isLegacy
    ? `offset: ${lastOffset}`
    : `baseOffset: ${baseOffset} lastOffset: ${lastOffset} count: ${batchRecordCount(buffer, at)}` +
      ` baseSequence: ${batchBaseSequence(buffer, at)} lastSequence: ${batchLastSequence(buffer, at)}` +
      ` producerId: ${batchProducerId(buffer, at)} producerEpoch: ${batchProducerEpoch(buffer, at)}` +
      ` partitionLeaderEpoch: ${batchPartitionLeaderEpoch(buffer, at)}` +
      ` isTransactional: ${batchIsTransactional(buffer, at)} isControl: ${batchIsControl(buffer, at)}` +
      ` deleteHorizonMs: ${deleteHorizon(buffer, at)}`
  const codec = isLegacy ? messageCompression(buffer, at) : codecOfId(batchCompression(buffer, at))
  const crc = isLegacy ? messageCrc(buffer, at) : batchCrc(buffer, at)
  return (
    `${head} position: ${position} ${timestampType(buffer, at)}: ${maxTimestampMs} size: ${size}` +
    ` magic: ${magic} compresscodec: ${codec} crc: ${crc} isvalid: ${isIntact(buffer, at)}\n`
  )
}

function timestampType(buffer: Buffer, at: number): string {
  return batchMagic(buffer, at) < 2
    ? messageTimestampType(buffer, at)
    : batchTimestampType(buffer, at)
}

function deleteHorizon(buffer: Buffer, at: number): string {
  return batchHasDeleteHorizon(buffer, at)
    ? `OptionalLong[${batchBaseTimestamp(buffer, at)}]`
    : 'OptionalLong.empty'
}

function isIntact(buffer: Buffer, at: number): boolean {
  try {
    if (batchMagic(buffer, at) < 2) checkMessageCrc(buffer, at)
    else checkBatchCrc(buffer, at)
    return true
  } catch {
    // The checks have one way to say no.
    return false
  }
}

/** A record as it is shown; the legacy ones have no headers and no sequence. */
interface ShownRecord extends DumpedRecord {
  readonly timestamp: number
  readonly headers: BatchRecord['headers'] | null
}

/** The records of the scanner's batch. */
export async function recordsOf(scanner: BatchScanner): Promise<readonly ShownRecord[]> {
  const { buffer, at } = scanner
  if (batchMagic(buffer, at) >= 2) return readRecords(buffer, at, inflatedBytesMax)
  const messages = await readMessages(buffer, at, inflatedBytesMax)
  return messages.map((message) => ({ ...message, headers: null }))
}

function recordLine(scanner: BatchScanner, record: ShownRecord, rules: DumpRules): string {
  const { buffer, at } = scanner
  const isControl = batchMagic(buffer, at) >= 2 && batchIsControl(buffer, at)
  let line = rules.skipsMetadata ? '' : metadataOf(scanner, record, isControl)
  if (rules.decode !== null && !isControl) {
    const { key, payload } = rules.decode(record)
    const prefix = rules.skipsMetadata ? '| ' : ' '
    if (key !== null) line += `${prefix}key: ${key}`
    if (payload !== null) line += `${key === null ? prefix : ' '}payload: ${payload}`
  }
  return `${line}\n`
}

function metadataOf(scanner: BatchScanner, record: ShownRecord, isControl: boolean): string {
  const { buffer, at } = scanner
  const { offset, key, value, headers, timestamp } = record
  const line =
    `| offset: ${offset} ${timestampType(buffer, at)}: ${timestamp}` +
    ` keySize: ${key?.length ?? -1} valueSize: ${value?.length ?? -1}`
  if (headers === null) {
    const isWrapped = messageCompression(buffer, at) !== 'none'
    return isWrapped
      ? line
      : `${line} isValid: ${isIntact(buffer, at)} crc: ${messageCrc(buffer, at)}`
  }
  const base = batchBaseSequence(buffer, at)
  const sequence = base < 0 ? base : incrementSequence(base, offset - readInt64(buffer, at))
  const keys = headers.map((header) => header.key).join(',')
  return `${line} sequence: ${sequence} headerKeys: [${keys}]${isControl ? controlText(record) : ''}`
}

/** What a control record says. */
function controlText(record: DumpedRecord): string {
  const type = readControlType(record.key)
  switch (type) {
    case 'COMMIT':
    case 'ABORT': {
      const marker = readEndTransactionMarker(record)
      return ` endTxnMarker: ${type} coordinatorEpoch: ${marker?.coordinatorEpoch ?? -1}`
    }
    case 'LEADER_CHANGE':
      return ` LeaderChange: ${controlJson(controlRecords.leaderChangeMessage, record)}`
    case 'SNAPSHOT_HEADER':
      return ` SnapshotHeader ${controlJson(controlRecords.snapshotHeaderRecord, record)}`
    case 'SNAPSHOT_FOOTER':
      return ` SnapshotFooter ${controlJson(controlRecords.snapshotFooterRecord, record)}`
    case 'KRAFT_VERSION':
      return ` KRaftVersion ${controlJson(controlRecords.kRaftVersionRecord, record)}`
    case 'KRAFT_VOTERS':
      return ` KRaftVoters ${controlJson(controlRecords.votersRecord, record)}`
    case 'UNKNOWN':
      return ` controlType: UNKNOWN(${record.key?.readInt16BE(2) ?? -1})`
  }
}

/** The version of these records is their first field. */
function controlJson(
  definition: Parameters<typeof decodedJson>[0],
  { value }: DumpedRecord,
): string {
  const bytes = value ?? Buffer.alloc(0)
  return decodedJson(definition, new ExactReader(bytes), new ExactReader(bytes).int16())
}
