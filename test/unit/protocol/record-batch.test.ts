import { describe, expect, test } from 'vitest'
import { KafkaError } from '../../../protocol/errors.ts'
import {
  batchAttributes,
  batchBaseOffset,
  batchBaseSequence,
  batchBaseTimestamp,
  batchCompression,
  batchHasDeleteHorizon,
  batchIsControl,
  batchIsTransactional,
  batchLastOffset,
  batchLastSequence,
  batchMagic,
  batchMaxTimestamp,
  batchPartitionLeaderEpoch,
  batchProducerEpoch,
  batchProducerId,
  batchRecordCount,
  batchSize,
  batchSizeAt,
  batchTimestampType,
  checkBatchCrc,
  computeBatchCrc,
  incrementSequence,
  setBatchBaseOffset,
  setBatchMaxTimestamp,
  setBatchPartitionLeaderEpoch,
} from '../../../protocol/record-batch.ts'
import { buildRecordBatch } from '../../../protocol/records.ts'

const records = [
  { timestamp: 1_700_000_000_000, key: Buffer.from('a'), value: Buffer.from('1') },
  { timestamp: 1_700_000_000_005, key: null, value: null },
]

function errorNameOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof KafkaError) return error.errorName
    throw error
  }
  return 'NONE'
}

describe('a record batch header', () => {
  test('says what it was built with', () => {
    const batch = buildRecordBatch({
      records,
      baseOffset: 2 ** 40,
      partitionLeaderEpoch: 7,
      producerId: 2 ** 33 + 1,
      producerEpoch: 3,
      baseSequence: 2 ** 31 - 1,
      isTransactional: true,
    })
    expect(batchBaseOffset(batch, 0)).toBe(2 ** 40)
    expect(batchLastOffset(batch, 0)).toBe(2 ** 40 + 1)
    expect(batchSize(batch, 0)).toBe(batch.length)
    expect(batchPartitionLeaderEpoch(batch, 0)).toBe(7)
    expect(batchMagic(batch, 0)).toBe(2)
    expect(batchProducerId(batch, 0)).toBe(2 ** 33 + 1)
    expect(batchProducerEpoch(batch, 0)).toBe(3)
    expect(batchBaseSequence(batch, 0)).toBe(2 ** 31 - 1)
    expect(batchLastSequence(batch, 0)).toBe(0)
    expect(batchRecordCount(batch, 0)).toBe(2)
    expect(batchBaseTimestamp(batch, 0)).toBe(1_700_000_000_000)
    expect(batchMaxTimestamp(batch, 0)).toBe(1_700_000_000_005)
    expect(batchIsTransactional(batch, 0)).toBe(true)
    expect(batchIsControl(batch, 0)).toBe(false)
    expect(batchHasDeleteHorizon(batch, 0)).toBe(false)
    expect(batchCompression(batch, 0)).toBe(0)
    expect(batchTimestampType(batch, 0)).toBe('CreateTime')
  })

  test('is read at any position of a larger buffer', () => {
    const batch = buildRecordBatch({ records, baseOffset: 5 })
    const log = Buffer.concat([batch, batch, Buffer.from('tail')])
    expect(batchSizeAt(log, batch.length, log.length)).toBe(batch.length)
    expect(batchBaseOffset(log, batch.length)).toBe(5)
    expect(() => checkBatchCrc(log, batch.length)).not.toThrow()
  })

  test('has no producer, sequence or epoch by default', () => {
    const batch = buildRecordBatch({ records })
    expect(batchProducerId(batch, 0)).toBe(-1)
    expect(batchProducerEpoch(batch, 0)).toBe(-1)
    expect(batchLastSequence(batch, 0)).toBe(-1)
    expect(batchPartitionLeaderEpoch(batch, 0)).toBe(-1)
  })

  test('refuses an offset beyond 2^53 and saturates a timestamp there', () => {
    const batch = buildRecordBatch({ records })
    batch.writeBigInt64BE(2n ** 53n, 0)
    batch.writeBigInt64BE(2n ** 63n - 1n, 35)
    expect(errorNameOf(() => batchBaseOffset(batch, 0))).toBe('CORRUPT_MESSAGE')
    expect(batchMaxTimestamp(batch, 0)).toBe(Number.MAX_SAFE_INTEGER)
    batch.writeBigInt64BE(-(2n ** 63n), 35)
    expect(batchMaxTimestamp(batch, 0)).toBe(Number.MIN_SAFE_INTEGER)
  })

  test('reads negative int64s', () => {
    const batch = buildRecordBatch({ records })
    for (const value of [-1, -2, -(2 ** 32), -(2 ** 40) - 5]) {
      batch.writeBigInt64BE(BigInt(value), 27)
      expect(batchBaseTimestamp(batch, 0)).toBe(value)
    }
  })
})

