// What must not grow with the data: what recovery reads, how long compaction keeps the event loop and what
// memory it takes, what creating a topic waits for. Counted in bytes, batches and syncs, not timed.
import { expect, test } from 'vitest'
import { silentLogger } from '../../../src/io/logger.ts'
import type { Disk, DiskFile } from '../../../src/io/disk.ts'
import { Compactor } from '../../../src/log/compactor.ts'
import { Pace } from '../../../src/log/pace.ts'
import { KiB } from '../../../src/base/units.ts'
import type { Clock } from '../../../src/io/clock.ts'
import { SimBroker } from '../../support/sim-broker.ts'
import { append, batch, world } from './fixtures.ts'
import { compactedWorld, contents, keyed, roll } from './compaction-world.ts'

const segmentBytes = 64 * KiB

/** Bytes that opening reads after a kill: of a log with `synced` batches on the device and `unsynced` behind them. */
async function recoveredBytes(synced: number, unsynced: number): Promise<number> {
  const around = world({ config: { segmentBytes, indexIntervalBytes: 4 * KiB } })
  const log = around.create()
  const fill = (count: number): void => {
    for (let n = 0; n < count; n++) append(log, batch({ valueBytes: 1 * KiB }))
  }
  fill(synced)
  await log.flush()
  const { recoveryPoint } = log
  fill(unsynced)
  const disk = around.disk.kill()
  const again = world({ disk, config: { segmentBytes } }).open({ recoveryPoint })
  expect(again.logEndOffset).toBe(synced + unsynced)
  return disk.readBytes
}

test('recovery reads what was not synced, however large the log is', async () => {
  const small = await recoveredBytes(200, 500)
  const large = await recoveredBytes(2000, 500)
  const twice = await recoveredBytes(200, 1000)
  // Headers and bodies are read for the log, then headers again for producers: a few times the tail at most.
  expect(small).toBeGreaterThan(500 * KiB)
  expect(small).toBeLessThan(4 * 500 * KiB)
  expect(Math.abs(large - small)).toBeLessThan(2 * segmentBytes)
  expect(twice / small).toBeGreaterThan(1.5)
  expect(twice / small).toBeLessThan(2.5)
})

/** A clock that goes on by a millisecond whenever work asks whether it is time to pause. */
class AskedClock implements Clock {
  pauses = 0
  #ms = 0

  nowMs(): number {
    return this.#ms
  }

  monotonicMs(): number {
    return this.#ms++
  }

  after(_delayMs: number, run: () => void): () => void {
    this.pauses += 1
    const timer = setImmediate(run)
    return () => clearImmediate(timer)
  }
}

/** The disk, and the most bytes that one call to a file reads or writes. */
function watched(disk: Disk): { disk: Disk; largest: () => number } {
  let most = 0
  const note = (byteLength: number): void => {
    most = Math.max(most, byteLength)
  }
  const watchedFile = (file: DiskFile): DiskFile => ({
    path: file.path,
    fd: file.fd,
    size: () => file.size(),
    write: (bytes, position) => (note(bytes.length), file.write(bytes, position)),
    writeAll: (buffers, position) => file.writeAll(buffers, position),
    read: (into, offset, length, at) => (note(length), file.read(into, offset, length, at)),
    readLater: (into, offset, length, at) => (
      note(length),
      file.readLater(into, offset, length, at)
    ),
    lend: () => null,
    truncate: (byteLength) => file.truncate(byteLength),
    syncData: () => file.syncData(),
    syncNow: () => file.syncNow(),
    close: () => file.close(),
  })
  const disguise = new Proxy(disk, {
    get(target, name) {
      if (name === 'open') {
        return (...args: Parameters<Disk['open']>) => watchedFile(target.open(...args))
      }
      const own: unknown = Reflect.get(target, name, target)
      return typeof own === 'function' ? (own.bind(target) as unknown) : own
    },
  })
  return { disk: disguise, largest: () => most }
}

/** Compacts a log of `batchCount` batches of `recordCount` records on keys that come again and again. */
async function compacted(batchCount: number, recordCount: number) {
  const around = compactedWorld({ segmentBytes: 256 * KiB })
  const log = around.create()
  for (let n = 0; n < batchCount; n++) {
    const records = Array.from({ length: recordCount }, (_, index) => ({
      key: `k${(n * recordCount + index) % 100}`,
      value: 'v'.repeat(1000),
    }))
    append(log, keyed(records))
  }
  roll(log)
  const before = log.byteLength
  const clock = new AskedClock()
  const { disk, largest } = watched(around.disk)
  const compactor = new Compactor(log, {
    disk,
    clock,
    logger: silentLogger,
    pace: new Pace(clock, Infinity),
    mapBytes: 100 * KiB,
    seed: Buffer.alloc(16, 7),
  })
  const active = log.segments.at(-1)?.baseOffset ?? 0
  await compactor.run({ firstDirtyOffset: 0, endOffset: active })
  expect(new Set((await contents(log)).map((line) => line.split('=')[0]?.split(' ')[1])).size).toBe(
    101,
  )
  return { pauses: clock.pauses, largestCall: largest(), before, after: log.byteLength }
}

test('compaction gives way every few batches, and within a large one', async () => {
  // A pause is due after two milliseconds, and here every question takes one.
  const small = await compacted(2000, 1)
  expect(small.pauses).toBeGreaterThan(2000)
  const large = await compacted(20, 200)
  expect(large.pauses).toBeGreaterThan(10 * 20)
})

test('compaction reads and writes in pieces of a fixed size, however large the log is', async () => {
  for (const batchCount of [1000, 4000]) {
    const { largestCall, before, after } = await compacted(batchCount, 1)
    expect(before).toBeGreaterThan(batchCount * 1000)
    expect(after).toBeLessThan(before / 4)
    expect(largestCall).toBeLessThanOrEqual(512 * KiB)
  }
})

test('a topic of a thousand partitions waits for the device as often as one of one', async () => {
  const broker = await SimBroker.start()
  const syncsOf = async (name: string, partitions: number): Promise<number> => {
    const before = broker.disk.syncCount
    await broker.createTopic(name, partitions)
    return broker.disk.syncCount - before
  }
  const one = await syncsOf('one', 1)
  expect(one).toBeGreaterThan(0)
  expect(await syncsOf('thousand', 1000)).toBe(one)
})
