// Memory of request frames that have arrived in part. The sum over all connections is bounded
// (queued.max.request.bytes); beyond it a connection waits. Buffers of the common sizes are reused,
// because a fresh 1 MiB buffer costs more in page faults than the request in it.
import { assert } from '../base/assert.ts'
import { limits } from '../base/limits.ts'
import { KiB, MiB } from '../base/units.ts'

/** A connection that waits for memory. */
export interface MemoryWaiter {
  /** Tries again; called in the order of waiting. */
  memoryFreed(): void
}

const pooledSizes: readonly number[] = [4 * KiB, 16 * KiB, 64 * KiB, 256 * KiB, 1 * MiB]

export class FrameMemory {
  readonly #bytesMax: number
  readonly #pools = new Map<number, Buffer[]>(pooledSizes.map((size) => [size, []]))
  readonly #waiters = new Set<MemoryWaiter>()
  #pooledBytes = 0
  #takenBytes = 0
  #wakeScheduled = false

  constructor(options: { bytesMax: number }) {
    this.#bytesMax = options.bytesMax
  }

  get takenBytes(): number {
    return this.#takenBytes
  }

  get waiterCount(): number {
    return this.#waiters.size
  }

  /** A buffer of at least `byteLength`; null when the bound is reached: then wait. */
  take(byteLength: number): Buffer | null {
    return this.#take(byteLength, 0)
  }

  /** Moves the first `usedBytes` to a larger buffer and gives the smaller back; null as in `take`. */
  grow(part: Buffer, usedBytes: number, byteLength: number): Buffer | null {
    const grown = this.#take(byteLength, part.length)
    if (grown === null) return null
    part.copy(grown, 0, 0, usedBytes)
    if (part.length > 0) this.give(part)
    return grown
  }

  #take(byteLength: number, heldBytes: number): Buffer | null {
    const size = pooledSizes.find((pooled) => byteLength <= pooled) ?? byteLength
    // An only taker always gets its buffer, so that one frame above the bound is still served.
    const othersBytes = this.#takenBytes - heldBytes
    if (othersBytes > 0 && othersBytes + size > this.#bytesMax) return null
    this.#takenBytes += size
    const reused = this.#pools.get(size)?.pop()
    if (reused === undefined) return Buffer.allocUnsafeSlow(size)
    this.#pooledBytes -= size
    return reused
  }

  /** Gives back what `take` returned; nobody may hold a slice of it any more. */
  give(buffer: Buffer): void {
    this.#takenBytes -= buffer.length
    assert(this.#takenBytes >= 0, 'more frame memory given back than taken')
    this.#wakeWaiters()
    const pool = this.#pools.get(buffer.length)
    if (pool === undefined || this.#pooledBytes + buffer.length > limits.framePoolBytesMax) return
    pool.push(buffer)
    this.#pooledBytes += buffer.length
  }

  wait(waiter: MemoryWaiter): void {
    this.#waiters.add(waiter)
  }

  stopWaiting(waiter: MemoryWaiter): void {
    this.#waiters.delete(waiter)
  }

  #wakeWaiters(): void {
    if (this.#waiters.size === 0 || this.#wakeScheduled) return
    this.#wakeScheduled = true
    setImmediate(() => {
      this.#wakeScheduled = false
      const waiters = [...this.#waiters]
      this.#waiters.clear()
      for (const waiter of waiters) waiter.memoryFreed()
    })
  }
}
