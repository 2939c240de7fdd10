// Copies the files of a log to another directory while the log is used: oldest segments first, then
// what came meanwhile, until so little is missing that the rest can be copied in one go, with nothing
// in between. Who goes on in which directory is the business of storage/log-moves.ts.
import { basename, dirname, join } from 'node:path'
import { AssertionFailure, assert } from '../base/assert.ts'
import { KiB, MiB } from '../base/units.ts'
import type { Disk, DiskFile } from '../io/disk.ts'
import type { PartitionLog } from './partition-log.ts'
import type { Segment } from './segment.ts'
import type { SegmentSuffix } from './segment-files.ts'
import { cleanedSuffix, deletedSuffix, segmentSuffix, swapSuffix } from './segment-files.ts'

const chunkBytes = 512 * KiB
/** So much may be missing for the last part to be copied at once; it grows with every round. */
const lastPartBytesMax = 1 * MiB
const indexSuffixes: readonly SegmentSuffix[] = [
  segmentSuffix.offsetIndex,
  segmentSuffix.timeIndex,
  segmentSuffix.transactionIndex,
]
/** What is on its way out, or not yet in place. */
const passingSuffixes = [deletedSuffix, cleanedSuffix, swapSuffix, '.tmp']

/** Thrown out of the work when it is not wanted any more. */
export class RelocationStopped extends Error {}

/** The disk of the copy refused; what it said is the cause. Trouble of the log's own disk is thrown as it is. */
export class TargetTrouble extends Error {
  constructor(cause: unknown) {
    super('the disk of the copy refused', { cause })
  }
}

/** Tells trouble with the copy from trouble with the log. */
export function onTarget<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw error instanceof AssertionFailure ? error : new TargetTrouble(error)
  }
}

async function onTargetLater(work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    throw error instanceof AssertionFailure ? error : new TargetTrouble(error)
  }
}

export class Relocation {
  readonly #log: PartitionLog
  readonly #disk: Disk
  /** The copy's directory. */
  readonly directory: string
  /** Bytes of each segment's .log that are copied and synced. */
  readonly #copied = new Map<Segment, number>()
  /** No batch follows in them, and their indexes are copied too. */
  readonly #complete = new Set<Segment>()
  readonly #buffer = Buffer.allocUnsafe(chunkBytes)
  #isStopped = false

  constructor(log: PartitionLog, disk: Disk, directory: string) {
    this.#log = log
    this.#disk = disk
    this.directory = directory
  }

  /** Ends the copying soon: `catchUp` rejects with RelocationStopped. */
  stop(): void {
    this.#isStopped = true
  }

