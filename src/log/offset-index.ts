// The .index file of a segment: a sparse map from offsets to positions in the .log file, written
// behind the log. Of a large one only the end is checked when it is loaded: who takes an entry from
// it makes sure that the log bears it out (segment.ts). Entry: int32 offset relative to the base offset, int32
// position. An entry names the last offset of a batch and where that batch begins (as Kafka's).
import { assert } from '../base/assert.ts'
import { int32Max } from '../base/units.ts'
import type { Disk } from '../io/disk.ts'
import { readInt32, writeInt32 } from '../../protocol/bytes.ts'
import { GrowingFile, lastWhere } from './growing-file.ts'

export const offsetEntryBytes = 8

export interface OffsetPosition {
  readonly offset: number
  readonly position: number
}

export class OffsetIndex {
  readonly baseOffset: number
  readonly #file: GrowingFile

  private constructor(baseOffset: number, file: GrowingFile) {
    this.baseOffset = baseOffset
    this.#file = file
  }

  /** An index without entries. The file, if there is one, is overwritten at the next flush. */
  static empty(disk: Disk, path: string, baseOffset: number): OffsetIndex {
    return new OffsetIndex(baseOffset, GrowingFile.empty(disk, path))
  }

  /**
   * The index as it lies on disk, or undefined when it is missing or cannot be true: not whole
   * entries, not rising, or pointing behind `logBytes`. The zeros that Kafka preallocates behind
   * the entries are dropped.
   */
  static load(
    disk: Disk,
    path: string,
    options: { readonly baseOffset: number; readonly logBytes: number },
  ): OffsetIndex | undefined {
    const file = GrowingFile.load(disk, path)
    if (file === undefined) return undefined
    const index = new OffsetIndex(options.baseOffset, file)
    if (!file.isInMemory && index.#endsWithEntry(options.logBytes)) return index
    file.loadWhole()
    const count = countEntries(file.bytes, file.byteLength, options.logBytes)
    if (count === undefined) return undefined
    file.truncate(count * offsetEntryBytes)
    return index
  }

  #endsWithEntry(logBytes: number): boolean {
    if (this.#file.byteLength % offsetEntryBytes !== 0) return false
    const last = this.lastEntry
    return last !== undefined && last.offset > this.baseOffset && last.position < logBytes
  }

  /** True when its entries are known to be in order. */
  get isInMemory(): boolean {
    return this.#file.isInMemory
  }

  get entryCount(): number {
    return this.#file.byteLength / offsetEntryBytes
  }

  get lastEntry(): OffsetPosition | undefined {
    return this.entryCount === 0 ? undefined : this.entry(this.entryCount - 1)
  }

  entry(index: number): OffsetPosition {
    assert(index >= 0 && index < this.entryCount, 'offset index entry out of range')
    return { offset: this.baseOffset + this.#relativeAt(index), position: this.#positionAt(index) }
  }

  #relativeAt(index: number): number {
    const at = this.#file.seek(index * offsetEntryBytes)
    return readInt32(this.#file.bytes, at)
  }

  #positionAt(index: number): number {
    const at = this.#file.seek(index * offsetEntryBytes)
    return readInt32(this.#file.bytes, at + 4)
  }

  /** The last entry of at most `offset`; undefined when all are above. */
  entryBefore(offset: number): OffsetPosition | undefined {
    const relative = offset - this.baseOffset
    const isBefore = (index: number): boolean => this.#relativeAt(index) <= relative
    const found = lastWhere(this.#file, offsetEntryBytes, isBefore)
    return found < 0 ? undefined : this.entry(found)
  }

  /** Position from which a forward scan meets the batch that holds `offset`. */
  positionBefore(offset: number): number {
    return this.entryBefore(offset)?.position ?? 0
  }

  /** The first entry that points at `position` or behind it. */
  entryAtOrBehind(position: number): OffsetPosition | undefined {
    const isBefore = (index: number): boolean => this.#positionAt(index) < position
    const next = lastWhere(this.#file, offsetEntryBytes, isBefore) + 1
    return next < this.entryCount ? this.entry(next) : undefined
  }

  append(offset: number, position: number): void {
    const relative = offset - this.baseOffset
    assert(relative >= 0 && relative <= int32Max, 'offset does not fit this segment index')
    const { entryCount } = this
    assert(
      entryCount === 0 || relative > this.#relativeAt(entryCount - 1),
      'offset index entries must rise',
    )
    const at = this.#file.extend(offsetEntryBytes)
    writeInt32(this.#file.bytes, at, relative)
    writeInt32(this.#file.bytes, at + 4, position)
  }

  /** Drops entries of `offset` and above, and those at or behind `position`. */
  truncate(offset: number, position: number): void {
    let count = this.entryCount
    while (count > 0) {
      const last = this.entry(count - 1)
      if (last.offset < offset && last.position < position) break
      count -= 1
    }
    this.#file.truncate(count * offsetEntryBytes)
  }

  /** Writes what is new to the file. */
  flush(): void {
    this.#file.flush()
  }

  /** Syncs what was flushed. */
  syncData(): Promise<void> {
    return this.#file.syncData()
  }

  close(): void {
    this.#file.close()
  }
}

/**
 * Entries that rise in offset and position; undefined when one before the preallocated zeros does
 * not.
 */
function countEntries(bytes: Buffer, byteLength: number, logBytes: number): number | undefined {
  if (byteLength % offsetEntryBytes !== 0) return undefined
  const count = byteLength / offsetEntryBytes
  let lastOffset = -1
  let lastPosition = -1
  for (let index = 0; index < count; index++) {
    const offset = readInt32(bytes, index * offsetEntryBytes)
    const position = readInt32(bytes, index * offsetEntryBytes + 4)
    // A first batch of one record at the segment's base has the entry (0, 0): only zeros behind it
    // are padding.
    if (offset === 0 && position === 0 && isZero(bytes, index * offsetEntryBytes, byteLength)) {
      return index
    }
    if (offset <= lastOffset || position <= lastPosition || position >= logBytes) return undefined
    lastOffset = offset
    lastPosition = position
  }
  return count
}

function isZero(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (bytes[at] !== 0) return false
  return true
}
