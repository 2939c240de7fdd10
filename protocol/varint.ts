// The zigzag varints of records: how large they are and how they are written. They are read by the record
// cursor (records.ts), which keeps its position in itself.

/** Bytes of a signed 32-bit varint. */
export function varintBytes(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0
  if (zigzag < 0x80) return 1
  if (zigzag < 0x4000) return 2
  if (zigzag < 0x20_0000) return 3
  return zigzag < 0x1000_0000 ? 4 : 5
}

/** Writes a signed 32-bit varint and returns the position behind it. */
export function writeVarint(buffer: Buffer, at: number, value: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0
  while (rest > 0x7f) {
    buffer[at++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  buffer[at++] = rest
  return at
}

const int32Min = -(2 ** 31)
const int32Max = 2 ** 31 - 1
const seven = 128

/** Bytes of a signed 64-bit varint that holds a safe integer. */
export function varlongBytes(value: number): number {
  if (value >= int32Min && value <= int32Max) return varintBytes(value)
  // The zigzag form is 2|v| or 2|v|-1; halved once it stays exact.
  let half = value < 0 ? -value - 1 : value
  let count = 1
  for (half = Math.floor(half / (seven / 2)); half > 0; half = Math.floor(half / seven)) count++
  return count
}

/** Writes a safe integer as signed 64-bit varint and returns the position behind it. */
export function writeVarlong(buffer: Buffer, at: number, value: number): number {
  if (value >= int32Min && value <= int32Max) return writeVarint(buffer, at, value)
  const sign = value < 0 ? 1 : 0
  const half = value < 0 ? -value - 1 : value
  let low = (half % (seven / 2)) * 2 + sign
  let rest = Math.floor(half / (seven / 2))
  while (rest > 0) {
    buffer[at++] = low | 0x80
    low = rest % seven
    rest = Math.floor(rest / seven)
  }
  buffer[at++] = low
  return at
}
