// Cuts the byte stream of one connection into frames: int32 size, then that many bytes. Memory for a
// frame grows with the bytes that have arrived, never with the size that the peer declares.
import { assert } from '../base/assert.ts'
import { limits } from '../base/limits.ts'
import type { FrameMemory } from './frame-memory.ts'

/** What the frame handler is told about the bytes it gets. */
export interface FrameSink {
  /**
   * One whole frame without its size. The bytes are borrowed: they are valid until the call returns.
   * False stops the cutting: the rest of the bytes is kept until `resume`.
   */
  onFrame(frame: Buffer): boolean
  /** A size that is negative, zero or above socket.request.max.bytes: the stream cannot be followed. */
  onBadSize(size: number, firstBytes: Buffer): void
}

const sizeBytes = 4
const growthFactor = 4

export class Framing {
  readonly #memory: FrameMemory
  /** Grows when the client has logged in. */
  frameBytesMax: number
  readonly #sink: FrameSink
  /** Size field that has arrived in part; null between frames, as most connections are most of the time. */
  #sizeField: Buffer | null = null
  #sizeHave = 0
  /** The frame that has arrived in part: its memory, bytes so far, bytes in all. */
  #part: Buffer | null = null
  #partHave = 0
  #partSize = 0
  /** Bytes that arrived but may not be cut yet. */
  #backlog: Buffer | null = null
  /** The sink said stop and nobody said resume yet. */
  #stopped = false
  #closed = false

  constructor(options: { memory: FrameMemory; frameBytesMax: number; sink: FrameSink }) {
    this.#memory = options.memory
    this.frameBytesMax = options.frameBytesMax
    this.#sink = options.sink
  }

  /** True while nothing more should be read: the sink said stop, or a frame waits for memory. */
  get stalled(): boolean {
    return this.#stopped || this.waitsForMemory
  }

  /** Bytes have arrived that may not be cut yet. */
  get hasBacklog(): boolean {
    return this.#backlog !== null
  }

  get waitsForMemory(): boolean {
    return this.#part !== null && this.#partHave === this.#part.length
  }

  /** Bytes of a frame that has arrived in part, 0 without one. */
  get partBytes(): number {
    return this.#part === null ? 0 : this.#partHave
  }

  /**
   * Where the next read should go: the rest of a frame that is half in (so that it is read in
   * place), else `scratch`.
   */
  readTarget(scratch: Buffer): Buffer {
    if (this.#part === null || this.stalled) return scratch
    const end = Math.min(this.#part.length, this.#partSize)
    return end > this.#partHave ? this.#part.subarray(this.#partHave, end) : scratch
  }

  /** Takes bytes that were just read, either into `readTarget`'s slice of a part or elsewhere. */
  push(bytes: Buffer): void {
    if (this.#closed || bytes.length === 0) return
    if (this.#part !== null && bytes.buffer === this.#part.buffer) {
      this.#partHave += bytes.length
      assert(this.#partHave <= this.#partSize, 'a part was read past its frame')
      this.#finishPart()
      return
    }
    if (this.stalled || this.#backlog !== null) {
      this.#keep(bytes)
      return
    }
    this.#cut(bytes, 'borrowed')
  }

  /** Stops the cutting until `resume`, as if the sink had said so. */
  stop(): void {
    this.#stopped = true
  }

  /** Goes on after the sink said stop, or after memory was freed. */
  resume(): void {
    if (this.#closed) return
    this.#stopped = false
    if (this.waitsForMemory && !this.#growPart()) return
    const backlog = this.#backlog
    if (backlog === null) return
    this.#backlog = null
    this.#cut(backlog, 'owned')
  }

  close(): void {
    this.#closed = true
    this.#backlog = null
    if (this.#part !== null) this.#memory.give(this.#part)
    this.#part = null
  }

  /** `owned` bytes may be kept as they are; `borrowed` ones are overwritten by the next read. */
  #cut(bytes: Buffer, ownership: 'owned' | 'borrowed'): void {
    let at = 0
    while (at < bytes.length && !this.#closed) {
      if (this.#part !== null) {
        if (this.waitsForMemory && !this.#growPart()) break
        const room = Math.min(this.#part.length, this.#partSize) - this.#partHave
        const count = Math.min(room, bytes.length - at)
        bytes.copy(this.#part, this.#partHave, at, at + count)
        this.#partHave += count
        at += count
        if (!this.#finishPart()) break
        continue
      }
      if (this.#sizeField !== null || bytes.length - at < sizeBytes) {
        const sizeField = (this.#sizeField ??= Buffer.allocUnsafe(sizeBytes))
        const count = Math.min(sizeBytes - this.#sizeHave, bytes.length - at)
        bytes.copy(sizeField, this.#sizeHave, at, at + count)
        this.#sizeHave += count
        at += count
        if (this.#sizeHave < sizeBytes) break
        this.#sizeField = null
        this.#sizeHave = 0
        const size = sizeField.readInt32BE(0)
        if (!this.#accepts(size, sizeField)) return
        this.#beginPart(size, bytes.length - at)
        continue
      }
      const size = bytes.readInt32BE(at)
      if (!this.#accepts(size, bytes.subarray(at))) return
      const start = at + sizeBytes
      if (bytes.length - start < size) {
        at = start
        this.#beginPart(size, bytes.length - at)
        continue
      }
      at = start + size
      if (!this.#deliver(bytes.subarray(start, at))) break
    }
    if (at === bytes.length || this.#closed) return
    const rest = bytes.subarray(at)
    // A copy of the rest for every frame would make a long pipeline quadratic.
    if (ownership === 'owned') this.#backlog = rest
    else this.#keep(rest)
  }

  #accepts(size: number, firstBytes: Buffer): boolean {
    if (size > 0 && size <= this.frameBytesMax) return true
    this.#closed = true
    this.#sink.onBadSize(size, firstBytes)
    return false
  }

  #beginPart(size: number, availableBytes: number): void {
    const wanted = Math.min(size, Math.max(availableBytes, limits.framePartBytesMin))
    this.#partSize = size
    this.#partHave = 0
    // Without memory the frame begins as an empty part and waits at once.
    this.#part = this.#memory.take(wanted) ?? Buffer.alloc(0)
  }

  /** More room for the part; false when there is no memory: `stalled` until `resume`. */
  #growPart(): boolean {
    const part = this.#part
    if (part === null || this.#partHave === this.#partSize) return true
    const wanted = Math.max(limits.framePartBytesMin, part.length * growthFactor)
    const grown = this.#memory.grow(part, this.#partHave, Math.min(this.#partSize, wanted))
    if (grown === null) return false
    this.#part = grown
    return true
  }

  /** Hands over the part when it is whole; false when the sink said stop or memory is short. */
  #finishPart(): boolean {
    const part = this.#part
    if (part === null) return true
    if (this.#partHave < this.#partSize) {
      return this.#partHave < part.length || this.#growPart()
    }
    this.#part = null
    const goOn = this.#deliver(part.subarray(0, this.#partSize))
    if (part.length > 0) this.#memory.give(part)
    return goOn
  }

  #deliver(frame: Buffer): boolean {
    this.#stopped = !this.#sink.onFrame(frame)
    return !this.#stopped
  }

  #keep(bytes: Buffer): void {
    this.#backlog =
      this.#backlog === null ? Buffer.from(bytes) : Buffer.concat([this.#backlog, bytes])
  }
}
