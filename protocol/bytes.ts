// Big-endian fields of a Buffer by position: for fixed layouts (batch headers, index entries) where a
// cursor would cost more than the read. No bounds checks: callers know the length of what they read.

const two32 = 2 ** 32

export function readInt16(buffer: Buffer, at: number): number {
  return ((buffer[at]! << 24) >> 16) | buffer[at + 1]!
}

export function readInt32(buffer: Buffer, at: number): number {
  return (buffer[at]! << 24) | (buffer[at + 1]! << 16) | (buffer[at + 2]! << 8) | buffer[at + 3]!
}

export function readUint32(buffer: Buffer, at: number): number {
  return readInt32(buffer, at) >>> 0
}

/** An int64 as a number: exact to 2^53, beyond that the nearest double. Callers decide what to refuse. */
export function readInt64(buffer: Buffer, at: number): number {
  return readInt32(buffer, at) * two32 + readUint32(buffer, at + 4)
}

/** The number itself, or the nearest safe integer: foreign timestamps saturate in what we compute. */
export function saturate(value: number): number {
  if (value > Number.MAX_SAFE_INTEGER) return Number.MAX_SAFE_INTEGER
  if (value < Number.MIN_SAFE_INTEGER) return Number.MIN_SAFE_INTEGER
  return value
}

export function writeInt16(buffer: Buffer, at: number, value: number): void {
  buffer[at] = value >> 8
  buffer[at + 1] = value
}

export function writeInt32(buffer: Buffer, at: number, value: number): void {
  buffer[at] = value >> 24
  buffer[at + 1] = value >> 16
  buffer[at + 2] = value >> 8
  buffer[at + 3] = value
}

/** Writes a safe integer as int64. */
export function writeInt64(buffer: Buffer, at: number, value: number): void {
  writeInt32(buffer, at, Math.floor(value / two32))
  writeInt32(buffer, at + 4, value)
}
