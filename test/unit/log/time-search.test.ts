// The log changes while a search waits for a codec: the search begins again, on what is there.
import { expect, test } from 'vitest'
import { buildCompressedRecordBatch } from '../../../protocol/records.ts'
import { isPromise } from '../../../src/base/maybe-promise.ts'
import type { PartitionLog } from '../../../src/log/partition-log.ts'
import { now, startMs, world } from './fixtures.ts'
import type { World } from './fixtures.ts'

/** Four segments of one zstd batch with two records each, record n at startMs + n. */
async function fourSegments(): Promise<{ around: World; log: PartitionLog }> {
  const around = world({ config: { segmentBytes: 150, fileDeleteDelayMs: 0 } })
  const log = around.create()
  for (const first of [0, 2, 4, 6]) {
    const value = Buffer.alloc(300, 'v')
    const records = [first, first + 1].map((n) => ({ timestamp: startMs + n, key: null, value }))
    const batch = await buildCompressedRecordBatch({ records }, 'zstd')
    await log.append(batch, { origin: 'client', acksAll: true, nowMs: startMs })
  }
  expect(log.segments.length).toBe(4)
  return { around, log }
}

test('a record is found by its time', async () => {
  const { log } = await fourSegments()
  for (const n of [0, 1, 3, 6, 7]) {
    expect((await log.offsetForTimestamp(startMs + n, 'log-end'))?.offset).toBe(n)
  }
  expect(await log.offsetForTimestamp(startMs + 8, 'log-end')).toBeNull()
  expect((await log.offsetOfMaxTimestamp())?.offset).toBe(7)
})

test('records that are deleted while they are searched are not found', async () => {
  const { around, log } = await fourSegments()
  const searching = log.offsetForTimestamp(startMs + 1, 'log-end')
  now(log.deleteRecordsBefore(4))
  around.clock.advance(1)
  const found = (await searching)?.offset
  // Where the codec answers at once, the search was over before.
  expect(found).toBe(isPromise(searching) ? 4 : 1)
})

test('a search ends with KAFKA_STORAGE_ERROR when its log is closed meanwhile', async () => {
  const { log } = await fourSegments()
  const searches = [
    log.offsetForTimestamp(startMs + 1, 'log-end'),
    log.offsetOfMaxTimestamp(),
  ].filter(isPromise)
  const ends = Promise.allSettled(searches)
  log.abandon()
  for (const end of await ends) {
    expect(end.status).toBe('rejected')
    if (end.status === 'rejected') expect(String(end.reason)).toContain('KAFKA_STORAGE_ERROR')
  }
  expect(() => log.offsetForTimestamp(startMs, 'log-end')).toThrow('KAFKA_STORAGE_ERROR')
})
