// Writes the batches that stay into a new segment, many with one call. Copies them: the reader's
// buffer is read into again.
import { assert } from '../base/assert.ts'
import { KiB } from '../base/units.ts'
import type { AppendedBatch, Segment } from './segment.ts'
import type { AbortedEntry } from './txn-index.ts'

const bufferBytes = 512 * KiB

interface Written {
  readonly size: number
  /** Null for a damaged batch: what its header says goes into no index. */
  readonly batch: AppendedBatch | null
}

export class CompactedWriter {
  readonly segment: Segment
  readonly #indexIntervalBytes: number
  readonly #buffer = Buffer.allocUnsafeSlow(bufferBytes)
  #bufferedBytes = 0
  #buffered: Written[] = []
  #writtenBytes = 0
  #hasChanged = false

  constructor(segment: Segment, indexIntervalBytes: number) {
    assert(segment.size === 0, 'a compacted segment begins empty')
    this.segment = segment
    this.#indexIntervalBytes = indexIntervalBytes
  }

  /** True when the outcome differs from what was there before. */
  get hasChanged(): boolean {
    return this.#hasChanged
  }

  /** Bytes written so far. */
  get writtenBytes(): number {
    return this.#writtenBytes
  }

  noteChange(): void {
    this.#hasChanged = true
  }

  add(bytes: Buffer, batch: AppendedBatch | null): void {
    if (this.#bufferedBytes + bytes.length > bufferBytes) this.flush()
    const written = { size: bytes.length, batch }
    if (bytes.length > bufferBytes) {
      this.#write(bytes, [written])
      return
    }
    this.#bufferedBytes += bytes.copy(this.#buffer, this.#bufferedBytes)
    this.#buffered.push(written)
  }

  addAborted(entry: AbortedEntry): void {
    this.segment.addAborted(entry)
  }

  /** Writes what is only in the buffer. */
  flush(): void {
    this.#write(this.#buffer.subarray(0, this.#bufferedBytes), this.#buffered)
    this.#bufferedBytes = 0
    this.#buffered = []
  }

  #write(bytes: Buffer, batches: readonly Written[]): void {
    if (bytes.length === 0) return
    let position = this.segment.size
    this.segment.file.write(bytes, position)
    this.#writtenBytes += bytes.length
    for (const { size, batch } of batches) {
      if (batch === null) this.segment.skip({ position, size })
      else this.segment.index(batch, { position, size }, this.#indexIntervalBytes)
      position += size
    }
    assert(this.segment.size === position, 'the segment holds what was written')
  }
}
