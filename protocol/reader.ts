// The cursor that every decoder reads through. Each read checks the bounds of the frame; whatever the
// bytes are, the only error is DecodeError, and no count is believed that the frame could not hold.

import { DecodeError } from './errors.ts'
import { internedString, internedUuid } from './intern.ts'
import type { UnknownTaggedField } from './tagged-fields.ts'
import { decodeUtf8 } from './utf8.ts'

const two32 = 2 ** 32
const uuidBytes = 16
const stringBytesMax = 0x7fff
/** Kafka's own limits on what one array or tag section may hold. */
const arrayElementsMax = 1_000_000
const taggedFieldsMax = 10_000

/**
 * Reads one frame, or a part of it. Buffers that it returns are slices of the frame: whoever keeps one
 * longer than the frame copies it. Reusable: `reset` starts on another frame.
 */
export class Reader {
  #buffer: Buffer
  #position: number
  #end: number

  constructor(buffer: Buffer, start = 0, end = buffer.length) {
    this.#buffer = buffer
    this.#position = start
    this.#end = end
    if (start < 0 || end > buffer.length || start > end) throw outOfBounds(start, end)
  }

  reset(buffer: Buffer, start = 0, end = buffer.length): void {
    if (start < 0 || end > buffer.length || start > end) throw outOfBounds(start, end)
    this.#buffer = buffer
    this.#position = start
    this.#end = end
  }

  /** Where the next read starts, in the buffer. */
  get position(): number {
    return this.#position
  }

  get remaining(): number {
    return this.#end - this.#position
  }

  /** Any byte but zero is true, as in Java. */
  bool(): boolean {
    return this.#buffer[this.#advance(1)] !== 0
  }

