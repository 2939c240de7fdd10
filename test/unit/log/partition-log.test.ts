import { describe, expect, test } from 'vitest'
import { buildCompressedRecordBatch, readRecords } from '../../../protocol/records.ts'
import { isPromise } from '../../../src/base/maybe-promise.ts'
import {
  allBaseOffsets,
  append,
  appendMarker,
  baseOffsets,
  batch,
  directory,
  marker,
  now,
  readBytes,
  startMs,
  world,
} from './fixtures.ts'

describe('appending', () => {
  test('offsets follow each other and stand in the stored batches', () => {
    const log = world().create()
    expect(append(log, batch({ count: 3 })).baseOffset).toBe(0)
    const second = append(log, batch({ count: 2 }))
    expect([second.baseOffset, second.lastOffset]).toEqual([3, 4])
    expect(log.logEndOffset).toBe(5)
    expect(baseOffsets(readBytes(log, 0))).toEqual([0, 3])
  })

  test('the leader epoch is written into the batch', () => {
    const around = world()
    const log = around.create()
    append(log, batch())
    expect(readBytes(log, 0).readInt32BE(12)).toBe(0)
    log.abandon()
    const again = around.open({}, 4)
    append(again, batch())
    expect(readBytes(again, 1).readInt32BE(12)).toBe(4)
  })

  test('bytes behind the batch are not stored', () => {
    const log = world().create()
    const whole = batch()
    append(log, Buffer.concat([whole, whole.subarray(0, 30)]))
    expect(readBytes(log, 0).length).toBe(whole.length)
  })

  test('a duplicate answers the offsets and the time of the original and writes nothing', () => {
    const log = world().create()
    const sent = (): Buffer => batch({ count: 2, producerId: 7, producerEpoch: 0, baseSequence: 0 })
    append(log, sent())
    const { byteLength } = log
    const again = append(log, sent())
    expect(again).toMatchObject({ baseOffset: 0, lastOffset: 1, logAppendTimeMs: startMs + 1 })
    expect(log.byteLength).toBe(byteLength)
    expect(log.logEndOffset).toBe(2)
  })

  test('LogAppendTime is written into the batch and answered', () => {
    const log = world({ config: { messageTimestampType: 'LogAppendTime' } }).create()
    const result = append(log, batch({ timestamp: 1000 }))
    expect(result.logAppendTimeMs).toBe(startMs)
    const stored = readBytes(log, 0)
    expect(Number(stored.readBigInt64BE(35))).toBe(startMs)
    expect(stored.readInt16BE(21) & 8).toBe(8)
  })

  test('refusals leave the log as it was', () => {
    const log = world({ config: { maxMessageBytes: 500, segmentBytes: 400 } }).create()
    const damaged = batch()
    damaged[70] = (damaged[70] ?? 0) ^ 1
    expect(() => append(log, damaged)).toThrow('CORRUPT_MESSAGE')
    expect(() => append(log, batch({ valueBytes: 600 }))).toThrow('MESSAGE_TOO_LARGE')
    expect(() => append(log, batch({ valueBytes: 350 }))).toThrow('RECORD_LIST_TOO_LARGE')
    expect(() => append(log, Buffer.alloc(0))).toThrow('INVALID_RECORD')
    expect(log.logEndOffset).toBe(0)
    expect(log.byteLength).toBe(0)
  })

  test('records without key are refused where the topic is compacted, and named', () => {
    const log = world({ config: { cleanupPolicy: { compact: true, delete: false } } }).create()
    expect(() => append(log, batch({ count: 2 }))).toThrow(
      expect.objectContaining({
        errorName: 'INVALID_RECORD',
        recordErrors: [
          expect.objectContaining({ batchIndex: 0 }),
          expect.objectContaining({ batchIndex: 1 }),
        ],
      }),
    )
  })

  test('a topic with its own compression.type stores that codec', async () => {
    const log = world({ config: { compressionType: 'gzip' } }).create()
    append(log, batch({ count: 5, valueBytes: 300 }))
    const stored = readBytes(log, 0)
    expect(stored.readInt16BE(21) & 7).toBe(1)
    const records = await readRecords(stored, 0, 1_000_000)
    expect(records.map((record) => record.offset)).toEqual([0, 1, 2, 3, 4])
  })

  test('an empty message set of an old client is answered without an offset', () => {
    const log = world().create()
    const options = { origin: 'client', acksAll: true, nowMs: startMs, produceVersion: 2 } as const
    expect(now(log.append(Buffer.alloc(0), options)).baseOffset).toBe(-1)
    expect(log.logEndOffset).toBe(0)
  })
})