describe('batchSizeAt', () => {
  const batch = buildRecordBatch({ records })

  test('says incomplete at every cut of a batch', () => {
    for (let end = 0; end < batch.length; end++) expect(batchSizeAt(batch, 0, end)).toBe(-1)
    expect(batchSizeAt(batch, 0, batch.length)).toBe(batch.length)
  })

  test('refuses a length or a magic that cannot be', () => {
    const damaged = Buffer.from(batch)
    for (const length of [0, 13, -1]) {
      damaged.writeInt32BE(length, 8)
      expect(errorNameOf(() => batchSizeAt(damaged, 0, damaged.length))).toBe('CORRUPT_MESSAGE')
    }
    batch.copy(damaged)
    for (const magic of [3, -1]) {
      damaged.writeInt8(magic, 16)
      expect(errorNameOf(() => batchSizeAt(damaged, 0, damaged.length))).toBe('CORRUPT_MESSAGE')
    }
  })

  test('answers a length that overflows int32 with the error that has no code', () => {
    const damaged = Buffer.from(batch)
    damaged.writeInt32BE(2 ** 31 - 1, 8)
    expect(errorNameOf(() => batchSizeAt(damaged, 0, damaged.length))).toBe('UNKNOWN_SERVER_ERROR')
  })
})

describe('the CRC of a batch', () => {
  test('finds every flipped bit from the attributes on', () => {
    const batch = buildRecordBatch({ records })
    for (let at = 17; at < batch.length; at++) {
      const damaged = Buffer.from(batch)
      damaged[at]! ^= 1
      expect(errorNameOf(() => checkBatchCrc(damaged, 0))).toBe('CORRUPT_MESSAGE')
    }
  })

  test('does not cover base offset and leader epoch, which are assigned in place', () => {
    const batch = buildRecordBatch({ records })
    setBatchBaseOffset(batch, 0, 123_456_789_012)
    setBatchPartitionLeaderEpoch(batch, 0, 42)
    expect(() => checkBatchCrc(batch, 0)).not.toThrow()
    expect(batchBaseOffset(batch, 0)).toBe(123_456_789_012)
    expect(batchPartitionLeaderEpoch(batch, 0)).toBe(42)
  })

  test('refuses a batch without room for its header', () => {
    const batch = buildRecordBatch({ records })
    batch.writeInt32BE(48, 8)
    expect(errorNameOf(() => checkBatchCrc(batch, 0))).toBe('CORRUPT_MESSAGE')
  })
})

describe('setBatchMaxTimestamp', () => {
  test('makes the batch append-time with a right CRC', () => {
    const batch = buildRecordBatch({ records, isTransactional: true, producerId: 1 })
    setBatchMaxTimestamp(batch, 0, 'LogAppendTime', 1_800_000_000_000)
    expect(batchTimestampType(batch, 0)).toBe('LogAppendTime')
    expect(batchMaxTimestamp(batch, 0)).toBe(1_800_000_000_000)
    expect(batchIsTransactional(batch, 0)).toBe(true)
    expect(() => checkBatchCrc(batch, 0)).not.toThrow()
  })

  test('leaves the bytes alone when nothing changes', () => {
    const batch = buildRecordBatch({ records })
    batch.writeInt16BE(0x0100, 21)
    batch.writeUInt32BE(computeBatchCrc(batch, 0), 17)
    const before = Buffer.from(batch)
    setBatchMaxTimestamp(batch, 0, 'CreateTime', 1_700_000_000_005)
    expect(batch).toEqual(before)
  })

  test('clears reserved bits with a change, as Kafka does', () => {
    const batch = buildRecordBatch({ records })
    batch.writeInt16BE(0x0180, 21)
    setBatchMaxTimestamp(batch, 0, 'CreateTime', 9)
    expect(batchAttributes(batch, 0)).toBe(0)
    expect(() => checkBatchCrc(batch, 0)).not.toThrow()
  })
})

test('sequences go round from 2^31-1 to 0', () => {
  expect(incrementSequence(5, 3)).toBe(8)
  expect(incrementSequence(2 ** 31 - 1, 1)).toBe(0)
  expect(incrementSequence(2 ** 31 - 2, 4)).toBe(2)
  expect(incrementSequence(0, 0)).toBe(0)
})
