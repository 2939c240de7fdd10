// What a power failure or a refusing disk must not do to a partition: show aborted records as committed,
// forget metadata that was told, or lose what compaction was about to put in place.
import { expect, test } from 'vitest'
import { buildRecordBatch } from '../../../protocol/records.ts'
import type { PartitionLog } from '../../../src/log/partition-log.ts'
import { append, appendMarker, batch, marker, now, startMs, world } from './fixtures.ts'

function abortOne(log: PartitionLog, sequence: number): number {
  const producer = { producerId: 7, producerEpoch: 0, baseSequence: sequence }
  const { baseOffset } = append(log, batch({ ...producer, isTransactional: true }))
  appendMarker(log, marker(7, false))
  return baseOffset
}

function abortedFrom(log: PartitionLog): number[] {
  const request = { offset: 0, maxBytes: 100_000, minOneBatch: true } as const
  const { records, abortedTransactions } = log.read({ ...request, limit: 'last-stable' })
  records.release()
  return (abortedTransactions ?? []).map(({ firstOffset }) => firstOffset)
}

const allNames = { keepName: () => true }

test.each([
  ['and the names of new files', {}],
  ['and all names are left', allNames],
])('aborts that were synced are known after power loss, %s', async (_how, loss) => {
  const around = world()
  const log = around.create()
  const aborted = [abortOne(log, 0), abortOne(log, 1)]
  await log.flush()
  const { recoveryPoint } = log
  const again = world({ disk: around.disk.losePower(loss) }).open({ recoveryPoint })
  expect(recoveryPoint).toBe(again.logEndOffset)
  expect(abortedFrom(again)).toEqual(aborted)
})

test('aborts that a restart noted anew are synced with the log', async () => {
  const around = world()
  const aborted = [abortOne(around.create(), 0)]
  const next = world({ disk: around.disk.inherit() })
  const log = next.open()
  append(log, batch())
  await log.flush()
  const { recoveryPoint } = log
  const again = world({ disk: next.disk.losePower(allNames) }).open({ recoveryPoint })
  expect(abortedFrom(again)).toEqual(aborted)
})

test('a snapshot behind the recovery point does not hide the aborts before it', async () => {
  const around = world({ config: { segmentBytes: 400 } })
  const log = around.create()
  const aborted = [abortOne(log, 0)]
  await log.flush()
  const { recoveryPoint } = log
  aborted.push(abortOne(log, 1))
  while (log.segments.length < 3) append(log, batch())
  const again = world({ disk: around.disk.kill() }).open({ recoveryPoint })
  expect(abortedFrom(again)).toEqual(aborted)
})

test('metadata waits for the device, whatever ottla.durability says', async () => {
  for (const durability of ['interval', 'os'] as const) {
    const around = world({ durability })
    const log = around.create()
    const records = [{ timestamp: startMs, key: null, value: Buffer.from('topic') }]
    const options = { origin: 'metadata', acksAll: true, nowMs: startMs } as const
    await log.append(buildRecordBatch({ records }), options)
    expect(log.recoveryPoint).toBe(1)
  }
})

test('deleting records where the disk refuses is the storage’s error, and moves nothing', () => {
  const around = world()
  const log = around.create()
  for (let n = 0; n < 5; n++) append(log, batch())
  around.disk.fail({ call: 'write', code: 'ENOSPC', path: 'leader-epoch-checkpoint', times: 1 })
  expect(() => log.deleteRecordsBefore(3)).toThrow('KAFKA_STORAGE_ERROR')
  expect(log.logStartOffset).toBe(0)
  expect(log.online).toBe(true)
})

test('a segment whose files cannot be renamed is dropped all the same', () => {
  const around = world({ config: { segmentBytes: 400 } })
  const log = around.create()
  while (log.segments.length < 3) append(log, batch())
  around.disk.fail({ call: 'rename', code: 'ENOSPC', path: '.index', times: 1 })
  const start = log.segments[1]?.baseOffset ?? 0
  expect(log.deleteRecordsBefore(start)).toBe(start)
  expect(log.segments.length).toBe(2)
})

function putAt(log: PartitionLog, timestamp: number): void {
  append(log, batch({ timestamp }))
}

test('the largest time is known although power loss took the end of the time index alone', async () => {
  const config = { indexIntervalBytes: 0, retentionMs: 3000 }
  const around = world({ config })
  const log = around.create()
  for (const ms of [0, 4000, 1000, 2000, 3000]) putAt(log, startMs + ms)
  await log.flush()
  const { recoveryPoint } = log
  const keep = (path: string, bytes: number): number => (path.endsWith('.index') ? bytes : 0)
  const disk = around.disk.losePower({ keep, keepName: () => true })
  const again = world({ disk, config }).open({ recoveryPoint })
  expect(again.segments[0]?.maxTimestamp.timestampMs).toBe(startMs + 4000)
  expect(now(again.offsetForTimestamp(startMs + 3500, 'log-end'))?.offset).toBe(1)
})

