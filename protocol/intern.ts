// A bounded cache from bytes to strings, for values that clients send in every request: topic names,
// group ids, client ids, topic ids. A hit makes no string; a collision only replaces an entry.

import { decodeUtf8 } from './utf8.ts'

const slotCount = 1024
const internedBytesMax = 128
const uuidSlotCount = 256
const uuidBytes = 16

const strings: string[] = new Array<string>(slotCount).fill('')
const uuidWords = new Int32Array(uuidSlotCount * 4)
const uuidStrings: string[] = new Array<string>(uuidSlotCount).fill('A'.repeat(22))

/** The text of `buffer[start, end)`. Only ASCII is kept, so that characters and bytes compare. */
export function internedString(buffer: Buffer, start: number, end: number): string {
  const length = end - start
  if (length === 0) return ''
  if (length > internedBytesMax) return decodeUtf8(buffer, start, end)
  let hash = length
  for (let index = start; index < end; index++) {
    const byte = buffer[index]!
    if (byte > 0x7f) return decodeUtf8(buffer, start, end)
    hash = (Math.imul(hash, 31) + byte) | 0
  }
  const slot = (hash ^ (hash >>> 10) ^ (hash >>> 20)) & (slotCount - 1)
  const known = strings[slot]!
  if (known.length === length && isSame(known, buffer, start)) return known
  const decoded = buffer.toString('latin1', start, end)
  strings[slot] = decoded
  return decoded
}

/** The 16 bytes at `start` as 22 characters of base64url. */
export function internedUuid(buffer: Buffer, start: number): string {
  const a = wordAt(buffer, start)
  const b = wordAt(buffer, start + 4)
  const c = wordAt(buffer, start + 8)
  const d = wordAt(buffer, start + 12)
  const hash = a ^ b ^ c ^ d
  const slot = (hash ^ (hash >>> 8) ^ (hash >>> 16) ^ (hash >>> 24)) & (uuidSlotCount - 1)
  const at = slot * 4
  if (
    uuidWords[at] === a &&
    uuidWords[at + 1] === b &&
    uuidWords[at + 2] === c &&
    uuidWords[at + 3] === d
  ) {
    return uuidStrings[slot]!
  }
  const decoded = buffer.toString('base64url', start, start + uuidBytes)
  uuidWords[at] = a
  uuidWords[at + 1] = b
  uuidWords[at + 2] = c
  uuidWords[at + 3] = d
  uuidStrings[slot] = decoded
  return decoded
}

function isSame(known: string, buffer: Buffer, start: number): boolean {
  for (let index = 0; index < known.length; index++) {
    if (known.charCodeAt(index) !== buffer[start + index]) return false
  }
  return true
}

function wordAt(buffer: Buffer, at: number): number {
  return (buffer[at]! << 24) | (buffer[at + 1]! << 16) | (buffer[at + 2]! << 8) | buffer[at + 3]!
}
