import { expect, test } from 'vitest'
import { compressAs, eachRecord, inflatePaced } from '../../../src/log/paced-records.ts'
import { Pace, WorkStopped } from '../../../src/log/pace.ts'
import { RecordCursor, buildRecordBatch } from '../../../protocol/records.ts'
import { batchHeaderBytes } from '../../../protocol/record-batch.ts'
import { rebuildRecordBatch } from '../../../protocol/legacy-conversion.ts'
import { HandClock } from './fixtures.ts'

const rules = {
  isCompacted: false,
  timestampType: 'CreateTime',
  nowMs: 0,
  timestampBeforeMaxMs: Number.MAX_SAFE_INTEGER,
  timestampAfterMaxMs: Number.MAX_SAFE_INTEGER,
  isRecompressed: true,
  limitBytes: 2 ** 30,
} as const

function plainBatch(count: number): Buffer {
  const record = (n: number) => ({
    timestamp: n,
    key: Buffer.from(`key ${n}`),
    value: Buffer.from(`value ${n * 7919}`),
  })
  return buildRecordBatch({ records: Array.from({ length: count }, (_, n) => record(n)) })
}

test.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)(
  'a large %s batch is inflated and compressed to what it was',
  async (compression) => {
    const plain = plainBatch(20_000)
    const options = { compression, baseOffset: 0, partitionLeaderEpoch: -1, limitBytes: 2 ** 30 }
    const batch = await rebuildRecordBatch(plain, 0, rules, options)
    const inflated = await inflatePaced(batch, 2 ** 30)
    expect(inflated?.equals(plain.subarray(batchHeaderBytes))).toBe(true)
    const compressed = await compressAs(batch, inflated ?? plain)
    expect(compressed.equals(batch.subarray(batchHeaderBytes))).toBe(true)
  },
)

test('a large batch that inflates beyond the limit is refused', async () => {
  const options = {
    compression: 'gzip',
    baseOffset: 0,
    partitionLeaderEpoch: -1,
    limitBytes: 2 ** 30,
  } as const
  const batch = await rebuildRecordBatch(plainBatch(20_000), 0, rules, options)
  expect(batch.length).toBeGreaterThan(32 * 1024)
  await expect(inflatePaced(batch, 1000)).rejects.toThrow('INVALID_RECORD')
})

/** A clock on which every look costs a millisecond. */
class CostlyClock extends HandClock {
  override monotonicMs(): number {
    this.now += 1
    return this.now
  }
}

test('records of one batch are looked through in pieces', async () => {
  const clock = new CostlyClock()
  const cursor = new RecordCursor(plainBatch(1000), 0)
  let seen = 0
  const visited = eachRecord(cursor, new Pace(clock, Infinity), () => ++seen > 0)
  expect(seen).toBeLessThan(1000)
  expect(seen).toBeGreaterThan(0)
  const before = seen
  clock.advance(10)
  await Promise.resolve()
  await new Promise(setImmediate)
  expect(seen).toBeGreaterThan(before)
  for (let turn = 0; seen < 1000 && turn < 1000; turn++) {
    clock.advance(10)
    await new Promise(setImmediate)
  }
  expect(await visited).toBe(true)
  expect(seen).toBe(1000)
})

test('work that is told to stop ends inside a batch', async () => {
  const clock = new CostlyClock()
  const pace = new Pace(clock, Infinity)
  const visited = eachRecord(new RecordCursor(plainBatch(1000), 0), pace, () => true)
  pace.stop()
  await expect(visited).rejects.toThrow(WorkStopped)
})
