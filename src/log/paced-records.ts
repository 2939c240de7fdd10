// The records of one batch for work in the background: a large batch is inflated and compressed off
// the main thread where its codec can, and looked through in pieces between which requests are served.
import { chain } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import { KiB } from '../base/units.ts'
import { codecOfId, compress, compressLater, decompressLater } from '../../protocol/compression.ts'
import { batchCompression, batchHeaderBytes } from '../../protocol/record-batch.ts'
import { RecordCursor, inflateRecords } from '../../protocol/records.ts'
import type { Pace } from './pace.ts'

// Below this, handing the bytes over costs more than the work.
const largeBytesMin = 32 * KiB
// Records between two looks at the clock.
const recordsPerLook = 64

/** The inflated records of `batch`, undefined when they are not compressed; see inflateRecords. */
export function inflatePaced(batch: Buffer, limitBytes: number): MaybePromise<Buffer | undefined> {
  if (batch.length < largeBytesMin || batchCompression(batch, 0) === 0) {
    return inflateRecords(batch, 0, limitBytes)
  }
  const codec = codecOfId(batchCompression(batch, 0))
  return decompressLater(codec, batch.subarray(batchHeaderBytes), limitBytes)
}

/** Records as `batch` has them compressed. */
export function compressAs(batch: Buffer, plain: Buffer): MaybePromise<Buffer> {
  const codec = codecOfId(batchCompression(batch, 0))
  return plain.length < largeBytesMin ? compress(codec, plain) : compressLater(codec, plain)
}

/** Calls `visit` at every record until it answers false; answers what it answered last. */
export function eachRecord(
  cursor: RecordCursor,
  pace: Pace,
  visit: () => boolean,
): MaybePromise<boolean> {
  for (let count = 1; cursor.next(); count++) {
    if (!visit()) return false
    if (count % recordsPerLook === 0 && pace.isDue) {
      return chain(pace.spend(0), () => eachRecord(cursor, pace, visit))
    }
  }
  return true
}
