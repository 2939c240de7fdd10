// Gzip members in a row are one stream. Node's zlib reads them, but refuses bytes behind the last member that begin
// like a further one; Java's reader ignores them, and so do we: then the members are walked here.
import { constants, gunzip as gunzipOnPool, gunzipSync, gzip as gzipOnPool } from 'node:zlib'
import { inflateRawSync } from 'node:zlib'
import { promisify } from 'node:util'
import { crc32 } from './crc.ts'
import { corruptStream, streamTooLarge, zlibError } from './inflate-error.ts'

/** Inflates all members. Throws KafkaError as decompress says. */
export function gunzip(bytes: Buffer, limitBytes: number): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: limitBytes })
  } catch (error) {
    const refusal = zlibError('gzip', error, limitBytes)
    if (refusal.errorName === 'INVALID_RECORD') throw refusal
    return gunzipMembers(bytes, limitBytes)
  }
}

const gunzipAside = promisify(gunzipOnPool)
const gzipAside: (bytes: Buffer, options: { level: number }) => Promise<Buffer> =
  promisify(gzipOnPool)

/** As `gunzip`, off the main thread. `bytes` are not to change meanwhile. */
export async function gunzipLater(bytes: Buffer, limitBytes: number): Promise<Buffer> {
  try {
    return await gunzipAside(bytes, { maxOutputLength: limitBytes })
  } catch (error) {
    const refusal = zlibError('gzip', error, limitBytes)
    if (refusal.errorName === 'INVALID_RECORD') throw refusal
    return gunzipMembers(bytes, limitBytes)
  }
}

/** Compresses off the main thread. `bytes` are not to change meanwhile. */
export function gzipLater(bytes: Buffer, level?: number): Promise<Buffer> {
  return gzipAside(bytes, { level: level ?? constants.Z_DEFAULT_COMPRESSION })
}

const trailerBytes = 8
// Java does not look for a member in so few bytes.
const memberBytesMin = 19

function gunzipMembers(bytes: Buffer, limitBytes: number): Buffer {
  const parts: Buffer[] = []
  let total = 0
  let at = 0
  while (at === 0 || bytes.length - at >= memberBytesMin) {
    const bodyAt = skipHeader(bytes, at)
    if (bodyAt === null) {
      if (at > 0) break
      throw corruptStream('gzip', 'not a gzip member')
    }
    const { part, end } = inflateMember(bytes, bodyAt, limitBytes - total)
    total += part.length
    if (total > limitBytes) throw streamTooLarge('gzip', limitBytes)
    parts.push(part)
    at = end
  }
  return Buffer.concat(parts, total)
}

function inflateMember(
  bytes: Buffer,
  bodyAt: number,
  limitBytes: number,
): { part: Buffer; end: number } {
  const body = bytes.subarray(bodyAt)
  try {
    const { buffer, engine } = inflate(body, limitBytes)
    const trailerAt = bodyAt + engine.bytesWritten
    const isWhole = trailerAt + trailerBytes <= bytes.length
    const isRight =
      isWhole &&
      bytes.readUInt32LE(trailerAt) === crc32(buffer) &&
      bytes.readUInt32LE(trailerAt + 4) === buffer.length
    if (!isRight) throw corruptStream('gzip', 'member has a wrong trailer')
    return { part: buffer, end: trailerAt + trailerBytes }
  } catch (error) {
    throw zlibError('gzip', error, limitBytes)
  }
}

/** inflateRawSync with `info`, whose answer the types of Node 20 do not know. */
const inflate: (
  body: Buffer,
  limitBytes: number,
) => { buffer: Buffer; engine: { bytesWritten: number } } = (body, limitBytes) => {
  const answer: unknown = inflateRawSync(body, {
    info: true,
    maxOutputLength: Math.max(1, limitBytes),
  })
  if (!isInfo(answer)) throw corruptStream('gzip', 'zlib gave no information')
  return answer
}

function isInfo(answer: unknown): answer is { buffer: Buffer; engine: { bytesWritten: number } } {
  return typeof answer === 'object' && answer !== null && 'buffer' in answer && 'engine' in answer
}

const headerBytes = 10
const flagHeaderChecksum = 0x02
const flagExtra = 0x04
const flagName = 0x08
const flagComment = 0x10

/** The position behind the member header at `at`, or null when there is none. */
function skipHeader(bytes: Buffer, start: number): number | null {
  const isMember = start + headerBytes <= bytes.length && bytes.readUIntBE(start, 3) === 0x1f8b08
  if (!isMember) return null
  const flags = bytes[start + 3]!
  let at = start + headerBytes
  if ((flags & flagExtra) !== 0) {
    if (at + 2 > bytes.length) return null
    at += 2 + bytes.readUInt16LE(at)
  }
  for (const flag of [flagName, flagComment]) {
    if ((flags & flag) === 0) continue
    const zero = bytes.indexOf(0, at)
    if (zero < 0) return null
    at = zero + 1
  }
  if ((flags & flagHeaderChecksum) === 0) return at <= bytes.length ? at : null
  if (at + 2 > bytes.length) return null
  const isRight = bytes.readUInt16LE(at) === (crc32(bytes, start, at) & 0xffff)
  return isRight ? at + 2 : null
}
