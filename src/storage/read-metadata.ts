// What the metadata of a data directory adds up to, read beside a broker that may be writing it: locks, mends and
// writes nothing. A batch that is not whole yet does not count, as at a start.
import { join } from 'node:path'
import { AssertionFailure, assert } from '../base/assert.ts'
import { MetadataImage } from '../catalog/image.ts'
import { Journal, type MetadataLog } from '../catalog/journal.ts'
import type { SnapshotStore } from '../catalog/snapshots.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { batchLastOffset, batchSizeAt, checkBatchCrc } from '../../protocol/record-batch.ts'
import type { Clock } from '../io/clock.ts'
import type { Disk } from '../io/disk.ts'
import type { Logger } from '../io/logger.ts'
import { parseSegmentFileName, segmentSuffix } from '../log/segment-files.ts'
import { listSnapshots, snapshotFileName } from './metadata-snapshots.ts'

const metadataDirectoryName = '__cluster_metadata-0'

/**
 * The metadata in the first of `directories` that has some; null: none has, no broker ever started there.
 * @throws StartupRefused when the beginning of the log is gone, and errors of the disk
 */
export async function readMetadata(
  directories: readonly string[],
  ports: { readonly disk: Disk; readonly clock: Clock; readonly logger: Logger },
): Promise<MetadataImage | null> {
  const { disk } = ports
  const directory = directories
    .map((path) => join(path, metadataDirectoryName))
    .find((path) => disk.exists(path))
  if (directory === undefined) return null
  // Before the log: a snapshot that comes meanwhile stands for records that were read.
  const store = readOnlySnapshots(disk, directory)
  const newest = store.list().at(-1)?.endOffset ?? 0
  const log = new ReadOnlyLog(wholeSegments(disk, directory), newest)
  const rules = { recordBytesMax: Number.MAX_SAFE_INTEGER, intervalMs: 0 }
  const snapshots = { store, rules, onBug: refuse }
  const image = new MetadataImage()
  await new Journal(log, ports, { snapshots }).replay((record) => image.apply(record))
  return image
}

function refuse(): never {
  throw new AssertionFailure('who only reads the metadata writes none')
}

function readOnlySnapshots(disk: Disk, directory: string): SnapshotStore {
  const ids = listSnapshots(disk, directory)
  return {
    list: () => ids,
    read: (id) => disk.readFile(join(directory, snapshotFileName(id))),
    epochBelow: refuse,
    write: refuse,
    applyRetention: refuse,
    readBootstrap: () => null,
  }
}

/** What a segment holds: whole batches. */
interface Segment {
  readonly bytes: Buffer
  readonly baseOffset: number
  readonly lastOffset: number
}

/** The segments, up to the first batch that is not whole. */
function wholeSegments(disk: Disk, directory: string): readonly Segment[] {
  const found = disk
    .list(directory)
    .flatMap((name) => {
      const baseOffset = parseSegmentFileName(name, segmentSuffix.log)
      return baseOffset === undefined ? [] : [{ name, baseOffset }]
    })
    .sort((left, right) => left.baseOffset - right.baseOffset)
  const segments: Segment[] = []
  for (const { name, baseOffset } of found) {
    const bytes = disk.readFile(join(directory, name))
    let [at, lastOffset] = [0, -1]
    for (let size = wholeBatchAt(bytes, at); size > 0; size = wholeBatchAt(bytes, at)) {
      lastOffset = batchLastOffset(bytes, at)
      at += size
    }
    if (at > 0) segments.push({ bytes: bytes.subarray(0, at), baseOffset, lastOffset })
    if (at < bytes.length) break
  }
  return segments
}

/** The size of a batch that is there and sound; 0: there is none. */
function wholeBatchAt(bytes: Buffer, at: number): number {
  const size = batchSizeAt(bytes, at, bytes.length)
  if (size <= 0 || at + size > bytes.length) return 0
  try {
    checkBatchCrc(bytes, at)
    return size
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return 0
  }
}

/** A log that cannot grow: segments in memory. */
class ReadOnlyLog implements MetadataLog {
  readonly online = true
  readonly logStartOffset: number
  readonly logEndOffset: number
  readonly #segments: readonly Segment[]

  /** `snapshotEnd`: where a snapshot ends; a log that ends in front of it counts for nothing. */
  constructor(segments: readonly Segment[], snapshotEnd: number) {
    const end = (segments.at(-1)?.lastOffset ?? -1) + 1
    this.#segments = end >= snapshotEnd ? segments : []
    this.logStartOffset = this.#segments[0]?.baseOffset ?? snapshotEnd
    this.logEndOffset = Math.max(end, snapshotEnd)
    assert(this.logStartOffset <= this.logEndOffset, 'a log begins before it ends')
  }

  append(): never {
    return refuse()
  }

  /** A whole segment: who replays passes over what lies in front of `offset`. */
  read({ offset }: { readonly offset: number }): {
    readonly records: { readonly bytes: Buffer; release(): void }
  } {
    const segment = this.#segments.find(({ lastOffset }) => lastOffset >= offset)
    if (segment === undefined) {
      throw new Error(`the metadata log ends at offset ${offset}: ottla check says what is wrong`)
    }
    return { records: { bytes: segment.bytes, release: () => undefined } }
  }
}
