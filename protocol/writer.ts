// The cursor that every encoder writes through. Small values are packed into slabs; record batches and
// other large values are passed on uncopied, so that an answer is a list of chunks to send in order.

import { unknownTaggedFieldsOf } from './tagged-fields.ts'

const two32 = 2 ** 32
const slabBytes = 16 * 1024
/** Below this a copy is cheaper than one more chunk in the socket's vector. */
const copiedBytesMax = 4096
const asciiCharsMax = 48
const stringBytesMax = 0x7fff
const uuidChars = 22
const maxInt64 = 2n ** 63n - 1n

/** Records that are somewhere else (in a file, say) and are sent by whoever sends the answer. */
export interface RecordsSource {
  readonly byteLength: number
}

/** What a records field may hold: bytes, or the promise of bytes. */
export type Records = Buffer | RecordsSource

export interface Encoded {
  /** In sending order. */
  readonly chunks: readonly Records[]
  readonly byteLength: number
}

/** Counts the error codes of answers. */
export interface ErrorCount {
  add(code: number): void
}

/**
 * Encodes one message at a time, any number in a row. What `finish` returns belongs to the caller for
 * good: the writer goes on behind it in the same slab and never touches it again. Buffers above 4 KiB
 * are not copied, so whoever passes one leaves it unchanged until the answer is sent.
 */
export class Writer {
  #slab: Buffer = Buffer.allocUnsafeSlow(slabBytes)
  /** Where the bytes begin that are not in `#chunks` yet. */
  #start = 0
  #position = 0
  #chunks: Records[] = []
  #chunkBytes = 0
  /** Inside a tagged field nothing is passed on uncopied: its size is only known at its end. */
  #tagDepth = 0
  /** Is told of the error codes that are written; null: nobody counts them. */
  errorCount: ErrorCount | null = null

  /** Bytes of the message so far. */
  get byteLength(): number {
    return this.#chunkBytes + this.#position - this.#start
  }

  /** Forgets an unfinished message. */
  reset(): void {
    this.#position = this.#start
    this.#chunks = []
    this.#chunkBytes = 0
    this.#tagDepth = 0
  }

  /** The message, and the writer is ready for the next. */
  finish(): Encoded {
    const byteLength = this.byteLength
    this.#cut()
    const chunks = this.#chunks
    this.#chunks = []
    this.#chunkBytes = 0
    return { chunks, byteLength }
  }

  /** The same as `finish`, with an int32 of the size in front of the message. */
  finishFrame(): Encoded {
    const byteLength = this.byteLength
    const first = this.#chunks[0]
    if (first === undefined) this.#slab.writeInt32BE(byteLength - 4, this.#start)
    else if (first instanceof Buffer) first.writeInt32BE(byteLength - 4, 0)
    return this.finish()
  }

  /** Starts a frame: room for its size. */
  beginFrame(): void {
    this.reset()
    this.int32(0)
  }

  /** The message in one piece. A RecordsSource has no bytes here: a TypeError. */
  finishBuffer(): Buffer {
    const { chunks, byteLength } = this.finish()
    const first = chunks[0]
    if (chunks.length === 1 && first instanceof Buffer) return first
    return Buffer.concat(chunks.map(bytesOf), byteLength)
  }

  bool(value: boolean): void {
    this.int8(value ? 1 : 0)
  }

  int8(value: number): void {
    const at = this.#advance(1)
    this.#slab[at] = value
  }

  int16(value: number): void {
    const at = this.#advance(2)
    this.#slab[at] = value >> 8
    this.#slab[at + 1] = value
  }

  uint16(value: number): void {
    this.int16(value)
  }

  /** An int16 that says how something went. */
  errorCode(value: number): void {
    this.int16(value)
    this.errorCount?.add(value)
  }

  int32(value: number): void {
    const at = this.#advance(4)
    const slab = this.#slab
    slab[at] = value >> 24
    slab[at + 1] = value >> 16
    slab[at + 2] = value >> 8
    slab[at + 3] = value
  }

