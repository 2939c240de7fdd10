// Records that stay in their file until they are sent: the kernel takes them from the page cache
// (sendfile), as Apache Kafka has it do. What a socket does not take at once is read as other records
// are.
import { assert } from '../base/assert.ts'
import { KiB } from '../base/units.ts'
import type { LentFile } from '../io/disk.ts'
import type { BufferPool } from './buffer-pool.ts'
import type { RecordsLoan } from './partition-store.ts'

/** Below this a read and one write for head and records cost less than a write for each. */
export const fileRecordsMin = 64 * KiB

export class FileRecords implements RecordsLoan {
  readonly byteLength: number
  readonly #file: LentFile
  readonly #position: number
  readonly #pool: BufferPool
  readonly #onTrouble: (error: unknown) => void
  #sentBytes = 0
  #buffer: Buffer | null = null
  #isReleased = false

  /** `onTrouble` hears why the records could not be read; who asked for them gets the same error. */
  constructor(
    file: LentFile,
    at: { readonly position: number; readonly byteLength: number },
    around: { readonly pool: BufferPool; readonly onTrouble: (error: unknown) => void },
  ) {
    this.#file = file
    this.#position = at.position
    this.byteLength = at.byteLength
    this.#pool = around.pool
    this.#onTrouble = around.onTrouble
  }

  sendTo(socket: number): boolean {
    assert(!this.#isReleased && this.#buffer === null, 'records are sent before they are read')
    const left = this.byteLength - this.#sentBytes
    this.#sentBytes += this.#file.sendTo(socket, this.#position + this.#sentBytes, left)
    assert(this.#sentBytes <= this.byteLength, 'no more is sent than was asked')
    return this.#sentBytes === this.byteLength
  }

  get bytes(): Buffer {
    assert(!this.#isReleased, 'released records are not read')
    const left = this.byteLength - this.#sentBytes
    this.#buffer ??= this.#readLeft(left)
    return this.#buffer.subarray(0, left)
  }

  #readLeft(left: number): Buffer {
    const buffer = this.#pool.take(left)
    try {
      const count = this.#file.read(buffer, 0, left, this.#position + this.#sentBytes)
      assert(count === left, 'a segment is as long as it says')
      return buffer
    } catch (error) {
      this.#pool.giveBack(buffer)
      this.#onTrouble(error)
      throw error
    }
  }

  release(): void {
    assert(!this.#isReleased, 'records were released twice')
    this.#isReleased = true
    if (this.#buffer !== null) this.#pool.giveBack(this.#buffer)
    this.#file.giveBack()
  }
}
