// The hash by which Kafka's producer finds a key's partition: every client must find the same.

const seed = 0x9747b28c
const factor = 0x5bd1e995
const shift = 24

/** MurmurHash2 in 32 bits, as a signed integer. */
export function murmur2(bytes: Buffer): number {
  const { length } = bytes
  let hash = seed ^ length
  let at = 0
  for (; at + 4 <= length; at += 4) {
    let word = Math.imul(bytes.readInt32LE(at), factor)
    word ^= word >>> shift
    hash = Math.imul(hash, factor) ^ Math.imul(word, factor)
  }
  if (length - at >= 3) hash ^= bytes.readUInt8(at + 2) << 16
  if (length - at >= 2) hash ^= bytes.readUInt8(at + 1) << 8
  if (length - at >= 1) hash = Math.imul(hash ^ bytes.readUInt8(at), factor)
  hash ^= hash >>> 13
  hash = Math.imul(hash, factor)
  return hash ^ (hash >>> 15)
}