  int8(): number {
    return (this.#buffer[this.#advance(1)]! << 24) >> 24
  }

  int16(): number {
    const at = this.#advance(2)
    return ((this.#buffer[at]! << 24) >> 16) | this.#buffer[at + 1]!
  }

  uint16(): number {
    return this.int16() & 0xffff
  }

  int32(): number {
    const buffer = this.#buffer
    const at = this.#advance(4)
    return (buffer[at]! << 24) | (buffer[at + 1]! << 16) | (buffer[at + 2]! << 8) | buffer[at + 3]!
  }

  uint32(): number {
    return this.int32() >>> 0
  }

  /** Exact within ±(2^53-1); what lies beyond becomes the nearest of these two. */
  int64(): number {
    const high = this.int32()
    const value = high * two32 + this.uint32()
    if (value > Number.MAX_SAFE_INTEGER) return Number.MAX_SAFE_INTEGER
    if (value < Number.MIN_SAFE_INTEGER) return Number.MIN_SAFE_INTEGER
    return value
  }

  float64(): number {
    return this.#buffer.readDoubleBE(this.#advance(8))
  }

  /** An unsigned varint in Java's arithmetic: 32 bits that wrap, so a huge value comes out negative. */
  uvarint(): number {
    let value = this.#buffer[this.#advance(1)]!
    if (value < 0x80) return value
    value &= 0x7f
    for (let shift = 7; shift < 35; shift += 7) {
      const byte = this.#buffer[this.#advance(1)]!
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    throw new DecodeError('a varint has more than five bytes')
  }

  /** 22 characters of base64url. */
  uuid(): string {
    return internedUuid(this.#buffer, this.#advance(uuidBytes))
  }

  string(compact: boolean): string {
    return this.#text(present(this.#stringLength(compact)))
  }

  nullableString(compact: boolean): string | null {
    const length = this.#stringLength(compact)
    return length < 0 ? null : this.#text(length)
  }

  /** A string that the same clients send again and again. */
  internedString(compact: boolean): string {
    const length = present(this.#stringLength(compact))
    const start = this.#advance(length)
    return internedString(this.#buffer, start, start + length)
  }

  nullableInternedString(compact: boolean): string | null {
    const length = this.#stringLength(compact)
    if (length < 0) return null
    const start = this.#advance(length)
    return internedString(this.#buffer, start, start + length)
  }

  /** A slice of the frame: no copy. */
  bytes(compact: boolean): Buffer {
    return this.slice(present(this.#length(compact)))
  }

  nullableBytes(compact: boolean): Buffer | null {
    const length = this.#length(compact)
    return length < 0 ? null : this.slice(length)
  }

  /** The next `length` bytes, no copy. */
  slice(length: number): Buffer {
    const start = this.#advance(length)
    return this.#buffer.subarray(start, start + length)
  }

  /** `elementBytesMin`: what the smallest element takes, so that a false count is refused at once. */
  arrayLength(compact: boolean, elementBytesMin: number): number {
    return this.#plausible(present(this.#length(compact)), elementBytesMin)
  }

  /** -1 is null. */
  nullableArrayLength(compact: boolean, elementBytesMin: number): number {
    const length = this.#length(compact)
    return length < 0 ? -1 : this.#plausible(length, elementBytesMin)
  }

  /** How many tagged fields follow. */
  tagCount(): number {
    const count = this.uvarint()
    if (count > taggedFieldsMax) throw new DecodeError('too many tagged fields')
    return count
  }

  /** The error for a known tag that the version does not have: Kafka refuses it too. */
  invalidTag(tag: number): DecodeError {
    return new DecodeError(`tag ${tag} does not exist in this version`)
  }

  /** Reads a tag section of which no tag is known. */
  skipTaggedFields(): UnknownTaggedField[] | undefined {
    let unknown: UnknownTaggedField[] | undefined
    for (let left = this.tagCount(); left > 0; left--) {
      const tag = this.uvarint()
      unknown = this.unknownTaggedField(tag, this.uvarint(), unknown)
    }
    return unknown
  }

  /** Passes over a tagged field; the exact reader adds it to `unknown`. */
  unknownTaggedField(
    _tag: number,
    size: number,
    unknown: UnknownTaggedField[] | undefined,
  ): UnknownTaggedField[] | undefined {
    this.#advance(size)
    return unknown
  }

  /** Moves on by `length` bytes, which must be there, and returns where they start. */
  #advance(length: number): number {
    const start = this.#position
    const next = start + length
    if (length < 0 || next > this.#end) throw outOfBounds(start, next)
    this.#position = next
    return start
  }

  #text(length: number): string {
    if (length === 0) return ''
    const start = this.#advance(length)
    return decodeUtf8(this.#buffer, start, start + length)
  }

  #stringLength(compact: boolean): number {
    const length = compact ? (this.uvarint() - 1) | 0 : this.int16()
    if (length > stringBytesMax) throw new DecodeError('a string is longer than 32767 bytes')
    return length
  }

  #length(compact: boolean): number {
    return compact ? (this.uvarint() - 1) | 0 : this.int32()
  }

  #plausible(length: number, elementBytesMin: number): number {
    if (length > arrayElementsMax || length * elementBytesMin > this.#end - this.#position) {
      throw new DecodeError('an array is longer than the frame could hold')
    }
    return length
  }
}

/**
 * Reads like Reader and loses nothing: an int64 that Reader would make one of its two extremes comes as
 * a bigint (behind the same type, which is why only checks of whole messages use it), and unknown
 * tagged fields are kept.
 */
export class ExactReader extends Reader {
  override int64(): number {
    const high = BigInt(this.int32())
    const value = (high << 32n) | BigInt(this.uint32())
    const small = Number(value)
    const isExact = Math.abs(small) < Number.MAX_SAFE_INTEGER
    return isExact ? small : (value as unknown as number)
  }

  override unknownTaggedField(
    tag: number,
    size: number,
    unknown: UnknownTaggedField[] | undefined,
  ): UnknownTaggedField[] | undefined {
    const field = { tag, data: this.slice(size) }
    if (unknown === undefined) return [field]
    unknown.push(field)
    return unknown
  }
}

function present(length: number): number {
  if (length < 0) throw new DecodeError('a value that cannot be null is null')
  return length
}

function outOfBounds(start: number, end: number): DecodeError {
  return new DecodeError(`bytes ${start} to ${end} lie outside the frame`)
}
