// Every golden record batch vector, made by Apache Kafka 4.4.0: see test/support/golden-record-batches.ts.
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { checkProducedRecords, validateRecords } from '../../protocol/batch-validation.ts'
import { KafkaError, errorCode } from '../../protocol/errors.ts'
import { batchIsTransactional, batchMagic } from '../../protocol/record-batch.ts'
import { checkRecordBatchLine } from '../support/golden-record-batches.ts'

interface Vector {
  readonly name: string
  readonly hex: string
  readonly produce?: { readonly errorCode: number }
}

const file = new URL('vectors/golden/record-batches.jsonl.gz', import.meta.url)
const vectors: Vector[] = gunzipSync(readFileSync(file))
  .toString('utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Vector)

test('record batches and message sets read as Java reads them, and encode back', async () => {
  const failures: string[] = []
  for (const vector of vectors) {
    const reason = await checkRecordBatchLine(vector)
    if (reason !== null) failures.push(`${vector.name}: ${reason}`)
  }
  expect(failures).toEqual([])
  expect(vectors.length).toBeGreaterThan(390)
})

const plainTopic = {
  isCompacted: false,
  timestampType: 'CreateTime',
  nowMs: 1_800_000_000_000,
  timestampBeforeMaxMs: Number.MAX_SAFE_INTEGER,
  timestampAfterMaxMs: 3_600_000,
  isRecompressed: false,
  limitBytes: 64 * 1024 * 1024,
} as const

async function produceErrorCode(records: Buffer): Promise<number> {
  try {
    // The handler asks this first: transactional records need a transactional id in the request.
    if (batchMagic(records, 0) === 2 && batchIsTransactional(records, 0)) {
      return errorCode('TRANSACTIONAL_ID_AUTHORIZATION_FAILED')
    }
    checkProducedRecords(records, { apiVersion: 9, maxBatchBytes: 1_048_588 })
    await validateRecords(records, 0, plainTopic)
    return 0
  } catch (error) {
    if (error instanceof KafkaError) return errorCode(error.errorName)
    throw error
  }
}

test('a produced batch gets the error code that Kafka answers', async () => {
  const produced = vectors.filter((vector) => vector.produce !== undefined)
  const failures: string[] = []
  for (const vector of produced) {
    const code = await produceErrorCode(Buffer.from(vector.hex, 'hex'))
    const expected = vector.produce?.errorCode
    if (code !== expected) failures.push(`${vector.name}: ${code} instead of ${expected}`)
  }
  expect(failures).toEqual([])
  expect(produced.length).toBeGreaterThan(200)
})