  uint32(value: number): void {
    this.int32(value)
  }

  /**
   * Exact for safe integers. The two saturated values stand for Java's own extremes, so that a
   * Long.MAX_VALUE that a client sent comes back as that.
   */
  int64(value: number): void {
    if (value >= Number.MAX_SAFE_INTEGER) {
      this.int32(0x7fffffff)
      this.int32(-1)
    } else if (value <= Number.MIN_SAFE_INTEGER) {
      this.int32(0x80000000)
      this.int32(0)
    } else {
      this.int32(Math.floor(value / two32))
      this.int32(value)
    }
  }

  float64(value: number): void {
    const at = this.#advance(8)
    this.#slab.writeDoubleBE(value, at)
  }

  /** `value` as 32 unsigned bits. */
  uvarint(value: number): void {
    let left = value
    while (left < 0 || left > 0x7f) {
      this.int8((left & 0x7f) | 0x80)
      left >>>= 7
    }
    this.int8(left)
  }

  /** From 22 characters of base64url. */
  uuid(value: string): void {
    if (value.length !== uuidChars) throw new TypeError('a uuid has 22 characters')
    const at = this.#advance(16)
    const slab = this.#slab
    let bits = 0
    let bitCount = 0
    let to = at
    for (let index = 0; index < uuidChars; index++) {
      bits = ((bits << 6) | base64Value(value.charCodeAt(index))) & 0xffff
      bitCount += 6
      if (bitCount >= 8 && to < at + 16) {
        bitCount -= 8
        slab[to++] = bits >> bitCount
      }
    }
  }

