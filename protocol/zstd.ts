// Zstandard: frames in a row are one stream. Node's own zlib is used where it has zstd (22.15 and later), else a
// native package that works asynchronously and without an output limit; so frames are walked here first, which
// bounds what they can become before anything is inflated.
import { createRequire } from 'node:module'
import { corruptStream, streamTooLarge, zlibError } from './inflate-error.ts'

interface ZstdLibrary {
  compress(bytes: Buffer, level?: number): Promise<Buffer>
  decompress(bytes: Buffer): Promise<Buffer>
}

interface ZlibZstd {
  zstdCompressSync?: (bytes: Buffer, options: { params: Record<number, number> }) => Buffer
  zstdDecompressSync?: (bytes: Buffer, options: { maxOutputLength: number }) => Buffer
}

const require = createRequire(import.meta.url)
const nodeZlib: ZlibZstd = require('node:zlib')
let library: ZstdLibrary | undefined

function zstd(): ZstdLibrary {
  library ??= loadLibrary()
  return library
}

function loadLibrary(): ZstdLibrary {
  return require('@mongodb-js/zstd')
}

const levelDefault = 3
// ZSTD_c_compressionLevel of zstd.h.
const levelParameter = 100

/** True where zstd works in a thread of libuv's pool: its results are promises. */
export const zstdIsAsynchronous = nodeZlib.zstdDecompressSync === undefined

/** Compresses into one frame; at once where Node has zstd, else in a thread of libuv's pool. */
export function compressZstd(bytes: Buffer, level = levelDefault): Buffer | Promise<Buffer> {
  if (nodeZlib.zstdCompressSync !== undefined) {
    return nodeZlib.zstdCompressSync(bytes, { params: { [levelParameter]: level } })
  }
  return zstd().compress(bytes, level)
}

/** Inflates the frames in a row. Throws, or rejects with, KafkaError as decompress says. */
export function decompressZstd(bytes: Buffer, limitBytes: number): Buffer | Promise<Buffer> {
  const frames = splitFrames(bytes)
  if (frames.length === 0) return Buffer.alloc(0)
  const sync = nodeZlib.zstdDecompressSync
  if (sync !== undefined) return decompressSync(sync, frames, limitBytes)
  let bound = 0
  for (const frame of frames) bound += frame.bytesMax
  if (bound > limitBytes) throw streamTooLarge('zstd', limitBytes)
  return decompressAsync(frames)
}

function decompressSync(
  sync: NonNullable<ZlibZstd['zstdDecompressSync']>,
  frames: readonly Frame[],
  limitBytes: number,
): Buffer {
  const parts: Buffer[] = []
  let total = 0
  for (const frame of frames) {
    try {
      const part = sync(frame.bytes, { maxOutputLength: Math.max(1, limitBytes - total) })
      total += part.length
      parts.push(part)
    } catch (error) {
      throw zlibError('zstd', error, limitBytes)
    }
  }
  if (total > limitBytes) throw streamTooLarge('zstd', limitBytes)
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts, total)
}

