// Reads a segment file from end to end in large pieces, off the main thread: for work that looks at
// whole batches and must not hold up requests. Throws KafkaError CORRUPT_MESSAGE where the file does
// not go on with a whole batch.
import { assert } from '../base/assert.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { batchSizeAt } from '../../protocol/record-batch.ts'
import type { DiskFile } from '../io/disk.ts'

export class BatchReader {
  readonly #file: DiskFile
  readonly #end: number
  #buffer: Buffer
  /** File position of the buffer's first byte. */
  #bufferPosition: number
  #bufferedBytes = 0
  /** Position of the current batch in `buffer`. */
  at = 0
  /** Bytes of the current batch. */
  size = 0

  constructor(file: DiskFile, range: { start: number; end: number }, chunkBytes: number) {
    assert(range.start <= range.end, 'a file is read forward')
    this.#file = file
    this.#bufferPosition = range.start
    this.#end = range.end
    this.#buffer = Buffer.allocUnsafeSlow(chunkBytes)
  }

  /** The current batch, valid until the next call of `load`. */
  batch(): Buffer {
    return this.#buffer.subarray(this.at, this.at + this.size)
  }

  /** Where the current batch begins in the file. */
  get position(): number {
    return this.#bufferPosition + this.at
  }

  /** Reads on; bytes read, 0 at the end of the file. At least one whole batch is there then. */
  async load(): Promise<number> {
    this.#bufferPosition += this.at + this.size
    this.at = 0
    this.size = 0
    this.#bufferedBytes = 0
    if (this.#bufferPosition === this.#end) return 0
    await this.#fill()
    if (batchSizeAt(this.#buffer, 0, this.#bufferedBytes) >= 0) return this.#bufferedBytes
    // The batch is larger than the buffer: its length says how much it takes.
    const needed = batchSizeAt(this.#buffer, 0, this.#end - this.#bufferPosition)
    if (needed < 0 || needed <= this.#bufferedBytes) throw this.#torn()
    this.#buffer = Buffer.allocUnsafeSlow(needed)
    this.#bufferedBytes = 0
    await this.#fill()
    if (this.#bufferedBytes < needed) throw this.#torn()
    return this.#bufferedBytes
  }

  async #fill(): Promise<void> {
    const wanted = Math.min(this.#buffer.length, this.#end - this.#bufferPosition)
    while (this.#bufferedBytes < wanted) {
      const at = this.#bufferedBytes
      const rest = wanted - at
      const count = await this.#file.readLater(this.#buffer, at, rest, this.#bufferPosition + at)
      if (count === 0) throw this.#torn()
      this.#bufferedBytes += count
    }
  }

  /** Goes to the next batch that is whole in the buffer; false when `load` must read on. */
  next(): boolean {
    const next = this.at + this.size
    const size = batchSizeAt(this.#buffer, next, this.#bufferedBytes)
    if (size < 0) return false
    this.at = next
    this.size = size
    return true
  }

  #torn(): KafkaError {
    const detail = `${this.#file.path} ends inside a batch at position ${this.#bufferPosition}`
    return new KafkaError('CORRUPT_MESSAGE', detail)
  }
}
