// What a power failure or a refusing disk must not do to a partition: show aborted records as committed,
// forget metadata that was told, or lose what compaction was about to put in place.
import { expect, test } from 'vitest'
import { buildRecordBatch } from '../../../protocol/records.ts'
import type { PartitionLog } from '../../../src/log/partition-log.ts'
import { append, appendMarker, batch, marker, startMs, world } from './fixtures.ts'

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
  while (log.segmentCount < 3) append(log, batch())
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
  while (log.segmentCount < 3) append(log, batch())
  around.disk.fail({ call: 'rename', code: 'ENOSPC', path: '.index', times: 1 })
  const start = log.segments[1]?.baseOffset ?? 0
  expect(log.deleteRecordsBefore(start)).toBe(start)
  expect(log.segmentCount).toBe(2)
})
