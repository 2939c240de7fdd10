// Snappy as Kafka carries it: a raw block (librdkafka and others), or the xerial framing of snappy-java: a magic,
// two version numbers, then blocks of int32 length + raw block. The raw block is read here, because the portable
// library checks neither the output's bounds nor its length; it writes the blocks.
import { createRequire } from 'node:module'
import { readInt32, writeInt32 } from './bytes.ts'
import { corruptStream, streamTooLarge } from './inflate-error.ts'

interface SnappyLibrary {
  compress(bytes: Buffer): Buffer
}

const require = createRequire(import.meta.url)
let library: SnappyLibrary | undefined

const xerialMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
const xerialVersion = 1
const xerialHeaderBytes = 16
const blockBytes = 32 * 1024

/** Compresses into xerial blocks of 32 KiB, as Java's producer does. */
export function compressSnappy(bytes: Buffer): Buffer {
  library ??= loadLibrary()
  const header = Buffer.alloc(xerialHeaderBytes)
  xerialMagic.copy(header)
  writeInt32(header, 8, xerialVersion)
  writeInt32(header, 12, xerialVersion)
  const chunks: Buffer[] = [header]
  for (let at = 0; at < bytes.length; at += blockBytes) {
    const block = library.compress(bytes.subarray(at, at + blockBytes))
    const length = Buffer.alloc(4)
    writeInt32(length, 0, block.length)
    chunks.push(length, block)
  }
  return Buffer.concat(chunks)
}

function loadLibrary(): SnappyLibrary {
  return require('snappyjs')
}

/** Inflates xerial blocks or one raw block. Throws KafkaError as decompress says. */
export function decompressSnappy(bytes: Buffer, limitBytes: number): Buffer {
  if (bytes.length === 0) throw corruptStream('snappy', 'no bytes')
  if (!hasXerialMagic(bytes, 0)) return Buffer.concat([inflateBlock(bytes, limitBytes)])
  const blocks: Buffer[] = []
  let total = 0
  let at = xerialHeaderBytes
  // Fewer than four bytes behind a block are the end, as in snappy-java.
  while (at + 4 <= bytes.length) {
    if (hasXerialMagic(bytes, at)) {
      // Streams in a row are read as one. The version numbers are passed over, as by snappy-java.
      at += xerialHeaderBytes
      continue
    }
    const length = readInt32(bytes, at)
    at += 4
    if (length < 0 || length > bytes.length - at) {
      throw corruptStream('snappy', `block of ${length} bytes reaches beyond its end`)
    }
    const block = inflateBlock(bytes.subarray(at, at + length), limitBytes - total)
    total += block.length
    blocks.push(block)
    at += length
  }
  return blocks.length === 1 ? blocks[0]! : Buffer.concat(blocks, total)
}

function hasXerialMagic(bytes: Buffer, at: number): boolean {
  if (bytes.length - at < xerialHeaderBytes) return false
  return xerialMagic.compare(bytes, at, at + xerialMagic.length) === 0
}

function inflateBlock(block: Buffer, limitBytes: number): Buffer {
  let length = 0
  let at = 0
  for (let shift = 0, byte = 0x80; byte >= 0x80; shift += 7) {
    if (at >= block.length || shift > 28) throw corruptStream('snappy', 'block has no length')
    byte = block[at++]!
    length += (byte & 0x7f) * 2 ** shift
  }
  // Three bytes copy at most 64, so a length beyond that is a lie: refused before memory is taken for it.
  if (length > (block.length - at) * copyBytesMax) throw corruptStream('snappy', 'block is cut')
  if (length > limitBytes) throw streamTooLarge('snappy', limitBytes)
  const output = Buffer.allocUnsafe(length)
  const written = inflateElements(block, at, output)
  if (written !== length) throw corruptStream('snappy', `block gives ${written} of ${length} bytes`)
  return output
}

// The longest copy or short literal of one element.
const copyBytesMax = 64
const shortLiteralMax = 60

/** Runs the elements of a block; returns the bytes written, or -1 when one does not fit. */
function inflateElements(block: Buffer, start: number, output: Buffer): number {
  const end = block.length
  let at = start
  let out = 0
  while (at < end) {
    const tag = block[at++]!
    const kind = tag & 3
    if (kind === 0) {
      let length = (tag >>> 2) + 1
      if (length > shortLiteralMax) {
        const lengthBytes = length - shortLiteralMax
        if (at + lengthBytes > end) return -1
        length = block.readUIntLE(at, lengthBytes) + 1
        at += lengthBytes
      }
      if (length > end - at || length > output.length - out) return -1
      if (length <= 16)
        for (let index = 0; index < length; index++) output[out + index] = block[at + index]!
      else block.copy(output, out, at, at + length)
      at += length
      out += length
      continue
    }
    const offsetBytes = kind === 3 ? 4 : kind
    if (at + offsetBytes > end) return -1
    const length = kind === 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1
    const offset = kind === 1 ? ((tag >>> 5) << 8) | block[at]! : block.readUIntLE(at, offsetBytes)
    at += offsetBytes
    if (offset === 0 || offset > out || length > output.length - out) return -1
    for (let index = 0; index < length; index++) output[out + index] = output[out + index - offset]!
    out += length
  }
  return out
}