test('a segment that was closed while it was synced has its largest time after power loss', async () => {
  const config = { indexIntervalBytes: 0, segmentBytes: 400 }
  const around = world({ config })
  const log = around.create()
  while (log.byteLength < 300) putAt(log, startMs + log.byteLength)
  const [first] = log.segments
  const largest = first?.maxTimestamp.timestampMs
  const synced = log.flush()
  // Its log is on the device, and its indexes are not yet complete.
  while (first?.isDirty === true) await Promise.resolve()
  putAt(log, startMs)
  expect(log.segments.length).toBe(2)
  await synced
  const { recoveryPoint } = log
  expect(recoveryPoint).toBe(log.segments[1]?.baseOffset)
  for (const keepsNames of [true, false]) {
    const disk = around.disk.losePower({ keepName: () => keepsNames })
    const again = world({ disk, config }).open({ recoveryPoint })
    expect(again.segments[0]?.maxTimestamp.timestampMs).toBe(largest)
  }
})

test('damage below the recovery point costs no batch behind it, also at the end of a segment', async () => {
  const config = { indexIntervalBytes: 4096, segmentBytes: 400 }
  const around = world({ config })
  const log = around.create()
  while (log.segments.length < 2) putAt(log, startMs)
  putAt(log, startMs)
  await log.flush()
  const recoveryPoint = log.segments[1]?.baseOffset ?? 0
  const disk = around.disk.kill()
  const path = `${log.directory}/00000000000000000000.log`
  const bytes = disk.readFile(path)
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
  disk.writeFile(path, bytes)
  const again = world({ disk, config }).open({ recoveryPoint })
  expect(again.logEndOffset).toBe(log.logEndOffset)
  expect(again.segments.length).toBe(2)
})

test('a recovered segment has its largest time after the clean stop that follows', async () => {
  const config = { indexIntervalBytes: 100, segmentBytes: 400 }
  const around = world({ config })
  const log = around.create()
  for (const ms of [0, 1000, 2000, 4000, 3000]) putAt(log, startMs + ms)
  expect(log.segments.length).toBe(2)
  const recovered = world({
    disk: around.disk.losePower({ keep: (_, n) => n, keepName: () => true }),
    config,
  })
  await recovered.open().close()
  for (const disk of [recovered.disk.kill(), recovered.disk.losePower()]) {
    const again = world({ disk, config }).open({ wasClosedCleanly: true })
    expect(again.segments[0]?.maxTimestamp.timestampMs).toBe(startMs + 4000)
  }
})

test('a missing time index does not bring back what recovery has cut from the offset index', () => {
  const around = world({ config: { indexIntervalBytes: 0 } })
  const log = around.create()
  for (let n = 0; n < 5; n++) putAt(log, startMs + n)
  for (const segment of log.segments) segment.flushIndexes()
  const disk = around.disk.kill()
  disk.remove(`${log.directory}/00000000000000000000.timeindex`)
  const again = world({ disk, config: { indexIntervalBytes: 0 } }).open()
  expect(again.logEndOffset).toBe(5)
  putAt(again, startMs + 5)
  expect(now(again.offsetForTimestamp(startMs + 4, 'log-end'))?.offset).toBe(4)
})

test('a torn transaction index without an abort is gone after recovery, and takes the next abort', () => {
  const around = world()
  const log = around.create()
  append(log, batch({ producerId: 7, producerEpoch: 0, baseSequence: 0, isTransactional: true }))
  const disk = around.disk.kill()
  const path = `${log.directory}/00000000000000000000.txnindex`
  disk.writeFile(path, Buffer.alloc(10))
  const again = world({ disk }).open()
  expect(disk.exists(path)).toBe(false)
  appendMarker(again, marker(7, false))
  expect(abortedFrom(again)).toEqual([0])
})

test('a transaction index that is damaged while the broker runs has each abort once', () => {
  const around = world()
  const log = around.create()
  const aborted = [abortOne(log, 0)]
  const next = world({ disk: around.disk.kill() })
  const again = next.open()
  for (const segment of again.segments) segment.close()
  next.disk.writeFile(`${log.directory}/00000000000000000000.txnindex`, Buffer.alloc(10))
  aborted.push(abortOne(again, 1))
  expect(abortedFrom(again)).toEqual(aborted)
})

test('a roll that finds the disk gone refuses the append that made it', async () => {
  const around = world({ durability: 'os', config: { segmentBytes: 400, indexIntervalBytes: 0 } })
  const log = around.create()
  while (log.byteLength < 350) append(log, batch())
  around.disk.fail({ call: 'write', code: 'EIO', path: 'leader-epoch-checkpoint' })
  around.disk.fail({ call: 'sync', code: 'EIO' })
  around.disk.fail({ call: 'open', code: 'EIO', path: '.timeindex' })
  expect(() => append(log, batch())).toThrow('KAFKA_STORAGE_ERROR')
  expect(log.online).toBe(false)
})

test('a transaction index that cannot be read refuses the marker before it is written', async () => {
  const around = world()
  const first = around.create()
  abortOne(first, 0)
  const producer = { producerId: 7, producerEpoch: 0, baseSequence: 1 }
  append(first, batch({ ...producer, isTransactional: true }))
  await first.close()
  const disk = around.disk.kill()
  const log = world({ disk }).open({ wasClosedCleanly: true, recoveryPoint: first.logEndOffset })
  const { logEndOffset } = log
  disk.fail({ call: 'read', code: 'EMFILE', path: '.txnindex', times: 1 })
  expect(() => appendMarker(log, marker(7, false))).toThrow('KAFKA_STORAGE_ERROR')
  expect(log.logEndOffset).toBe(logEndOffset)
  appendMarker(log, marker(7, false))
  expect(abortedFrom(log)).toHaveLength(2)
})