async function decompressAsync(frames: readonly Frame[]): Promise<Buffer> {
  const parts: Buffer[] = []
  for (const frame of frames) {
    try {
      parts.push(await zstd().decompress(frame.bytes))
    } catch (error) {
      throw corruptStream('zstd', error instanceof Error ? error.message : 'unknown', error)
    }
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
}

interface Frame {
  readonly bytes: Buffer
  /** The most that its blocks can inflate to. */
  readonly bytesMax: number
}

const frameMagic = 0xfd2fb528
const frameMagicBytes = Buffer.from('28b52ffd', 'hex')
const skippableMagic = 0x184d2a50
const skippableMask = 0xfffffff0
const checksumFlag = 0x04
const reservedFlag = 0x08
const singleSegmentFlag = 0x20
const dictionaryIdBytes = [0, 1, 2, 4] as const
const contentSizeBytes = [0, 2, 4, 8] as const
const blockHeaderBytes = 3
const checksumBytes = 4
const blockBytesMax = 128 * 1024
const rawBlock = 0
const rleBlock = 1
const reservedBlock = 3

/**
 * The data frames of a stream; skippable frames are left out. A cut frame is an error only if it is the first: the
 * reader that Kafka uses takes the end of one complete frame for the end of the stream.
 */
function splitFrames(bytes: Buffer): Frame[] {
  const frames: Frame[] = []
  let at = 0
  while (at < bytes.length) {
    const end = frameEnd(bytes, at)
    if (end === cut) {
      if (frames.length > 0) break
      throw corruptStream('zstd', 'frame is cut')
    }
    if (bytes.readUInt32LE(at) === frameMagic) {
      frames.push({ bytes: bytes.subarray(at, end), bytesMax: frameBytesMax(bytes, at) })
    }
    at = end
  }
  return frames
}

const cut = -1

/** The position behind the frame at `start`, or `cut`. */
function frameEnd(bytes: Buffer, start: number): number {
  const magicIsWhole = start + 4 <= bytes.length
  const magic = magicIsWhole ? bytes.readUInt32LE(start) : frameMagic
  if ((magic & skippableMask) >>> 0 === skippableMagic) {
    const end = start + 8 + readLittleEndian(bytes, start + 4, 4)
    return end <= bytes.length ? end : cut
  }
  const isFrame = magicIsWhole
    ? magic === frameMagic
    : frameMagicBytes.subarray(0, bytes.length - start).equals(bytes.subarray(start))
  if (!isFrame) throw corruptStream('zstd', 'not a zstd frame')
  if (start + 5 > bytes.length) return cut
  let at = blocksStart(bytes, start)
  for (let isLast = false; !isLast;) {
    if (at + blockHeaderBytes > bytes.length) return cut
    const header = bytes.readUIntLE(at, blockHeaderBytes)
    isLast = (header & 1) !== 0
    const kind = (header >>> 1) & 3
    const size = header >>> 3
    if (kind === reservedBlock) throw corruptStream('zstd', 'block kind is unknown')
    if (size > blockBytesMax) throw corruptStream('zstd', `block of ${size} bytes is too large`)
    at += blockHeaderBytes + (kind === rleBlock ? 1 : size)
  }
  if ((bytes[start + 4]! & checksumFlag) !== 0) at += checksumBytes
  return at <= bytes.length ? at : cut
}

/** The position of the first block of the frame at `start`, whose descriptor byte is there. */
function blocksStart(bytes: Buffer, start: number): number {
  if ((bytes[start + 4]! & reservedFlag) !== 0) throw corruptStream('zstd', 'reserved bit is set')
  const { at, bytes: sizeBytes } = contentSizeField(bytes, start)
  return at + sizeBytes
}

/** Where the field that states the content size is, and its length, which may be 0. */
function contentSizeField(bytes: Buffer, start: number): { at: number; bytes: number } {
  const descriptor = bytes[start + 4]!
  const isSingleSegment = (descriptor & singleSegmentFlag) !== 0
  const sizeId = descriptor >>> 6
  const windowBytes = isSingleSegment ? 0 : 1
  return {
    at: start + 5 + windowBytes + dictionaryIdBytes[descriptor & 3]!,
    bytes: sizeId === 0 && isSingleSegment ? 1 : contentSizeBytes[sizeId]!,
  }
}

/** The most that the complete frame at `start` can inflate to, by its blocks and by what it states. */
function frameBytesMax(bytes: Buffer, start: number): number {
  let bytesMax = 0
  let at = blocksStart(bytes, start)
  for (let isLast = false; !isLast;) {
    const header = bytes.readUIntLE(at, blockHeaderBytes)
    isLast = (header & 1) !== 0
    const kind = (header >>> 1) & 3
    const size = header >>> 3
    bytesMax += kind === rawBlock || kind === rleBlock ? size : blockBytesMax
    at += blockHeaderBytes + (kind === rleBlock ? 1 : size)
  }
  const field = contentSizeField(bytes, start)
  if (field.bytes === 0) return bytesMax
  const low = bytes.readUIntLE(field.at, Math.min(field.bytes, 4))
  const high = field.bytes === 8 ? bytes.readUInt32LE(field.at + 4) : 0
  // Two-byte sizes begin at 256.
  const stated = high * 2 ** 32 + low + (field.bytes === 2 ? 256 : 0)
  return Math.min(stated, bytesMax)
}

function readLittleEndian(bytes: Buffer, at: number, count: number): number {
  if (at + count > bytes.length) throw corruptStream('zstd', 'frame is cut')
  return bytes.readUIntLE(at, count)
}
