// The .txnindex file of a segment: the aborted transactions whose markers lie in it, in the order
// of the markers. Most segments have none, and then no file. Entry: int16 version 0, then int64
// producer id, first offset, last offset (the marker's), last stable offset when the marker was
// written.
import { assert } from '../base/assert.ts'
import type { Disk } from '../io/disk.ts'
import { readInt16, readInt64, writeInt16, writeInt64 } from '../../protocol/bytes.ts'
import { GrowingFile } from './growing-file.ts'

export const abortedEntryBytes = 34
const producerIdAt = 2
const firstOffsetAt = 10
const lastOffsetAt = 18
const lastStableOffsetAt = 26

/** A transaction that ended with an abort marker. */
export interface AbortedEntry {
  readonly producerId: number
  readonly firstOffset: number
  /** Offset of the marker. */
  readonly lastOffset: number
  /** Last stable offset once the marker was there. */
  readonly lastStableOffset: number
}

export class TransactionIndex {
  readonly #entries: AbortedEntry[]
  readonly #makeFile: () => GrowingFile
  #file: GrowingFile | null

  private constructor(
    file: GrowingFile | null,
    entries: AbortedEntry[],
    makeFile: () => GrowingFile,
  ) {
    this.#file = file
    this.#entries = entries
    this.#makeFile = makeFile
  }

  static empty(disk: Disk, path: string): TransactionIndex {
    return new TransactionIndex(null, [], () => GrowingFile.empty(disk, path))
  }

  /** The index on disk, empty when there is no file; undefined when the file is damaged. */
  static load(disk: Disk, path: string): TransactionIndex | undefined {
    const file = GrowingFile.load(disk, path)
    if (file === undefined) return TransactionIndex.empty(disk, path)
    if (file.byteLength % abortedEntryBytes !== 0) return undefined
    const entries: AbortedEntry[] = []
    for (let at = 0; at < file.byteLength; at += abortedEntryBytes) {
      const entry = decodeEntry(file.bytes, at)
      const last = entries.at(-1)
      if (entry === undefined || (last !== undefined && entry.lastOffset <= last.lastOffset)) {
        return undefined
      }
      entries.push(entry)
    }
    return new TransactionIndex(file, entries, () => file)
  }

  get entries(): readonly AbortedEntry[] {
    return this.#entries
  }

  append(entry: AbortedEntry): void {
    const last = this.#entries.at(-1)
    assert(last === undefined || entry.lastOffset > last.lastOffset, 'abort markers must rise')
    assert(entry.firstOffset <= entry.lastOffset, 'a transaction ends behind its beginning')
    const { producerId, firstOffset, lastOffset, lastStableOffset } = entry
    this.#entries.push({ producerId, firstOffset, lastOffset, lastStableOffset })
    const file = this.#writable()
    const at = file.extend(abortedEntryBytes)
    writeInt16(file.bytes, at, 0)
    writeInt64(file.bytes, at + producerIdAt, entry.producerId)
    writeInt64(file.bytes, at + firstOffsetAt, entry.firstOffset)
    writeInt64(file.bytes, at + lastOffsetAt, entry.lastOffset)
    writeInt64(file.bytes, at + lastStableOffsetAt, entry.lastStableOffset)
  }

  /** Drops transactions whose marker is at `offset` or above. */
  truncate(offset: number): void {
    let count = this.#entries.length
    while (count > 0 && (this.#entries[count - 1]?.lastOffset ?? 0) >= offset) count -= 1
    if (count === this.#entries.length) return
    this.#entries.length = count
    this.#writable().truncate(count * abortedEntryBytes)
  }

  flush(): void {
    this.#file?.flush()
  }

  get isUnsynced(): boolean {
    return this.#file?.isUnsynced ?? false
  }

  /** Syncs what was flushed. */
  syncData(): Promise<void> {
    return this.#file?.syncData() ?? Promise.resolve()
  }

  close(): void {
    this.#file?.close()
  }

  #writable(): GrowingFile {
    this.#file ??= this.#makeFile()
    return this.#file
  }
}

function decodeEntry(bytes: Buffer, at: number): AbortedEntry | undefined {
  if (readInt16(bytes, at) !== 0) return undefined
  const entry = {
    producerId: readInt64(bytes, at + producerIdAt),
    firstOffset: readInt64(bytes, at + firstOffsetAt),
    lastOffset: readInt64(bytes, at + lastOffsetAt),
    lastStableOffset: readInt64(bytes, at + lastStableOffsetAt),
  }
  const isPlausible = entry.firstOffset >= 0 && entry.lastOffset >= entry.firstOffset
  return isPlausible ? entry : undefined
}