test('appends keep their order when a codec makes the first of them wait', async () => {
  const log = world().create()
  const records = [{ timestamp: startMs, key: null, value: Buffer.alloc(500) }]
  const slow = await buildCompressedRecordBatch({ records }, 'zstd')
  const options = { origin: 'client', acksAll: true, nowMs: startMs } as const
  const borrowed = batch()
  const results = [
    log.append(slow, options),
    log.append(borrowed, options),
    log.append(Buffer.alloc(0), { ...options, produceVersion: 2 }),
  ]
  // The caller's buffer is its own again once append has returned.
  if (isPromise(results[1] ?? 0)) borrowed.fill(0)
  const offsets = await Promise.all(results.map(async (result) => (await result).baseOffset))
  expect(offsets).toEqual([0, 1, -1])
  expect(allBaseOffsets(log)).toEqual([0, 1])
  expect(append(log, batch()).baseOffset).toBe(2)
})

test('a refused batch does not hold up those behind it', async () => {
  const records = [{ timestamp: 0, key: null, value: Buffer.alloc(500) }]
  const slow = await buildCompressedRecordBatch({ records }, 'zstd')
  const late = { origin: 'client', acksAll: true, nowMs: startMs } as const
  const log = world({ config: { messageTimestampBeforeMaxMs: 1000 } }).create()
  const refused = Promise.resolve().then(() => log.append(slow, late))
  await expect(refused).rejects.toThrow('INVALID_TIMESTAMP')
  expect(await log.append(batch(), late)).toMatchObject({ baseOffset: 0 })
  expect(log.logEndOffset).toBe(1)
})

describe('durability', () => {
  test('an append is acknowledged at once in interval mode and marks the log dirty once', () => {
    const around = world()
    const log = around.create()
    append(log, batch())
    append(log, batch())
    expect(around.dirty).toEqual([log])
    expect(log.recoveryPoint).toBe(0)
  })

  test('in fsync mode acks=all waits for a sync, acks=1 does not', async () => {
    const around = world({ durability: 'fsync' })
    const log = around.create()
    const options = { origin: 'client', nowMs: startMs } as const
    expect(isPromise(log.append(batch(), { ...options, acksAll: false }))).toBe(false)
    const waiting = log.append(batch(), { ...options, acksAll: true })
    expect(isPromise(waiting)).toBe(true)
    expect((await waiting).baseOffset).toBe(1)
    expect(log.recoveryPoint).toBe(2)
    const afterPowerLoss = world({ disk: around.disk.crash() }).open()
    expect(afterPowerLoss.logEndOffset).toBe(2)
  })

  test('a duplicate is no more durable than its original', async () => {
    const log = world({ durability: 'fsync' }).create()
    const sent = (): Buffer => batch({ producerId: 7, producerEpoch: 0, baseSequence: 0 })
    const options = { origin: 'client', acksAll: true, nowMs: startMs } as const
    const first = log.append(sent(), options)
    const again = log.append(sent(), options)
    expect(isPromise(again)).toBe(true)
    expect([(await first).baseOffset, (await again).baseOffset]).toEqual([0, 0])
    expect(isPromise(log.append(sent(), options))).toBe(false)
  })

  test('appends that wait together share syncs', async () => {
    const around = world({ durability: 'fsync' })
    const log = around.create()
    await log.append(batch(), { origin: 'client', acksAll: true, nowMs: startMs })
    const before = around.disk.syncCount
    const waiting = Array.from({ length: 50 }, () =>
      Promise.resolve(log.append(batch(), { origin: 'client', acksAll: true, nowMs: startMs })),
    )
    await Promise.all(waiting)
    // Two rounds at most: of the log file and its two indexes.
    expect(around.disk.syncCount - before).toBeLessThanOrEqual(6)
  })

  test('flush.messages makes the append wait for a sync in every mode', async () => {
    const log = world({ durability: 'os', config: { flushMessages: 2 } }).create()
    const options = { origin: 'client', acksAll: false, nowMs: startMs } as const
    expect(isPromise(log.append(batch(), options))).toBe(false)
    const second = log.append(batch(), options)
    expect(isPromise(second)).toBe(true)
    await second
    expect(log.recoveryPoint).toBe(2)
  })
})

