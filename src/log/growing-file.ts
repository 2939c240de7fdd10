// A small file that is kept in memory and grows at its end: the bytes behind an index. New bytes
// reach the file when it is flushed, so that an append costs no call of its own; recovery rebuilds
// what was lost.
import { assert } from '../base/assert.ts'
import { KiB } from '../base/units.ts'
import type { Disk, DiskFile } from '../io/disk.ts'

const firstBytes = KiB / 4
const nothing = Buffer.alloc(0)

export class GrowingFile {
  readonly #disk: Disk
  readonly #path: string
  #bytes: Buffer
  #byteLength: number
  /** The file holds the first so many bytes of ours. */
  #writtenBytes: number
  /** The file may be longer than what is written: it is cut at the next flush. */
  #mustCut: boolean
  #file: DiskFile | null = null

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
    if (disk.fileSize(path) < 0) return undefined
    const bytes = disk.readFile(path)
    const file = new GrowingFile(disk, path, bytes, bytes.length)
    file.#mustCut = false
    return file
  }

  /** Content from 0 to byteLength; replaced when it grows, so not to be kept. */
  get bytes(): Buffer {
    return this.#bytes
  }

  get byteLength(): number {
    return this.#byteLength
  }

  /** Makes room for `byteCount` more bytes and says where they begin. */
  extend(byteCount: number): number {
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
    if (byteLength < this.#writtenBytes) {
      this.#writtenBytes = byteLength
      this.#mustCut = true
    }
    this.#byteLength = byteLength
  }

  /** Writes what the file does not hold yet. */
  flush(): void {
    if (this.#writtenBytes === this.#byteLength && !this.#mustCut) return
    this.#file ??= this.#disk.open(this.#path, 'write')
    if (this.#mustCut) this.#file.truncate(this.#writtenBytes)
    this.#mustCut = false
    assert(this.#writtenBytes <= this.#byteLength, 'a file never holds more than its copy')
    const fresh = this.#bytes.subarray(this.#writtenBytes, this.#byteLength)
    if (fresh.length > 0) this.#file.write(fresh, this.#writtenBytes)
    this.#writtenBytes = this.#byteLength
  }

  /** Syncs what was flushed through this object. */
  syncData(): Promise<void> {
    return this.#file === null ? Promise.resolve() : this.#file.syncData()
  }

  close(): void {
    this.#file?.close()
    this.#file = null
  }
}
