// Buffers for reads, taken again and again: a fresh buffer of 1 MiB costs more than the read that
// fills it. Sizes are powers of two; what is given back is kept up to a bound.
import { assert } from '../base/assert.ts'
import { KiB, MiB } from '../base/units.ts'
import type { RecordsLoan } from './partition-store.ts'

const smallestBytes = 4 * KiB
const largestPooledBytes = 16 * MiB
const keptBytesMax = 64 * MiB

export class BufferPool {
  readonly #free = new Map<number, Buffer[]>()
  #keptBytes = 0

  /** A buffer of at least `byteLength` with arbitrary content; give it back by `giveBack`. */
  take(byteLength: number): Buffer {
    assert(byteLength > 0, 'a buffer holds something')
    if (byteLength > largestPooledBytes) return Buffer.allocUnsafeSlow(byteLength)
    const size = sizeClass(byteLength)
    const kept = this.#free.get(size)?.pop()
    if (kept === undefined) return Buffer.allocUnsafeSlow(size)
    this.#keptBytes -= size
    return kept
  }

  giveBack(buffer: Buffer): void {
    const size = buffer.length
    if (size > largestPooledBytes || this.#keptBytes + size > keptBytesMax) return
    assert(size === sizeClass(size), 'only buffers of the pool go back to it')
    const kept = this.#free.get(size)
    if (kept === undefined) this.#free.set(size, [buffer])
    else kept.push(buffer)
    this.#keptBytes += size
  }
}

function sizeClass(byteLength: number): number {
  if (byteLength <= smallestBytes) return smallestBytes
  return 2 ** (32 - Math.clz32(byteLength - 1))
}

/** The first `byteLength` bytes of a pooled buffer, until they are released. */
export class PooledRecords implements RecordsLoan {
  readonly byteLength: number
  readonly bytes: Buffer
  readonly #pool: BufferPool
  #buffer: Buffer | null

  constructor(pool: BufferPool, buffer: Buffer, byteLength: number) {
    assert(byteLength <= buffer.length, 'records fit their buffer')
    this.#pool = pool
    this.#buffer = buffer
    this.byteLength = byteLength
    this.bytes = buffer.subarray(0, byteLength)
  }

  release(): void {
    assert(this.#buffer !== null, 'records were released twice')
    this.#pool.giveBack(this.#buffer)
    this.#buffer = null
  }
}

/** The answer to a read that finds nothing. Needs no release, and takes any number. */
export const noRecords: RecordsLoan = {
  byteLength: 0,
  bytes: Buffer.alloc(0),
  release: () => undefined,
}
