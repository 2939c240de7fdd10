// The common case of record validation in one tight pass: Produce reads every record of every batch, and a cursor
// with its error cases costs three times as much. What is not plainly regular is left to the cursor to judge.

/** What a scan is told and fills in: timestamps are deltas to the batch's base, in ms. */
export interface RecordScan {
  minTimestampDelta: number
  maxTimestampDelta: number
  everyRecordHasKey: boolean
}

/**
 * True when bytes [start, end) hold exactly `count` well-formed records whose offsets count up from 0; then `scan`
 * is filled. False says nothing but that the cursor must look: numbers above 2^20 are among the reasons.
 */
export function scanRecords(
  bytes: Buffer,
  start: number,
  end: number,
  count: number,
  scan: RecordScan,
): boolean {
  let min = Infinity
  let max = -Infinity
  let everyRecordHasKey = true
  let at = start
  for (let index = 0; index < count; index++) {
    const length = shortVarint(bytes, at)
    at += length & sizeMask
    const bodyEnd = at + unpack(length)
    const timestamp = shortVarint(bytes, at + 1)
    at += 1 + (timestamp & sizeMask)
    const offset = shortVarint(bytes, at)
    at += offset & sizeMask
    const key = shortVarint(bytes, at)
    const keyBytes = unpack(key)
    at += (key & sizeMask) + (keyBytes > 0 ? keyBytes : 0)
    const value = shortVarint(bytes, at)
    const valueBytes = unpack(value)
    at += (value & sizeMask) + (valueBytes > 0 ? valueBytes : 0)
    const headers = shortVarint(bytes, at)
    at += headers & sizeMask
    const isLong = (length & timestamp & offset & key & value & headers & isShort) === 0
    if (isLong || at > end || unpack(offset) !== index) return false
    if (headers >>> valueShift !== 0) at = skipHeaders(bytes, at, end, unpack(headers))
    if (at !== bodyEnd) return false
    const delta = unpack(timestamp)
    if (delta < min) min = delta
    if (delta > max) max = delta
    if (keyBytes < 0) everyRecordHasKey = false
  }
  if (at !== end) return false
  scan.minTimestampDelta = min
  scan.maxTimestampDelta = max
  scan.everyRecordHasKey = everyRecordHasKey
  return true
}

/** The position behind `count` headers, or -1. */
function skipHeaders(bytes: Buffer, start: number, end: number, count: number): number {
  if (count < 0) return -1
  let at = start
  for (let index = 0; index < count; index++) {
    const key = shortVarint(bytes, at)
    const keyBytes = unpack(key)
    at += (key & sizeMask) + keyBytes
    const value = shortVarint(bytes, at)
    const valueBytes = unpack(value)
    at += (value & sizeMask) + (valueBytes > 0 ? valueBytes : 0)
    if ((key & value & isShort) === 0 || keyBytes < 0 || at > end) return -1
  }
  return at
}

// A varint of one to three bytes comes back as one small integer: value, a bit that says it is one, bytes.
const sizeMask = 0x03
const isShort = 0x04
const valueShift = 3

/** The zigzag varint at `at`, packed; 0 when it is longer than three bytes or beyond the buffer. */
function shortVarint(bytes: Buffer, at: number): number {
  if (at + 3 > bytes.length) return nearEnd(bytes, at)
  const first = bytes[at]!
  if (first < 0x80) return (first << valueShift) | isShort | 1
  const second = bytes[at + 1]!
  const two = (first & 0x7f) | ((second & 0x7f) << 7)
  if (second < 0x80) return (two << valueShift) | isShort | 2
  const third = bytes[at + 2]!
  return third < 0x80 ? ((two | (third << 14)) << valueShift) | isShort | 3 : 0
}

function nearEnd(bytes: Buffer, at: number): number {
  if (at >= bytes.length) return 0
  const first = bytes[at]!
  if (first < 0x80) return (first << valueShift) | isShort | 1
  if (at + 1 >= bytes.length) return 0
  const second = bytes[at + 1]!
  const two = (first & 0x7f) | ((second & 0x7f) << 7)
  return second < 0x80 ? (two << valueShift) | isShort | 2 : 0
}

function unpack(packed: number): number {
  const raw = packed >>> valueShift
  return (raw >>> 1) ^ -(raw & 1)
}
