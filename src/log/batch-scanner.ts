// Walks the batches of a segment file forward from a position, header by header or whole, through
// one buffer. Stops at a torn end; a header that cannot be true throws KafkaError CORRUPT_MESSAGE.
import { assert } from '../base/assert.ts'
import { KiB } from '../base/units.ts'
import type { DiskFile } from '../io/disk.ts'
import { batchHeaderBytes, batchSizeAt } from '../../protocol/record-batch.ts'
import { batchBaseOffset, batchLastOffset, batchMagic } from '../../protocol/record-batch.ts'
import { batchMaxTimestamp } from '../../protocol/record-batch.ts'
import { messageTimestamp } from '../../protocol/message-set.ts'

/** 'headers': only the header of each batch is in the buffer. 'whole': all of it. */
export type ScanMode = 'headers' | 'whole'

const headerChunkBytes = 4 * KiB
const wholeChunkBytes = 256 * KiB

export class BatchScanner {
  readonly #file: Pick<DiskFile, 'read'>
  readonly #end: number
  readonly #mode: ScanMode
  #buffer: Buffer
  /** File position of the buffer's first byte. */
  #bufferPosition = 0
  #bufferedBytes = 0
  /**
   * Where the current batch begins in the file; after `next` answered false: where the scan ended.
   */
  position: number
  /** Bytes of the current batch. */
  size = 0

  constructor(file: Pick<DiskFile, 'read'>, range: { start: number; end: number }, mode: ScanMode) {
    this.#file = file
    this.#end = range.end
    this.#mode = mode
    this.position = range.start
    this.#buffer = Buffer.allocUnsafe(mode === 'whole' ? wholeChunkBytes : headerChunkBytes)
  }

  /** Goes to the next batch; false at the end, also when the last batch is incomplete. */
  next(): boolean {
    this.position += this.size
    assert(this.position <= this.#end, 'a scan stays inside its range')
    this.size = 0
    const available = this.#end - this.position
    if (!this.#ensure(Math.min(batchHeaderBytes, available))) return false
    const size = batchSizeAt(this.#buffer, this.at, this.at + available)
    if (size < 0) return false
    if (this.#mode === 'whole' && !this.#ensure(size)) return false
    this.size = size
    return true
  }

  /** Makes all of the current batch available in `buffer`, also when only headers are scanned. */
  readWhole(): boolean {
    assert(this.size > 0, 'there is a current batch')
    return this.#ensure(this.size)
  }

  /** Holds the current batch from `at` on; valid until the next call of `next`. */
  get buffer(): Buffer {
    return this.#buffer
  }

  get at(): number {
    return this.position - this.#bufferPosition
  }

  get baseOffset(): number {
    return batchBaseOffset(this.#buffer, this.at)
  }

  get lastOffset(): number {
    const at = this.at
    // A legacy entry carries the offset of its last message.
    if (batchMagic(this.#buffer, at) < 2) return batchBaseOffset(this.#buffer, at)
    return batchLastOffset(this.#buffer, at)
  }

  get maxTimestampMs(): number {
    const at = this.at
    if (batchMagic(this.#buffer, at) < 2) return messageTimestamp(this.#buffer, at)
    return batchMaxTimestamp(this.#buffer, at)
  }

  /** Makes `byteCount` bytes from `position` on available; false when the file ends before. */
  #ensure(byteCount: number): boolean {
    if (byteCount <= 0) return false
    const have = this.#bufferPosition + this.#bufferedBytes - this.position
    if (this.position >= this.#bufferPosition && have >= byteCount) return true
    if (byteCount > this.#buffer.length) this.#buffer = Buffer.allocUnsafe(byteCount)
    const wanted = Math.min(this.#buffer.length, this.#end - this.position)
    this.#bufferPosition = this.position
    this.#bufferedBytes = this.#file.read(this.#buffer, 0, wanted, this.position)
    return this.#bufferedBytes >= byteCount
  }
}
