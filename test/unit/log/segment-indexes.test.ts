// Large indexes are searched on disk and believed only where the log bears them out.
import { expect, test } from 'vitest'
import { directory, now, world } from './fixtures.ts'
import type { World } from './fixtures.ts'
import type { PartitionLog } from '../../../src/log/partition-log.ts'
import { buildRecordBatch } from '../../../protocol/records.ts'

const firstMs = 1_000_000

/** A log of one-record batches, record n at time firstMs + n, with an index entry for every second. */
function grown(segmentCount: number, perSegment: number): World {
  const segmentBytes = perSegment * batchAt(0).length
  const around = world({ config: { indexIntervalBytes: 0, segmentBytes, retentionMs: -1 } })
  const log = around.create()
  for (let n = 0; n < segmentCount * perSegment; n++) {
    now(log.append(batchAt(n), { origin: 'client', acksAll: true, nowMs: firstMs }))
  }
  return around
}

function batchAt(n: number): Buffer {
  const record = { timestamp: firstMs + n, key: null, value: Buffer.from('v') }
  return buildRecordBatch({ records: [record] })
}

async function reopened(around: World): Promise<{ around: World; log: PartitionLog }> {
  await around.open({ wasClosedCleanly: false }).close()
  const again = world({ disk: around.disk.kill() })
  return { around: again, log: again.open({ wasClosedCleanly: true }) }
}

function baseOffsetRead(log: PartitionLog, offset: number): number {
  const request = { offset, maxBytes: 1, minOneBatch: true, limit: 'log-end' } as const
  const { records } = log.read(request)
  const base = Number(records.bytes.readBigInt64BE(0))
  records.release()
  return base
}

function timeSearch(log: PartitionLog, timestampMs: number): number | undefined {
  return now(log.offsetForTimestamp(timestampMs, 'log-end'))?.offset
}

test('an offset and a time are found with few reads, however long the log', async () => {
  const perSegment = 20_000
  const { around, log } = await reopened(grown(4, perSegment))
  const readsOf = (run: () => void): number => {
    const before = around.disk.readCount
    run()
    return around.disk.readCount - before
  }
  // 20,000 entries in a segment, 768 of them in what is read at once: five halvings, the rest is the log.
  expect(readsOf(() => expect(baseOffsetRead(log, 31_234)).toBe(31_234))).toBeLessThan(16)
  expect(readsOf(() => expect(baseOffsetRead(log, 31_236)).toBe(31_236))).toBeLessThan(6)
  // The first search by time learns the largest time of every segment: one read each.
  expect(readsOf(() => expect(timeSearch(log, firstMs + 51_111)).toBe(51_111))).toBeLessThan(40)
  expect(readsOf(() => expect(timeSearch(log, firstMs + 11_111)).toBe(11_111))).toBeLessThan(40)
})

test('damaged entries in the middle of a large index cost time, not answers', async () => {
  const around = grown(2, 12_000)
  const { around: clean } = await reopened(around)
  for (const suffix of ['index', 'timeindex']) {
    const path = `${directory}/00000000000000000000.${suffix}`
    const bytes = clean.disk.readFile(path)
    expect(bytes.length).toBeGreaterThan(64 * 1024)
    bytes.fill(0x11, Math.floor(bytes.length * 0.4), Math.floor(bytes.length * 0.6))
    clean.disk.writeFile(path, bytes)
  }
  const log = world({ disk: clean.disk }).open({ wasClosedCleanly: true })
  for (const offset of [3, 4_000, 5_999, 6_000, 6_001, 8_000, 11_999, 12_000]) {
    expect(baseOffsetRead(log, offset)).toBe(offset)
    expect(timeSearch(log, firstMs + offset)).toBe(offset)
  }
})

test('a large index that is loaded goes on growing where it ended', async () => {
  const { log, around } = await reopened(grown(1, 12_000))
  const { segmentBytes } = log.config
  expect(segmentBytes).toBeGreaterThan(0)
  now(log.append(batchAt(12_000), { origin: 'client', acksAll: true, nowMs: firstMs }))
  now(log.append(batchAt(12_001), { origin: 'client', acksAll: true, nowMs: firstMs }))
  await log.close()
  const again = world({ disk: around.disk.kill() }).open({ wasClosedCleanly: true })
  expect([12_001, 11_000, 5].map((offset) => baseOffsetRead(again, offset))).toEqual([
    12_001, 11_000, 5,
  ])
})
