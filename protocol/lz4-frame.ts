// LZ4 frames with the rules of Kafka's own reader: the first frame counts and what follows it is not looked at,
// blocks are independent, content size and content checksum are passed over, and the header checksum of magic 0
// covers the wrong bytes. The frame is taken apart here; a native library inflates the blocks.
import { createRequire } from 'node:module'
import { corruptStream, streamTooLarge } from './inflate-error.ts'

interface Lz4Library {
  compressFrameSync(bytes: Buffer): Buffer
  decompressFrameSync(bytes: Buffer): Buffer
}

const require = createRequire(import.meta.url)
let library: Lz4Library | undefined

function lz4(): Lz4Library {
  library ??= loadLibrary()
  return library
}

function loadLibrary(): Lz4Library {
  return require('lz4-napi')
}

const magic = 0x184d2204
const magicBytes = 4
const minHeaderBytes = 7
const contentSizeBytes = 8
const checksumBytes = 4

const flagVersionMask = 0xc0
const flagVersion = 0x40
const flagIndependent = 0x20
const flagBlockChecksum = 0x10
const flagContentSize = 0x08
const flagContentChecksum = 0x04
const flagReserved = 0x03
const descriptorReserved = 0x8f
const uncompressedBit = 0x80000000
const plainFlags = flagVersion | flagIndependent

/** Compresses into one frame; `legacyChecksum` writes the header checksum that messages of magic 0 have. */
export function compressLz4(bytes: Buffer, legacyChecksum: boolean): Buffer {
  const frame = lz4().compressFrameSync(bytes)
  if (legacyChecksum) frame[minHeaderBytes - 1] = headerChecksum(frame, 0, minHeaderBytes - 1)
  return frame
}

interface FrameHeader {
  readonly flags: number
  readonly descriptor: number
  readonly blockBytesMax: number
  readonly blocksAt: number
}

/** Inflates the first frame. Throws KafkaError as decompress says. */
export function decompressLz4(bytes: Buffer, limitBytes: number, legacyChecksum: boolean): Buffer {
  const header = readHeader(bytes, legacyChecksum)
  const trailerBytes = (header.flags & flagBlockChecksum) === 0 ? 0 : checksumBytes
  const parts: Buffer[] = []
  let total = 0
  let groupAt = header.blocksAt
  let groupBound = 0
  let at = header.blocksAt
  // Blocks are inflated in groups that cannot exceed the limit, so that a bomb is refused before it goes off.
  for (;;) {
    const size = blockSize(bytes, at, header)
    const bound = size.compressed ? header.blockBytesMax : size.bytes
    if (size.bytes === 0 || groupBound + bound > limitBytes - total) {
      if (at > groupAt) {
        const part = inflateGroup(bytes, groupAt, at, header)
        total += part.length
        if (total > limitBytes) throw streamTooLarge('lz4', limitBytes)
        parts.push(part)
      }
      if (size.bytes === 0) break
      groupAt = at
      groupBound = 0
    }
    groupBound += bound
    at += magicBytes + size.bytes + trailerBytes
  }
  if ((header.flags & flagContentChecksum) !== 0 && bytes.length - at < 2 * checksumBytes) {
    throw corruptStream('lz4', 'frame ends before its checksum')
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts, total)
}

function readHeader(bytes: Buffer, legacyChecksum: boolean): FrameHeader {
  if (bytes.length < minHeaderBytes) throw corruptStream('lz4', 'frame header is cut')
  if (bytes.readUInt32LE(0) !== magic) throw corruptStream('lz4', 'not an LZ4 frame')
  const flags = bytes[magicBytes]!
  const descriptor = bytes[magicBytes + 1]!
  const blockSizeId = (descriptor >>> 4) & 7
  if ((flags & flagVersionMask) !== flagVersion || (flags & flagReserved) !== 0) {
    throw corruptStream('lz4', `frame flags ${flags} are unknown`)
  }
  if ((flags & flagIndependent) === 0) throw corruptStream('lz4', 'linked blocks are not supported')
  if ((descriptor & descriptorReserved) !== 0 || blockSizeId < 4) {
    throw corruptStream('lz4', `block descriptor ${descriptor} is unknown`)
  }
  const sizeBytes = (flags & flagContentSize) === 0 ? 0 : contentSizeBytes
  const checksumAt = magicBytes + 2 + sizeBytes
  if (checksumAt >= bytes.length) throw corruptStream('lz4', 'frame header is cut')
  if (!legacyChecksum && bytes[checksumAt] !== headerChecksum(bytes, magicBytes, checksumAt)) {
    throw corruptStream('lz4', 'frame header checksum is wrong')
  }
  // Ids 4 to 7 are 64 KiB, 256 KiB, 1 MiB and 4 MiB.
  return { flags, descriptor, blockBytesMax: 2 ** (2 * blockSizeId + 8), blocksAt: checksumAt + 1 }
}

function blockSize(
  bytes: Buffer,
  at: number,
  { flags, blockBytesMax }: FrameHeader,
): { bytes: number; compressed: boolean } {
  if (bytes.length - at < magicBytes) throw corruptStream('lz4', 'frame ends before its end mark')
  const word = bytes.readUInt32LE(at)
  const compressed = word < uncompressedBit
  const size = compressed ? word : word - uncompressedBit
  const trailerBytes = size === 0 || (flags & flagBlockChecksum) === 0 ? 0 : checksumBytes
  if (size > blockBytesMax) throw corruptStream('lz4', `block of ${size} bytes is too large`)
  if (size + trailerBytes > bytes.length - at - magicBytes)
    throw corruptStream('lz4', 'block is cut')
  return { bytes: size, compressed }
}

/** Inflates the blocks in [start, end) as a frame of their own, without what Kafka's reader passes over. */
function inflateGroup(bytes: Buffer, start: number, end: number, header: FrameHeader): Buffer {
  const frame = Buffer.allocUnsafe(minHeaderBytes + end - start + magicBytes)
  frame.writeUInt32LE(magic, 0)
  frame[magicBytes] = plainFlags | (header.flags & flagBlockChecksum)
  frame[magicBytes + 1] = header.descriptor
  frame[magicBytes + 2] = headerChecksum(frame, magicBytes, magicBytes + 2)
  bytes.copy(frame, minHeaderBytes, start, end)
  frame.writeUInt32LE(0, frame.length - magicBytes)
  try {
    return lz4().decompressFrameSync(frame)
  } catch (error) {
    throw corruptStream('lz4', error instanceof Error ? error.message : 'unknown', error)
  }
}

const prime1 = 0x9e3779b1
const prime2 = 0x85ebca77
const prime3 = 0xc2b2ae3d
const prime4 = 0x27d4eb2f
const prime5 = 0x165667b1

/** The second byte of xxHash32 (seed 0) of [start, end), which is shorter than one stripe of 16 bytes. */
function headerChecksum(bytes: Buffer, start: number, end: number): number {
  let hash = (prime5 + end - start) | 0
  let at = start
  for (; at + 4 <= end; at += 4) {
    hash = (hash + Math.imul(bytes.readInt32LE(at), prime3)) | 0
    hash = Math.imul((hash << 17) | (hash >>> 15), prime4)
  }
  for (; at < end; at++) {
    hash = (hash + Math.imul(bytes[at]!, prime5)) | 0
    hash = Math.imul((hash << 11) | (hash >>> 21), prime1)
  }
  hash = Math.imul(hash ^ (hash >>> 15), prime2)
  hash = Math.imul(hash ^ (hash >>> 13), prime3)
  return ((hash ^ (hash >>> 16)) >>> 8) & 0xff
}
