import { describe, expect, test } from 'vitest'
import { buildCompressedRecordBatch } from '../../../protocol/records.ts'
import { append, baseOffsets, batch, now, readBytes, startMs, world } from './fixtures.ts'
import type { PartitionLog } from '../../../src/log/partition-log.ts'

function logOf(sizes: readonly number[], config = {}): PartitionLog {
  const log = world({ config }).create()
  sizes.forEach((count, n) => append(log, batch({ count, timestamp: startMs + n * 100 })))
  return log
}

describe('reading', () => {
  test('begins with the whole batch that holds the offset', () => {
    const log = logOf([3, 4, 2])
    expect(baseOffsets(readBytes(log, 4))).toEqual([3, 7])
    expect(baseOffsets(readBytes(log, 7))).toEqual([7])
  })

  test('every offset of a long log is found through the index', () => {
    const log = logOf(Array.from({ length: 200 }, () => 3))
    for (let offset = 0; offset < 600; offset += 7) {
      expect(baseOffsets(readBytes(log, offset))[0]).toBe(offset - (offset % 3))
    }
  })

  test('ends inside a batch when the bytes are used up, as Kafka', () => {
    const log = logOf([1, 1, 1])
    const size = batch().length
    expect(readBytes(log, 0, { maxBytes: size + 17 }).length).toBe(size + 17)
  })

  test('returns the first batch whole, or nothing when that is not asked for', () => {
    const log = logOf([1, 1])
    const size = batch().length
    expect(readBytes(log, 0, { maxBytes: 1 }).length).toBe(size)
    expect(readBytes(log, 0, { maxBytes: size - 1, minOneBatch: false }).length).toBe(0)
    expect(readBytes(log, 0, { maxBytes: size, minOneBatch: false }).length).toBe(size)
  })

  test('stays within one segment', () => {
    const log = logOf([1, 1, 1, 1, 1], { segmentBytes: batch().length * 2 })
    expect(baseOffsets(readBytes(log, 0))).toEqual([0, 1])
    expect(baseOffsets(readBytes(log, 2))).toEqual([2, 3])
  })

  test('at the end is empty, beyond it and below the start is out of range', () => {
    const log = logOf([2])
    expect(readBytes(log, 2).length).toBe(0)
    expect(() => readBytes(log, 3)).toThrow('OFFSET_OUT_OF_RANGE')
    expect(() => readBytes(log, -1)).toThrow('OFFSET_OUT_OF_RANGE')
  })

  test('readable bytes are those from the batch of the offset to the end, up to a bound', () => {
    const log = logOf([1, 1, 1, 1, 1], { segmentBytes: batch().length * 2 })
    const size = batch().length
    expect(log.readableBytes(0, 'high-watermark', 100_000)).toBe(size * 5)
    expect(log.readableBytes(3, 'high-watermark', 100_000)).toBe(size * 2)
    expect(log.readableBytes(0, 'high-watermark', 10)).toBe(10)
    expect(log.readableBytes(5, 'high-watermark', 10)).toBe(0)
    expect(log.readableBytes(99, 'high-watermark', 10)).toBe(0)
  })
})

describe('offsets by time', () => {
  test('the first record that is not older is found, to the record', () => {
    const log = logOf([10, 10, 10])
    const at = (ms: number): number | undefined =>
      now(log.offsetForTimestamp(startMs + ms, 'high-watermark'))?.offset
    expect(at(-5000)).toBe(0)
    expect(at(4)).toBe(4)
    expect(at(50)).toBe(10)
    expect(at(205)).toBe(25)
    expect(at(210)).toBeUndefined()
  })

  test('the answer carries time and leader epoch of the record', () => {
    const log = logOf([2])
    expect(now(log.offsetForTimestamp(startMs + 1, 'high-watermark'))).toEqual({
      timestampMs: startMs + 1,
      offset: 1,
      leaderEpoch: 0,
    })
  })

  test('it is found in later segments and inside compressed batches', async () => {
    const log = world({ config: { segmentBytes: 300 } }).create()
    for (let n = 0; n < 9; n++) {
      const records = [0, 1, 2].map((index) => ({
        timestamp: startMs + n * 100 + index,
        key: null,
        value: Buffer.from('v'),
      }))
      append(log, await buildCompressedRecordBatch({ records }, 'gzip'))
    }
    expect(log.segments.length).toBeGreaterThan(2)
    const found = await log.offsetForTimestamp(startMs + 701, 'high-watermark')
    expect(found?.offset).toBe(22)
  })

  test('records below the log start and at the limit are not seen', () => {
    const log = logOf([5, 5])
    now(log.deleteRecordsBefore(3))
    expect(now(log.offsetForTimestamp(startMs, 'high-watermark'))?.offset).toBe(3)
    append(log, batch({ producerId: 7, producerEpoch: 0, baseSequence: 0, isTransactional: true }))
    const future = startMs + 104 + 1
    append(log, batch({ timestamp: future }))
    expect(now(log.offsetForTimestamp(future, 'high-watermark'))?.offset).toBe(11)
    expect(now(log.offsetForTimestamp(future, 'last-stable'))).toBeNull()
  })

  test('the record with the largest time is the first that has it', () => {
    const log = world().create()
    expect(now(log.offsetOfMaxTimestamp())).toBeNull()
    append(log, batch({ count: 3, timestamp: startMs }))
    append(log, batch({ count: 2, timestamp: startMs + 500 }))
    append(log, batch({ count: 4, timestamp: startMs + 100 }))
    expect(now(log.offsetOfMaxTimestamp())).toMatchObject({ offset: 4, timestampMs: startMs + 501 })
  })

  test('records without a time have none', () => {
    const log = world().create()
    append(log, batch({ timestamp: -1 }))
    expect(now(log.offsetOfMaxTimestamp())).toBeNull()
  })
})
