// The five codecs of record batches behind one pair of functions. The formats that Kafka frames in its own way
// live beside it: snappy.ts (xerial blocks), lz4-frame.ts (one frame, old wrong checksums), zstd.ts.
import { constants, gzipSync } from 'node:zlib'
import { KafkaError } from './errors.ts'
import { gunzip, gunzipLater, gzipLater } from './gzip.ts'
import { compressLz4, decompressLz4 } from './lz4-frame.ts'
import type { MaybePromise } from './maybe-promise.ts'
import { compressSnappy, decompressSnappy } from './snappy.ts'
import { compressZstd, decompressZstd, zstdIsAsynchronous } from './zstd.ts'

/** Kafka's names of the codecs; the index is the id in a batch's attributes. */
export const compressionCodecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const

export type CompressionCodec = (typeof compressionCodecs)[number]

const codecIds: Record<CompressionCodec, number> = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 }

export function codecId(codec: CompressionCodec): number {
  return codecIds[codec]
}

/** The codec of an id. Throws KafkaError UNKNOWN_SERVER_ERROR, as Kafka answers, for 5 to 7. */
export function codecOfId(id: number): CompressionCodec {
  const codec = compressionCodecs[id]
  if (codec === undefined) {
    throw new KafkaError('UNKNOWN_SERVER_ERROR', `compression codec ${id} does not exist`)
  }
  return codec
}

/** True when results of the codec are promises here. */
export function isAsynchronous(codec: CompressionCodec): boolean {
  return codec === 'zstd' && zstdIsAsynchronous
}

/** Details that only messages of magic 0 need. */
export interface CompressionFormat {
  /** LZ4 frames of magic 0 carry a header checksum over the wrong bytes (KAFKA-3160): written so, not checked. */
  readonly legacyLz4Checksum?: boolean
}

/**
 * Inflates one compressed stream as Kafka does (several gzip members or zstd frames are one stream, of LZ4 the
 * first frame counts, snappy with or without xerial blocks). Throws KafkaError: UNKNOWN_SERVER_ERROR for data
 * that is no such stream (Kafka has no better code), INVALID_RECORD when it would exceed `limitBytes`.
 */
export function decompress(
  codec: CompressionCodec,
  bytes: Buffer,
  limitBytes: number,
  format: CompressionFormat = {},
): MaybePromise<Buffer> {
  switch (codec) {
    case 'none':
      return bytes
    case 'gzip':
      return gunzip(bytes, limitBytes)
    case 'snappy':
      return decompressSnappy(bytes, limitBytes)
    case 'lz4':
      return decompressLz4(bytes, limitBytes, format.legacyLz4Checksum ?? false)
    case 'zstd':
      return decompressZstd(bytes, limitBytes)
  }
}

/** As `decompress`, off the main thread where the codec can; `bytes` are not to change meanwhile. */
export function decompressLater(
  codec: CompressionCodec,
  bytes: Buffer,
  limitBytes: number,
): MaybePromise<Buffer> {
  return codec === 'gzip' ? gunzipLater(bytes, limitBytes) : decompress(codec, bytes, limitBytes)
}

/** As `compress`, off the main thread where the codec can; `bytes` are not to change meanwhile. */
export function compressLater(codec: CompressionCodec, bytes: Buffer): MaybePromise<Buffer> {
  return codec === 'gzip' ? gzipLater(bytes) : compress(codec, bytes)
}

/**
 * Compresses as Kafka's producer does. `level` is the topic's compression.<codec>.level: gzip -1 to 9, zstd
 * -131072 to 22; lz4's 1 to 17 is accepted and has no effect, as the library has one level.
 */
export function compress(
  codec: CompressionCodec,
  bytes: Buffer,
  level?: number,
  format: CompressionFormat = {},
): MaybePromise<Buffer> {
  switch (codec) {
    case 'none':
      return bytes
    case 'gzip':
      return gzipSync(bytes, { level: level ?? constants.Z_DEFAULT_COMPRESSION })
    case 'snappy':
      return compressSnappy(bytes)
    case 'lz4':
      return compressLz4(bytes, format.legacyLz4Checksum ?? false)
    case 'zstd':
      return compressZstd(bytes, level)
  }
}
