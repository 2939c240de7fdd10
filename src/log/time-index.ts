// The .timeindex file of a segment: entry (int64 timestamp, int32 relative offset) says that no
// batch up to and including the one that ends at the offset has a larger timestamp. Timestamps
// rise strictly.
import { assert } from '../base/assert.ts'
import { int32Max } from '../base/units.ts'
import type { Disk } from '../io/disk.ts'
import { readInt32, readInt64, saturate, writeInt32, writeInt64 } from '../../protocol/bytes.ts'
import { GrowingFile, lastWhere } from './growing-file.ts'

export const timeEntryBytes = 12
const relativeOffsetAt = 8

export interface TimestampOffset {
  readonly timestampMs: number
  readonly offset: number
}

export class TimeIndex {
  readonly baseOffset: number
  readonly #file: GrowingFile

  private constructor(baseOffset: number, file: GrowingFile) {
    this.baseOffset = baseOffset
    this.#file = file
  }

  static empty(disk: Disk, path: string, baseOffset: number): TimeIndex {
    return new TimeIndex(baseOffset, GrowingFile.empty(disk, path))
  }

  /**
   * The index as it lies on disk; undefined when it is missing or damaged. Preallocated zeros are
   * dropped.
   */
  static load(disk: Disk, path: string, baseOffset: number): TimeIndex | undefined {
    const file = GrowingFile.load(disk, path)
    if (file === undefined || file.byteLength % timeEntryBytes !== 0) return undefined
    const index = new TimeIndex(baseOffset, file)
    // Of a large file only the end is looked at: who takes an entry has the log bear it out.
    const isTrusted = !file.isInMemory && (index.lastEntry?.timestampMs ?? 0) > 0
    if (isTrusted) return index
    file.loadWhole()
    const count = countEntries(file.bytes, file.byteLength)
    if (count === undefined) return undefined
    file.truncate(count * timeEntryBytes)
    return index
  }

  /** True when its entries are known to be in order. */
  get isInMemory(): boolean {
    return this.#file.isInMemory
  }

  get entryCount(): number {
    return this.#file.byteLength / timeEntryBytes
  }

  get lastEntry(): TimestampOffset | undefined {
    return this.entryCount === 0 ? undefined : this.entry(this.entryCount - 1)
  }

  entry(index: number): TimestampOffset {
    assert(index >= 0 && index < this.entryCount, 'time index entry out of range')
    const at = this.#file.seek(index * timeEntryBytes)
    const { bytes } = this.#file
    return {
      timestampMs: saturate(readInt64(bytes, at)),
      offset: this.baseOffset + readInt32(bytes, at + relativeOffsetAt),
    }
  }

  /** The last entry with a timestamp of at most `timestampMs`; undefined when all are larger. */
  entryAtOrBefore(timestampMs: number): TimestampOffset | undefined {
    const isBefore = (index: number): boolean => this.entry(index).timestampMs <= timestampMs
    const found = lastWhere(this.#file, timeEntryBytes, isBefore)
    return found < 0 ? undefined : this.entry(found)
  }

  /** Appends unless the timestamp is no larger than that of the last entry. */
  appendIfLater(timestampMs: number, offset: number): void {
    const relative = offset - this.baseOffset
    assert(relative >= 0 && relative <= int32Max, 'offset does not fit this segment time index')
    const last = this.lastEntry
    if (timestampMs < 0 || (last !== undefined && timestampMs <= last.timestampMs)) return
    assert(last === undefined || offset >= last.offset, 'time index offsets must not fall')
    const at = this.#file.extend(timeEntryBytes)
    writeInt64(this.#file.bytes, at, timestampMs)
    writeInt32(this.#file.bytes, at + relativeOffsetAt, relative)
  }

  /** Drops entries of `offset` and above. */
  truncate(offset: number): void {
    let count = this.entryCount
    while (count > 0 && this.entry(count - 1).offset >= offset) count -= 1
    this.#file.truncate(count * timeEntryBytes)
  }

  flush(): void {
    this.#file.flush()
  }

  syncData(): Promise<void> {
    return this.#file.syncData()
  }

  close(): void {
    this.#file.close()
  }
}

function countEntries(bytes: Buffer, byteLength: number): number | undefined {
  const count = byteLength / timeEntryBytes
  let lastTimestamp = -1
  let lastOffset = -1
  for (let index = 0; index < count; index++) {
    const at = index * timeEntryBytes
    const timestamp = readInt64(bytes, at)
    const offset = readInt32(bytes, at + relativeOffsetAt)
    if (timestamp === 0 && offset === 0 && isZero(bytes, at, byteLength)) return index
    if (timestamp <= lastTimestamp || offset < lastOffset) return undefined
    lastTimestamp = timestamp
    lastOffset = offset
  }
  return count
}

function isZero(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (bytes[at] !== 0) return false
  return true
}
