import { describe, expect, test } from 'vitest'
import {
  RecordValidationError,
  checkProducedRecords,
  validateRecords,
} from '../../../protocol/batch-validation.ts'
import type { BatchRecordRules } from '../../../protocol/batch-validation.ts'
import { KafkaError } from '../../../protocol/errors.ts'
import { computeBatchCrc, setBatchMaxTimestamp } from '../../../protocol/record-batch.ts'
import {
  RecordCursor,
  buildCompressedRecordBatch,
  buildRecordBatch,
} from '../../../protocol/records.ts'
import type { NewRecord } from '../../../protocol/records.ts'

const nowMs = 1_700_000_000_000
const rules: BatchRecordRules = {
  isCompacted: false,
  timestampType: 'CreateTime',
  nowMs,
  timestampBeforeMaxMs: 1000,
  timestampAfterMaxMs: 1000,
  isRecompressed: false,
  limitBytes: 1 << 20,
}
const request = { apiVersion: 9, maxBatchBytes: 1_000_000 }

function record(timestamp: number, key: string | null = 'k'): NewRecord {
  return { timestamp, key: key === null ? null : Buffer.from(key), value: Buffer.from('v') }
}

const records = [record(nowMs), record(nowMs + 5), record(nowMs - 5)]

async function failure(run: () => unknown): Promise<KafkaError> {
  try {
    await run()
  } catch (error) {
    if (error instanceof KafkaError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

async function refusal(batch: Buffer | null, using = request): Promise<string> {
  return (await failure(() => checkProducedRecords(batch, using))).errorName
}

/** Changes a header and puts the CRC right. */
function changed(change: (batch: Buffer) => void): Buffer {
  const batch = buildRecordBatch({ records, producerId: 4, producerEpoch: 0, baseSequence: 0 })
  change(batch)
  batch.writeUInt32BE(computeBatchCrc(batch, 0), 17)
  return batch
}

describe('the records field of Produce', () => {
  test('is one batch; an incomplete second one is left out', () => {
    const batch = buildRecordBatch({ records })
    expect(checkProducedRecords(batch, request)).toBe(batch.length)
    const tail = Buffer.concat([batch, batch.subarray(0, 40)])
    expect(checkProducedRecords(tail, request)).toBe(batch.length)
  })

  test('may not be null, empty, cut, two batches or of an old magic', async () => {
    const batch = buildRecordBatch({ records })
    expect(await refusal(null)).toBe('INVALID_RECORD')
    expect(await refusal(Buffer.alloc(0))).toBe('INVALID_RECORD')
    expect(await refusal(batch.subarray(0, -1))).toBe('INVALID_RECORD')
    expect(await refusal(Buffer.concat([batch, batch]))).toBe('INVALID_RECORD')
    expect(await refusal(changed((bytes) => (bytes[16] = 1)))).toBe('INVALID_RECORD')
  })

  test('is refused by what its header says, in the order of Kafka', async () => {
    expect(await refusal(changed((batch) => batch.writeInt32BE(1, 4)))).toBe('INVALID_RECORD')
    expect(await refusal(changed((batch) => batch.writeInt32BE(1, 23)))).toBe('INVALID_RECORD')
    expect(await refusal(changed((batch) => batch.writeInt32BE(-1, 23)))).toBe('INVALID_RECORD')
    expect(await refusal(changed((batch) => batch.writeInt32BE(0, 57)))).toBe('INVALID_RECORD')
    expect(await refusal(changed((batch) => (batch[22] = 0x20)))).toBe('INVALID_RECORD')
    expect(await refusal(changed((batch) => batch.writeInt32BE(-1, 53)))).toBe('INVALID_RECORD')
    expect(await refusal(changed((batch) => (batch[22] = 5)))).toBe('UNKNOWN_SERVER_ERROR')
    const damaged = buildRecordBatch({ records })
    damaged[70]! ^= 1
    expect(await refusal(damaged)).toBe('CORRUPT_MESSAGE')
    damaged[7] = 1
    expect(await refusal(damaged)).toBe('INVALID_RECORD')
    const small = { ...request, maxBatchBytes: 60 }
    expect(await refusal(buildRecordBatch({ records }), small)).toBe('MESSAGE_TOO_LARGE')
  })

  test('may be zstd since version 7, and before version 3, which nobody checks', async () => {
    const zstd = await buildCompressedRecordBatch({ records }, 'zstd')
    const at = (apiVersion: number): number =>
      checkProducedRecords(zstd, { ...request, apiVersion })
    expect((await failure(() => at(6))).errorName).toBe('UNSUPPORTED_COMPRESSION_TYPE')
    expect(at(7)).toBe(zstd.length)
    expect(at(2)).toBe(zstd.length)
  })
})

describe('the records of a batch', () => {
  test('give the largest timestamp, whatever the header says', async () => {
    for (const codec of ['none', 'gzip', 'zstd'] as const) {
      const batch = await buildCompressedRecordBatch({ records, maxTimestamp: 3 }, codec)
      const result = await validateRecords(batch, 0, rules)
      expect(result).toEqual({ maxTimestamp: nowMs + 5, mustRebuild: false })
    }
  })

  test('may be without a timestamp', async () => {
    const batch = buildRecordBatch({ records: [record(-1), record(-1)] })
    expect(await validateRecords(batch, 0, rules)).toEqual({ maxTimestamp: -1, mustRebuild: false })
  })

  test('need a key in a compacted topic, and all that lack one are named', async () => {
    const batch = buildRecordBatch({
      records: [record(nowMs, null), record(nowMs), record(nowMs, null)],
    })
    expect((await validateRecords(batch, 0, rules)).maxTimestamp).toBe(nowMs)
    const error = await failure(() => validateRecords(batch, 0, { ...rules, isCompacted: true }))
    expect(error).toBeInstanceOf(RecordValidationError)
    expect(error.errorName).toBe('INVALID_RECORD')
    const { recordErrors } = error as RecordValidationError
    expect(recordErrors.map((refused) => refused.batchIndex)).toEqual([0, 2])
  })

  test('have timestamps within the limits of the topic', async () => {
    for (const timestamp of [nowMs - 1000, nowMs + 1000]) {
      const batch = buildRecordBatch({ records: [record(timestamp)] })
      expect((await validateRecords(batch, 0, rules)).maxTimestamp).toBe(timestamp)
    }
    for (const timestamp of [nowMs - 1001, nowMs + 1001]) {
      const batch = buildRecordBatch({ records: [record(nowMs), record(timestamp)] })
      const error = await failure(() => validateRecords(batch, 0, rules))
      expect(error.errorName).toBe('INVALID_TIMESTAMP')
      expect((error as RecordValidationError).recordErrors[0]?.batchIndex).toBe(1)
      const appendTime = { ...rules, timestampType: 'LogAppendTime' } as const
      expect((await validateRecords(batch, 0, appendTime)).mustRebuild).toBe(false)
    }
  })

  test('may not claim the append time where the topic sets it', async () => {
    const batch = buildRecordBatch({ records })
    setBatchMaxTimestamp(batch, 0, 'LogAppendTime', nowMs)
    expect((await validateRecords(batch, 0, rules)).maxTimestamp).toBe(nowMs)
    const appendTime = { ...rules, timestampType: 'LogAppendTime' } as const
    const error = await failure(() => validateRecords(batch, 0, appendTime))
    expect(error.errorName).toBe('INVALID_TIMESTAMP')
  })

  test('with gaps in their offsets make a compressed batch be built anew, and no other', async () => {
    const gaps = {
      records: [
        { ...records[0]!, offset: 0 },
        { ...records[1]!, offset: 5 },
      ],
    }
    const compressed = await buildCompressedRecordBatch(gaps, 'gzip')
    expect((await validateRecords(compressed, 0, rules)).mustRebuild).toBe(true)
    expect((await validateRecords(buildRecordBatch(gaps), 0, rules)).mustRebuild).toBe(false)
  })

  test('are not compared in size inside a compressed batch, unless it is compressed anew', async () => {
    const plain = buildRecordBatch({ records: [record(nowMs)] })
    plain[61] = plain[61]! + 2
    const { gzipSync } = await import('node:zlib')
    const body = gzipSync(plain.subarray(61))
    const batch = Buffer.concat([plain.subarray(0, 61), body])
    batch[22] = 1
    batch.writeInt32BE(batch.length - 12, 8)
    expect((await validateRecords(batch, 0, rules)).maxTimestamp).toBe(nowMs)
    const recompressed = { ...rules, isRecompressed: true }
    const error = await failure(() => validateRecords(batch, 0, recompressed))
    expect(error.errorName).toBe('INVALID_RECORD')
  })

  test('that inflate to too much are refused', async () => {
    const large = [{ ...record(nowMs), value: Buffer.alloc(100_000) }]
    const batch = await buildCompressedRecordBatch({ records: large }, 'gzip')
    const error = await failure(() => validateRecords(batch, 0, { ...rules, limitBytes: 50_000 }))
    expect(error.errorName).toBe('INVALID_RECORD')
  })

  test('are judged alike by the quick scan and by the cursor, for any damage', async () => {
    const sizes = [0, 1, 63, 64, 200, 9000]
    const mixed = sizes.map((size, index) => ({
      timestamp: nowMs + index * 100,
      key: index % 2 === 0 ? null : Buffer.alloc(size, 1),
      value: Buffer.alloc(size, 2),
      ...(index === 3 ? { headers: [{ key: 'h', value: null }] } : {}),
    }))
    const whole = buildRecordBatch({ records: mixed })
    let state = 3
    let acceptedCount = 0
    for (let round = 0; round < 2000; round++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
      const batch = Buffer.from(whole)
      batch[61 + ((state >>> 8) % (batch.length - 61))] = state >>> 24
      const byCursor = judgedByCursor(batch)
      const byValidation = await judged(batch)
      expect(byValidation, `round ${round}`).toEqual(byCursor)
      if (byCursor !== 'refused') acceptedCount++
    }
    expect(acceptedCount).toBeGreaterThan(100)
  })
})

const lenient = { ...rules, timestampBeforeMaxMs: 2 ** 53 - 1, timestampAfterMaxMs: 2 ** 53 - 1 }

async function judged(batch: Buffer): Promise<number | 'refused'> {
  try {
    return (await validateRecords(batch, 0, lenient)).maxTimestamp
  } catch (error) {
    if (error instanceof KafkaError) return 'refused'
    throw error
  }
}

function judgedByCursor(batch: Buffer): number | 'refused' {
  let max = -1
  try {
    const cursor = new RecordCursor(batch, 0)
    while (cursor.next()) max = Math.max(max, cursor.timestamp)
  } catch (error) {
    if (error instanceof KafkaError) return 'refused'
    throw error
  }
  return max
}
