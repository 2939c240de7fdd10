import { describe, expect, test } from 'vitest'
import { compressionCodecs } from '../../../protocol/compression.ts'
import { KafkaError } from '../../../protocol/errors.ts'
import {
  batchBaseTimestamp,
  batchCompression,
  batchHasDeleteHorizon,
  batchLastOffset,
  batchMaxTimestamp,
  batchRecordCount,
  checkBatchCrc,
} from '../../../protocol/record-batch.ts'
import {
  RecordCursor,
  buildCompressedRecordBatch,
  buildRecordBatch,
  inflateRecords,
  readRecords,
} from '../../../protocol/records.ts'
import type { NewRecord } from '../../../protocol/records.ts'
import { varintBytes, varlongBytes, writeVarint, writeVarlong } from '../../../protocol/varint.ts'

const limitBytes = 1 << 20

const records: NewRecord[] = [
  { timestamp: 1_700_000_000_000, key: Buffer.from('key'), value: Buffer.from('value') },
  { timestamp: 1_699_999_999_000, key: null, value: Buffer.alloc(0) },
  {
    timestamp: 1_700_000_100_000,
    key: Buffer.alloc(0),
    value: null,
    headers: [
      { key: 'ключ', value: Buffer.from('x') },
      { key: '', value: null },
      { key: 'ключ', value: Buffer.alloc(200, 1) },
    ],
  },
]

describe('records', () => {
  test('are read as they were built, with every codec', async () => {
    for (const codec of compressionCodecs) {
      const batch = await buildCompressedRecordBatch({ records, baseOffset: 1000 }, codec)
      expect(() => checkBatchCrc(batch, 0)).not.toThrow()
      const read = await readRecords(batch, 0, limitBytes)
      const expected = records.map((record, index) => ({
        ...record,
        offset: 1000 + index,
        headers: record.headers ?? [],
      }))
      expect(read).toEqual(expected)
      expect(batchMaxTimestamp(batch, 0)).toBe(1_700_000_100_000)
      expect(compressionCodecs[batchCompression(batch, 0)]).toBe(codec)
    }
  })

  test('keep the bytes of Kafka for a known batch', () => {
    // The golden vector v2/none/one.
    const hex =
      '0000000000000000000000400000000c02db5e9cdd0000000000000000018bcfe568000000018bcfe56800ffffffffffffffffffffffffffff000000011c000000066b65790a76616c756500'
    const built = buildRecordBatch({ records: records.slice(0, 1), partitionLeaderEpoch: 12 })
    expect(built.toString('hex')).toBe(hex)
  })

  test('keep gaps in offsets and the last offset beyond them', async () => {
    const gaps = [
      { ...records[0]!, offset: 12 },
      { ...records[1]!, offset: 17 },
    ]
    const batch = buildRecordBatch({ records: gaps, baseOffset: 10, lastOffset: 20 })
    expect(batchLastOffset(batch, 0)).toBe(20)
    const read = await readRecords(batch, 0, limitBytes)
    expect(read.map((record) => record.offset)).toEqual([12, 17])
  })

  test('count timestamps from the delete horizon where there is one', async () => {
    const batch = buildRecordBatch({ records, deleteHorizonMs: 1_800_000_000_000 })
    expect(batchHasDeleteHorizon(batch, 0)).toBe(true)
    expect(batchBaseTimestamp(batch, 0)).toBe(1_800_000_000_000)
    const read = await readRecords(batch, 0, limitBytes)
    expect(read.map((record) => record.timestamp)).toEqual(
      records.map(({ timestamp }) => timestamp),
    )
  })

  test('all have the append time where the batch has one', async () => {
    const batch = buildRecordBatch({ records, timestampType: 'LogAppendTime', maxTimestamp: 77 })
    const read = await readRecords(batch, 0, limitBytes)
    expect(read.map((record) => record.timestamp)).toEqual([77, 77, 77])
  })

  test('of an empty batch, as compaction leaves it, are none', async () => {
    const batch = buildRecordBatch({ records: [], baseOffset: 5, lastOffset: 9, maxTimestamp: 3 })
    expect(batchRecordCount(batch, 0)).toBe(0)
    expect(batchLastOffset(batch, 0)).toBe(9)
    expect(await readRecords(batch, 0, limitBytes)).toEqual([])
  })

  test('keep timestamps far apart exactly', async () => {
    const far = [0, 2 ** 52, -1, 2 ** 31, -(2 ** 33)].map((timestamp) => ({
      ...records[0]!,
      timestamp,
    }))
    const read = await readRecords(buildRecordBatch({ records: far }), 0, limitBytes)
    expect(read.map((record) => record.timestamp)).toEqual(far.map(({ timestamp }) => timestamp))
  })
})