  string(value: string, compact: boolean): void {
    if (value.length <= asciiCharsMax && this.#shortAscii(value, compact)) return
    const length = Buffer.byteLength(value)
    if (length > stringBytesMax) throw new RangeError('a string is longer than 32767 bytes')
    if (compact) this.uvarint(length + 1)
    else this.int16(length)
    const at = this.#advance(length)
    this.#slab.write(value, at, length, 'utf8')
  }

  nullableString(value: string | null, compact: boolean): void {
    if (value !== null) this.string(value, compact)
    else if (compact) this.int8(0)
    else this.int16(-1)
  }

  bytes(value: Buffer, compact: boolean): void {
    this.records(value, compact)
  }

  nullableBytes(value: Buffer | null, compact: boolean): void {
    this.records(value, compact)
  }

  /** Record batches, or null. Whatever is large or a source is passed on as it is. */
  records(value: Records | null, compact: boolean): void {
    const length = value === null ? -1 : value.byteLength
    if (compact) this.uvarint(length + 1)
    else this.int32(length)
    if (value !== null) this.raw(value)
  }

  /** Bytes without a length in front. */
  raw(value: Records): void {
    if (value instanceof Buffer && (value.length <= copiedBytesMax || this.#tagDepth > 0)) {
      const at = this.#advance(value.length)
      value.copy(this.#slab, at)
      return
    }
    if (this.#tagDepth > 0) throw new TypeError('a tagged field cannot hold a records source')
    this.#cut()
    this.#chunks.push(value)
    this.#chunkBytes += value.byteLength
  }

  arrayLength(length: number, compact: boolean): void {
    if (compact) this.uvarint(length + 1)
    else this.int32(length)
  }

  /** The null array. */
  nullArray(compact: boolean): void {
    this.arrayLength(-1, compact)
  }

  /** Starts a tagged field; what it returns goes to `endTag`. */
  beginTag(tag: number): number {
    this.uvarint(tag)
    this.#tagDepth += 1
    return this.#advance(1) - this.#start
  }

  /** Fills in the size of the tagged field, and moves its bytes if the size needs more room. */
  endTag(mark: number): void {
    const sizeAt = this.#start + mark
    const size = this.#position - sizeAt - 1
    const extraBytes = uvarintBytes(size) - 1
    if (extraBytes > 0) {
      this.#advance(extraBytes)
      const from = this.#start + mark + 1
      this.#slab.copyWithin(from + extraBytes, from, from + size)
    }
    const end = this.#position
    this.#position = this.#start + mark
    this.uvarint(size)
    this.#position = end
    this.#tagDepth -= 1
  }

  /** A tag section without known fields. */
  emptyTags(_message: object): void {
    this.int8(0)
  }

  /** How many unknown tagged fields `message` brought along: only the exact writer knows any. */
  unknownTagCount(_message: object): number {
    return 0
  }

  /** Writes the unknown tagged fields from tag `from` up to `to`, which is left out. */
  unknownTags(_message: object, _from: number, _to: number): void {}

  /** Makes `length` bytes of room and returns where they start in the slab. */
  #advance(length: number): number {
    if (this.#position + length > this.#slab.length) this.#grow(length)
    const at = this.#position
    this.#position = at + length
    return at
  }

  #grow(length: number): void {
    const used = this.#position - this.#start
    const slab = Buffer.allocUnsafeSlow(Math.max(slabBytes, 2 * (used + length)))
    this.#slab.copy(slab, 0, this.#start, this.#position)
    this.#slab = slab
    this.#start = 0
    this.#position = used
  }

  /** Makes what stands in the slab a chunk of its own. */
  #cut(): void {
    const length = this.#position - this.#start
    if (length === 0) return
    this.#chunks.push(this.#slab.subarray(this.#start, this.#position))
    this.#chunkBytes += length
    this.#start = this.#position
  }

  /** Most strings are short ASCII: cheaper by hand than through the native encoder. */
  #shortAscii(value: string, compact: boolean): boolean {
    const length = value.length
    const first = this.#advance(length + 2) + (compact ? 1 : 2)
    const slab = this.#slab
    for (let index = 0; index < length; index++) {
      const code = value.charCodeAt(index)
      if (code > 0x7f) {
        this.#position = first - (compact ? 1 : 2)
        return false
      }
      slab[first + index] = code
    }
    if (compact) {
      slab[first - 1] = length + 1
      this.#position -= 1
    } else {
      slab[first - 2] = 0
      slab[first - 1] = length
    }
    return true
  }
}

/** Writes what ExactReader reads: bigints in int64 fields, unknown tagged fields in their places. */
export class ExactWriter extends Writer {
  override int64(value: number | bigint): void {
    const exact = BigInt(value)
    this.int32(Number(BigInt.asIntN(32, exact >> 32n)))
    this.int32(Number(BigInt.asIntN(32, exact & maxInt64)))
  }

  override emptyTags(message: object): void {
    this.uvarint(this.unknownTagCount(message))
    this.unknownTags(message, 0, Infinity)
  }

  override unknownTagCount(message: object): number {
    return unknownTaggedFieldsOf(message).length
  }

  override unknownTags(message: object, from: number, to: number): void {
    for (const { tag, data } of unknownTaggedFieldsOf(message)) {
      if (tag < from || tag >= to) continue
      this.uvarint(tag)
      this.uvarint(data.length)
      this.raw(data)
    }
  }
}

function uvarintBytes(value: number): number {
  let bytes = 1
  for (let left = value; left > 0x7f; left >>>= 7) bytes += 1
  return bytes
}

const base64Values = new Uint8Array(128).fill(64)
for (const [value, char] of [
  ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
].entries()) {
  base64Values[char.charCodeAt(0)] = value
}

function base64Value(code: number): number {
  const value = code < 128 ? base64Values[code]! : 64
  if (value > 63) throw new TypeError('a uuid is written in base64url')
  return value
}

function bytesOf(chunk: Records): Buffer {
  if (chunk instanceof Buffer) return chunk
  throw new TypeError('a records source has no bytes in memory')
}