describe('segments', () => {
  test('a segment rolls before it would exceed segment.bytes', () => {
    const size = batch().length
    const log = world({ config: { segmentBytes: size * 3 } }).create()
    for (let n = 0; n < 7; n++) append(log, batch())
    expect(log.segments.length).toBe(3)
    expect(allBaseOffsets(log)).toEqual([0, 1, 2, 3, 4, 5, 6])
  })

  test('a segment rolls when record time has moved by segment.ms', () => {
    const log = world({ config: { segmentMs: 1000 } }).create()
    append(log, batch({ timestamp: startMs }))
    append(log, batch({ timestamp: startMs + 1000 }))
    expect(log.segments.length).toBe(1)
    append(log, batch({ timestamp: startMs + 1001 }))
    expect(log.segments.length).toBe(2)
  })

  test('a segment rolls when its index is full', () => {
    const log = world({ config: { segmentIndexBytes: 48, indexIntervalBytes: 1 } }).create()
    for (let n = 0; n < 8; n++) append(log, batch({ timestamp: startMs + n }))
    expect(log.segments.length).toBeGreaterThan(1)
    expect(allBaseOffsets(log)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  })

  test('a rolled segment leaves a producer snapshot named by the new base offset', () => {
    const around = world({ config: { segmentBytes: 200 } })
    const log = around.create()
    append(log, batch({ producerId: 7, producerEpoch: 0, baseSequence: 0 }))
    append(log, batch())
    append(log, batch())
    expect(around.disk.list(directory).filter((name) => name.endsWith('.snapshot'))).toEqual([
      '00000000000000000002.snapshot',
    ])
  })

  test('the files of a log are those that Kafka makes, from its first record on', async () => {
    const around = world()
    const log = around.create()
    expect(around.disk.list(directory)).toEqual(['partition.metadata'])
    append(log, batch())
    await log.flush()
    expect(around.disk.list(directory)).toEqual([
      '00000000000000000000.index',
      '00000000000000000000.log',
      '00000000000000000000.timeindex',
      'leader-epoch-checkpoint',
      'partition.metadata',
    ])
  })
})

describe('disk trouble', () => {
  test('a write that fails half way leaves no trace, and works once there is space', () => {
    const around = world()
    const log = around.create()
    append(log, batch())
    const { byteLength } = log
    around.disk.fail({ call: 'write', code: 'ENOSPC', path: '.log', partialBytes: 40 })
    expect(() => append(log, batch())).toThrow('KAFKA_STORAGE_ERROR')
    expect(log.online).toBe(true)
    expect(around.disk.fileSize(`${directory}/00000000000000000000.log`)).toBe(byteLength)
    around.disk.heal()
    expect(append(log, batch()).baseOffset).toBe(1)
    expect(allBaseOffsets(log)).toEqual([0, 1])
  })

  test('a failed append does not count for the producer', () => {
    const around = world()
    const log = around.create()
    const sent = (): Buffer => batch({ producerId: 7, producerEpoch: 0, baseSequence: 0 })
    around.disk.fail({ call: 'write', code: 'ENOSPC', path: '.log', times: 1 })
    expect(() => append(log, sent())).toThrow('KAFKA_STORAGE_ERROR')
    expect(append(log, sent()).baseOffset).toBe(0)
    expect(log.logEndOffset).toBe(1)
  })

  test('a roll that fails half way leaves no file, and the log goes on where it was', () => {
    const around = world({ config: { segmentBytes: 200 } })
    const log = around.create()
    append(log, batch())
    append(log, batch())
    around.disk.fail({ call: 'open', code: 'ENOSPC', path: '02.log', times: 1 })
    expect(() => append(log, batch())).toThrow('KAFKA_STORAGE_ERROR')
    expect(around.disk.exists(`${directory}/00000000000000000002.log`)).toBe(false)
    around.disk.heal()
    expect(append(log, batch()).baseOffset).toBe(2)
    const again = world({ disk: around.disk.kill() }).open()
    expect(allBaseOffsets(again)).toEqual([0, 1, 2])
  })

  test('a segment that is deleted while it is synced does no harm and does not come back', async () => {
    const around = world({ config: { segmentBytes: 200, fileDeleteDelayMs: 0 } })
    const log = around.create()
    for (let n = 0; n < 6; n++) append(log, batch())
    const syncing = log.flush()
    now(log.deleteRecordsBefore(5))
    around.clock.advance(1)
    await syncing
    expect(log.online).toBe(true)
    expect(around.disk.exists(`${directory}/00000000000000000000.log`)).toBe(false)
  })

  test('an append that waits for its sync fails when the topic is deleted', async () => {
    const log = world({ durability: 'fsync' }).create()
    const waiting = log.append(batch(), { origin: 'client', acksAll: true, nowMs: startMs })
    log.abandon()
    await expect(waiting).rejects.toThrow('KAFKA_STORAGE_ERROR')
  })

  test('an I/O error takes the partition offline and wakes who waits', () => {
    const around = world()
    const log = around.create()
    let wakes = 0
    log.onceAdvanced(() => (wakes += 1))
    around.disk.fail({ call: 'write', code: 'EIO', path: '.log', times: 1 })
    expect(() => append(log, batch())).toThrow('KAFKA_STORAGE_ERROR')
    expect(log.online).toBe(false)
    expect(wakes).toBe(1)
    expect(() => append(log, batch())).toThrow('KAFKA_STORAGE_ERROR')
    expect(() => readBytes(log, 0)).toThrow('KAFKA_STORAGE_ERROR')
  })

  test('a failed sync takes the partition offline: what it lost is not known', async () => {
    const around = world({ durability: 'fsync' })
    const log = around.create()
    around.disk.fail({ call: 'sync', code: 'EIO', path: '.log' })
    const waiting = log.append(batch(), { origin: 'client', acksAll: true, nowMs: startMs })
    await expect(waiting).rejects.toThrow('KAFKA_STORAGE_ERROR')
    expect(log.online).toBe(false)
  })
})

describe('deleting records', () => {
  test('the log start offset moves up, whole segments below it go after a while', () => {
    const around = world({ config: { segmentBytes: 200, fileDeleteDelayMs: 60_000 } })
    const log = around.create()
    for (let n = 0; n < 6; n++) append(log, batch())
    expect(now(log.deleteRecordsBefore(5))).toBe(5)
    expect(log.logStartOffset).toBe(5)
    expect(() => readBytes(log, 4)).toThrow('OFFSET_OUT_OF_RANGE')
    expect(baseOffsets(readBytes(log, 5))).toEqual([5])
    const names = (): string[] => around.disk.list(directory)
    expect(names()).toContain('00000000000000000000.log.deleted')
    around.clock.advance(60_000)
    expect(names().filter((name) => name.endsWith('.deleted'))).toEqual([])
  })

  test('an offset below the start changes nothing, -1 means the high watermark', () => {
    const log = world().create()
    for (let n = 0; n < 4; n++) append(log, batch())
    expect(now(log.deleteRecordsBefore(2))).toBe(2)
    expect(now(log.deleteRecordsBefore(1))).toBe(2)
    expect(now(log.deleteRecordsBefore(-1))).toBe(4)
    expect(log.readableBytes(0, 'high-watermark', 1000)).toBe(0)
    expect(readBytes(log, 4).length).toBe(0)
  })

  test('an offset beyond the high watermark is refused', () => {
    const log = world().create()
    append(log, batch())
    expect(() => log.deleteRecordsBefore(2)).toThrow('OFFSET_OUT_OF_RANGE')
    expect(() => log.deleteRecordsBefore(-2)).toThrow('OFFSET_OUT_OF_RANGE')
  })
})

describe('retention', () => {
  test('records go by their own time, batch by batch, and files by segment', () => {
    const around = world({ config: { segmentBytes: 250, retentionMs: 1000 } })
    const log = around.create()
    for (let n = 0; n < 8; n++) append(log, batch({ timestamp: startMs + n * 100 }))
    now(log.applyRetention(startMs + 1000))
    expect(log.logStartOffset).toBe(0)
    now(log.applyRetention(startMs + 1301))
    expect(log.logStartOffset).toBe(4)
    expect(log.firstSegmentOffset).toBeLessThanOrEqual(4)
    expect(allBaseOffsets(log)).toEqual([4, 5, 6, 7])
  })

  test('when all is expired the log is empty and goes on at its offset', () => {
    const log = world({ config: { retentionMs: 1000 } }).create()
    for (let n = 0; n < 3; n++) append(log, batch())
    now(log.applyRetention(startMs + 5000))
    expect([log.logStartOffset, log.logEndOffset]).toEqual([3, 3])
    expect(log.byteLength).toBe(0)
    expect(append(log, batch()).baseOffset).toBe(3)
  })

  test('a young record keeps older ones behind it', () => {
    const log = world({ config: { retentionMs: 1000 } }).create()
    append(log, batch({ timestamp: startMs + 4000 }))
    append(log, batch({ timestamp: startMs }))
    now(log.applyRetention(startMs + 4500))
    expect(log.logStartOffset).toBe(0)
  })

  test('retention.bytes drops whole segments', () => {
    const size = batch().length
    const log = world({ config: { segmentBytes: size * 2, retentionBytes: size * 3 } }).create()
    for (let n = 0; n < 8; n++) append(log, batch())
    now(log.applyRetention(startMs))
    expect(log.byteLength).toBe(size * 4)
    expect(log.logStartOffset).toBe(4)
  })

  test('a compacted log is not collected by time or size', () => {
    const config = {
      retentionMs: 1000,
      retentionBytes: 1,
      segmentBytes: 200,
      cleanupPolicy: { compact: true, delete: false },
    }
    const log = world({ config }).create()
    for (let n = 0; n < 4; n++) append(log, batch({ key: Buffer.from('k') }))
    now(log.applyRetention(startMs + 99_999))
    expect(log.logStartOffset).toBe(0)
  })
})

describe('transactions', () => {
  const data = (producerId: number, baseSequence: number): Buffer =>
    batch({ producerId, producerEpoch: 0, baseSequence, isTransactional: true })

  test('an open transaction holds the last stable offset back', () => {
    const log = world().create()
    append(log, batch())
    append(log, data(7, 0))
    append(log, batch())
    expect(log.lastStableOffset).toBe(1)
    expect(baseOffsets(readBytes(log, 0, { limit: 'last-stable' }))).toEqual([0])
    expect(baseOffsets(readBytes(log, 0))).toEqual([0, 1, 2])
    appendMarker(log, marker(7, true))
    expect(log.lastStableOffset).toBe(4)
  })

  test('a read of committed records names the aborted transactions in it', () => {
    const log = world().create()
    append(log, data(7, 0))
    append(log, data(8, 0))
    appendMarker(log, marker(7, false))
    appendMarker(log, marker(8, true))
    const read = log.read({ offset: 0, maxBytes: 9999, minOneBatch: true, limit: 'last-stable' })
    expect(read.abortedTransactions).toEqual([{ producerId: 7, firstOffset: 0 }])
    read.records.release()
    const later = log.read({ offset: 3, maxBytes: 9999, minOneBatch: true, limit: 'last-stable' })
    expect(later.abortedTransactions).toEqual([])
    later.records.release()
  })

  test('a read of uncommitted records names none', () => {
    const log = world().create()
    append(log, data(7, 0))
    const read = log.read({ offset: 0, maxBytes: 9999, minOneBatch: true, limit: 'high-watermark' })
    expect(read.abortedTransactions).toBeNull()
    read.records.release()
  })

  test('clients may not write markers', () => {
    const log = world().create()
    expect(() => append(log, marker(7, true))).toThrow('INVALID_RECORD')
  })
})

test('waiters are woken by an append, after it can be read', () => {
  const log = world().create()
  let seen = -1
  log.onceAdvanced(() => (seen = log.highWatermark))
  append(log, batch())
  expect(seen).toBe(1)
})

test('active producers are listed with their state', () => {
  const log = world().create()
  append(log, batch({ count: 2, producerId: 7, producerEpoch: 3, baseSequence: 0 }))
  expect(log.activeProducers()).toEqual([
    {
      producerId: 7,
      producerEpoch: 3,
      lastSequence: 1,
      lastTimestampMs: startMs + 1,
      coordinatorEpoch: -1,
      currentTransactionFirstOffset: -1,
    },
  ])
})