describe('a record cursor', () => {
  test('says where each record is and how large', () => {
    const batch = buildRecordBatch({ records })
    const cursor = new RecordCursor(batch, 0)
    let total = 61
    while (cursor.next()) total += cursor.size
    expect(total).toBe(batch.length)
    expect(cursor.count).toBe(3)
    expect(cursor.next()).toBe(false)
  })

  test('reads headers as often as it is asked', () => {
    const cursor = new RecordCursor(buildRecordBatch({ records: records.slice(2) }), 0)
    cursor.next()
    expect(cursor.headers()).toEqual(cursor.headers())
    expect(cursor.headers()).toHaveLength(3)
    expect(cursor.hasKey()).toBe(true)
    expect(cursor.hasValue()).toBe(false)
  })

  test('refuses every cut of the records', () => {
    const plain = buildRecordBatch({ records })
    for (let length = 61; length < plain.length; length++) {
      const cut = Buffer.from(plain.subarray(0, length))
      cut.writeInt32BE(length - 12, 8)
      const cursor = new RecordCursor(cut, 0)
      expect(() => {
        while (cursor.next());
      }).toThrow(KafkaError)
    }
  })

  test('does not read into the batch behind its own', () => {
    const batch = buildRecordBatch({ records })
    const two = Buffer.concat([batch, batch])
    two.writeInt32BE(batch.length - 13, 8)
    const cursor = new RecordCursor(two, 0)
    expect(() => {
      while (cursor.next());
    }).toThrow('INVALID_RECORD')
  })

  test('refuses a negative count and bytes behind the last record', () => {
    const batch = buildRecordBatch({ records })
    batch.writeInt32BE(-1, 57)
    expect(() => new RecordCursor(batch, 0)).toThrow('INVALID_RECORD')
    batch.writeInt32BE(1, 57)
    expect(() => new RecordCursor(batch, 0).next()).toThrow('INVALID_RECORD')
  })

  test('gives compressed batches only to those who inflate them first', async () => {
    const batch = await buildCompressedRecordBatch({ records }, 'gzip')
    const inflated = await inflateRecords(batch, 0, limitBytes)
    const cursor = new RecordCursor(batch, 0, inflated)
    expect(cursor.next()).toBe(true)
    expect(cursor.key()).toEqual(Buffer.from('key'))
    expect(inflateRecords(buildRecordBatch({ records }), 0, limitBytes)).toBeUndefined()
  })
})

describe('varints', () => {
  test('take the bytes that they say, and hold the value', () => {
    const bytes = Buffer.alloc(16)
    for (const value of [
      0,
      -1,
      63,
      64,
      -65,
      8191,
      8192,
      2 ** 20,
      2 ** 27,
      2 ** 31 - 1,
      -(2 ** 31),
    ]) {
      expect(writeVarint(bytes, 3, value) - 3).toBe(varintBytes(value))
      expect(writeVarlong(bytes, 3, value) - 3).toBe(varlongBytes(value))
    }
    const large = [2 ** 31, -(2 ** 31) - 1, 2 ** 34, 2 ** 41, 2 ** 48 - 1, 2 ** 48, -(2 ** 48)]
    for (const value of [...large, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]) {
      expect(writeVarlong(bytes, 0, value)).toBe(varlongBytes(value))
      const zigzag = BigInt(value) >= 0n ? BigInt(value) * 2n : -BigInt(value) * 2n - 1n
      let read = 0n
      for (let at = 0; at < varlongBytes(value); at++) {
        read |= BigInt(bytes[at]! & 0x7f) << BigInt(7 * at)
      }
      expect(read).toBe(zigzag)
    }
  })
})