  /** Bytes of batches that the copy holds. */
  get byteLength(): number {
    let sum = 0
    for (const byteCount of this.#copied.values()) sum += byteCount
    return sum
  }

  /** All before this offset is copied, about: as exact as the index. */
  get endOffset(): number {
    const { segments, logEndOffset } = this.#log
    for (const [at, segment] of segments.entries()) {
      const copied = this.#copied.get(segment) ?? 0
      if (copied === segment.size) continue
      const next = segments[at + 1]?.baseOffset ?? logEndOffset
      return copied === 0 ? segment.baseOffset : (segment.offsetAtOrBehind(copied) ?? next)
    }
    return logEndOffset
  }

  /** Copies until little is missing; gives way between pieces. Throws what the disk throws. */
  async catchUp(): Promise<void> {
    onTarget(() => this.#disk.makeDirectory(this.directory))
    await onTargetLater(this.#disk.syncDirectoryLater(dirname(this.directory)))
    for (let missingMax = lastPartBytesMax; ; missingMax *= 2) {
      for (const segment of [...this.#log.segments]) await this.#copySegment(segment)
      this.#requireWanted()
      if (this.#missingBytes <= missingMax) return
    }
  }

  /**
   * Copies the rest, synced: all files are there then. Without a pause: nothing is appended
   * meanwhile. Index entries must have been flushed.
   */
  complete(): void {
    this.#requireWanted()
    this.#forgetGone()
    for (const segment of this.#log.segments)
      if (!this.#complete.has(segment)) this.#finish(segment)
    for (const name of this.#disk.list(this.#log.directory)) this.#copyOther(name)
    onTarget(() => this.#disk.syncDirectory(this.directory))
    assert(this.#missingBytes === 0, 'the copy is whole')
  }

  get #missingBytes(): number {
    const { segments } = this.#log
    return segments.reduce((sum, one) => sum + one.size - (this.#copied.get(one) ?? 0), 0)
  }

  #requireWanted(): void {
    if (this.#isStopped || !this.#log.online) throw new RelocationStopped()
  }

  async #copySegment(segment: Segment): Promise<void> {
    if (segment.isGone || this.#complete.has(segment)) return
    const isSealed = segment !== this.#log.segments.at(-1)
    try {
      await this.#copyBatches(segment)
      if (isSealed && this.#copied.get(segment) === segment.size) {
        for (const suffix of indexSuffixes) await this.#copyIndex(segment.path(suffix))
        this.#complete.add(segment)
      }
    } catch (error) {
      // Deleted by retention while it was copied.
      if (!segment.isGone) throw error
    }
  }

  async #copyBatches(segment: Segment): Promise<void> {
    let position = this.#copied.get(segment) ?? 0
    if (position === segment.size) return
    const path = segment.path(segmentSuffix.log)
    const source = this.#disk.open(path, 'read')
    const target = this.#openTarget(path)
    try {
      if (position === 0) onTarget(() => target.truncate(0))
      while (position < segment.size && !segment.isGone) {
        const wanted = Math.min(chunkBytes, segment.size - position)
        const count = await source.readLater(this.#buffer, 0, wanted, position)
        this.#requireWanted()
        assert(count > 0, 'a segment is as long as it says')
        const at = position
        onTarget(() => target.write(this.#buffer.subarray(0, count), at))
        position += count
      }
      await onTargetLater(target.syncData())
      this.#copied.set(segment, position)
    } finally {
      source.close()
      target.close()
    }
  }

  /** Small beside the batches; there may be none. */
  async #copyIndex(path: string): Promise<void> {
    if (!this.#disk.exists(path)) return
    const target = this.#overwrite(path)
    try {
      await onTargetLater(target.syncData())
    } finally {
      target.close()
    }
    this.#requireWanted()
  }

  #finish(segment: Segment): void {
    const path = segment.path(segmentSuffix.log)
    const from = this.#copied.get(segment) ?? 0
    // The first segment of an empty log has no file yet.
    if (this.#disk.exists(path)) {
      const target = this.#openTarget(path)
      try {
        const rest = Buffer.allocUnsafe(segment.size - from)
        const count = rest.length === 0 ? 0 : segment.read(rest, 0, rest.length, from)
        assert(count === rest.length, 'a segment is as long as it says')
        onTarget(() => {
          target.truncate(from)
          target.write(rest, from)
          target.syncNow()
        })
      } finally {
        target.close()
      }
    }
    this.#copied.set(segment, segment.size)
    for (const suffix of indexSuffixes) this.#copyNow(segment.path(suffix))
  }

  /** Producer snapshots, leader epochs, and what else lies there but segments. */
  #copyOther(name: string): void {
    const isSegments =
      name.endsWith(segmentSuffix.log) || indexSuffixes.some((s) => name.endsWith(s))
    if (isSegments || passingSuffixes.some((suffix) => name.endsWith(suffix))) return
    this.#copyNow(join(this.#log.directory, name))
  }

  #copyNow(path: string): void {
    if (!this.#disk.exists(path)) return
    const target = this.#overwrite(path)
    try {
      onTarget(() => target.syncNow())
    } finally {
      target.close()
    }
  }

  #overwrite(path: string): DiskFile {
    const bytes = this.#disk.readFile(path)
    const target = this.#openTarget(path)
    onTarget(() => {
      target.truncate(0)
      target.write(bytes, 0)
    })
    return target
  }

  /** The copy of a file of the log. */
  #openTarget(path: string): DiskFile {
    return onTarget(() => this.#disk.open(this.#pathOf(path), 'write'))
  }

  /** Removes the copies of segments that retention has deleted since. */
  #forgetGone(): void {
    const current = new Set(this.#log.segments)
    for (const segment of this.#copied.keys()) {
      if (current.has(segment)) continue
      for (const suffix of [segmentSuffix.log, ...indexSuffixes]) {
        this.#disk.remove(this.#pathOf(segment.path(suffix)))
      }
      this.#copied.delete(segment)
    }
  }

  #pathOf(path: string): string {
    return join(this.directory, basename(path))
  }
}
