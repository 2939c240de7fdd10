// A file of fixed-size entries that grows at its end: the bytes behind an index. A small one, and one
// that is written to, is kept in memory whole; of a large one that is only read there is a window of a
// few KiB. New bytes reach the file when it is flushed, so that an append costs no call of its own;
// recovery rebuilds what was lost.
import { assert } from '../base/assert.ts'
import { KiB } from '../base/units.ts'
import type { Disk, DiskFile } from '../io/disk.ts'

const firstBytes = KiB / 4
/** Entries of 8 and of 12 bytes never cross the edge of a window. */
const windowBytes = 6 * KiB
/** A file up to this is read whole. */
const wholeBytesMax = 64 * KiB
const nothing = Buffer.alloc(0)

/** What a file larger than memory wants to give is seen through. */
interface Window {
  /** Null while nobody reads. */
  file: DiskFile | null
  readonly bytes: Buffer
  /** File position of the first byte; -1 before anything is read. */
  start: number
}

export class GrowingFile {
  readonly #disk: Disk
  readonly #path: string
  /** Null: all of it is in memory. */
  #window: Window | null = null
  #bytes: Buffer
  #byteLength: number
  /** The file holds the first so many bytes of ours. */
  #writtenBytes: number
  /** The file may be longer than what is written: it is cut at the next flush. */
  #mustCut: boolean
  /** Flushed and not synced. */
  #isUnsynced = false

  private constructor(disk: Disk, path: string, bytes: Buffer, writtenBytes: number) {
    this.#disk = disk
    this.#path = path
    this.#bytes = bytes
    this.#byteLength = bytes.length
    this.#writtenBytes = writtenBytes
    this.#mustCut = writtenBytes === 0
  }

  static empty(disk: Disk, path: string): GrowingFile {
    return new GrowingFile(disk, path, nothing, 0)
  }

  /** The file's content; undefined when there is no file. */
  static load(disk: Disk, path: string): GrowingFile | undefined {
    const byteLength = disk.fileSize(path)
    if (byteLength < 0) return undefined
    const isSmall = byteLength <= wholeBytesMax
    const file = new GrowingFile(disk, path, isSmall ? disk.readFile(path) : nothing, byteLength)
    file.#mustCut = false
    if (isSmall) return file
    file.#byteLength = byteLength
    file.#window = { file: null, bytes: Buffer.allocUnsafe(windowBytes), start: -1 }
    return file
  }

  /** True when its content can be looked at without reading the file. */
  get isInMemory(): boolean {
    return this.#window === null
  }

  /** The bytes that `seek` made visible; not to be kept. */
  get bytes(): Buffer {
    return this.#window === null ? this.#bytes : this.#window.bytes
  }

  get byteLength(): number {
    return this.#byteLength
  }

  /** Makes the entry at `position` visible, and says where in `bytes` it lies. */
  seek(position: number): number {
    const window = this.#window
    if (window === null) return position
    const at = position % windowBytes
    const start = position - at
    if (window.start === start) return at
    const wanted = Math.min(windowBytes, this.#byteLength - start)
    window.start = -1
    window.file ??= this.#disk.open(this.#path, 'read')
    const count = window.file.read(window.bytes, 0, wanted, start)
    assert(count === wanted, 'an index is as long as it was')
    window.start = start
    return at
  }

  /** The part that is visible now without a read: from, to; all of it when it is in memory. */
  get visible(): { readonly from: number; readonly to: number } {
    const window = this.#window
    if (window === null) return { from: 0, to: this.#byteLength }
    if (window.start < 0) return { from: 0, to: 0 }
    return { from: window.start, to: Math.min(window.start + windowBytes, this.#byteLength) }
  }

  /** Takes all of the file into memory: it will be changed. */
  loadWhole(): void {
    if (this.#window === null) return
    const bytes = this.#disk.readFile(this.#path)
    assert(bytes.length >= this.#byteLength, 'an index is as long as it was')
    this.#bytes = bytes
    this.close()
    this.#window = null
  }

  /** Makes room for `byteCount` more bytes and says where they begin. */
  extend(byteCount: number): number {
    this.loadWhole()
    const at = this.#byteLength
    const end = at + byteCount
    if (end > this.#bytes.length) {
      const grown = Buffer.alloc(Math.max(firstBytes, this.#bytes.length * 2, end))
      this.#bytes.copy(grown, 0, 0, at)
      this.#bytes = grown
    }
    this.#byteLength = end
    return at
  }

  truncate(byteLength: number): void {
    assert(byteLength <= this.#byteLength, 'a file is cut, never stretched')
    if (byteLength === this.#byteLength) return
    this.loadWhole()
    if (byteLength < this.#writtenBytes) {
      this.#writtenBytes = byteLength
      this.#mustCut = true
    }
    this.#byteLength = byteLength
  }

  /** Writes what the file does not hold yet. */
  flush(): void {
    if (this.#writtenBytes === this.#byteLength && !this.#mustCut) return
    const beginsAnew = this.#mustCut && this.#writtenBytes === 0
    const file = this.#disk.open(this.#path, beginsAnew ? 'anew' : 'write')
    try {
      if (this.#mustCut && !beginsAnew) file.truncate(this.#writtenBytes)
      this.#mustCut = false
      this.#isUnsynced = true
      assert(this.#writtenBytes <= this.#byteLength, 'a file never holds more than its copy')
      const fresh = this.#bytes.subarray(this.#writtenBytes, this.#byteLength)
      if (fresh.length > 0) file.write(fresh, this.#writtenBytes)
      this.#writtenBytes = this.#byteLength
    } finally {
      file.close()
    }
  }

  /** What was flushed through this object is not all on the device. */
  get isUnsynced(): boolean {
    return this.#isUnsynced
  }

  /** Syncs what was flushed. */
  async syncData(): Promise<void> {
    if (this.#writtenBytes === 0 && !this.#isUnsynced) return
    const file = this.#disk.open(this.#path, 'write')
    this.#isUnsynced = false
    try {
      await file.syncData()
    } catch (error) {
      this.#isUnsynced = true
      throw error
    } finally {
      file.close()
    }
  }

  /** Gives the descriptor back until it is needed again. */
  close(): void {
    this.#window?.file?.close()
    if (this.#window !== null) this.#window.file = null
  }
}

/**
 * Index of the last entry for which `holds`, which holds for the first so many; -1 for none. Tries
 * first what is visible already: who reads on asks for neighbours.
 */
export function lastWhere(
  file: GrowingFile,
  entryBytes: number,
  holds: (index: number) => boolean,
): number {
  const count = file.byteLength / entryBytes
  const { from, to } = file.visible
  let [low, high] = [-1, count - 1]
  const [first, last] = [from / entryBytes, to / entryBytes - 1]
  if (to > from && holds(first)) {
    low = first
    if (last < high && !holds(last)) high = last - 1
  }
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (holds(middle)) low = middle
    else high = middle - 1
  }
  return low
}
