import { expect, test } from 'vitest'
import { toTopicId } from '../../../src/base/brands.ts'
import { brokerConfigWith } from '../../../src/config/broker-config.ts'
import { topicConfigWith } from '../../../src/config/topic-config.ts'
import { silentLogger } from '../../../src/io/logger.ts'
import { PartitionLog } from '../../../src/log/partition-log.ts'
import { LocalStorageEngine } from '../../../src/storage/local.ts'
import { SimDisk } from '../../../src/testing/sim-disk.ts'
import { contents, put } from '../log/compaction-world.ts'
import { CountingRandom, HandClock } from '../log/fixtures.ts'

const topicId = toTopicId('aaaaaaaaaaaaaaaaaaaaaA')
const checkpoint = '/data/cleaner-offset-checkpoint'
const compacted = { compact: true, delete: false }

function engineOn(disk: SimDisk, clock: HandClock): LocalStorageEngine {
  const config = brokerConfigWith({ 'log.dirs': '/data', 'log.cleaner.backoff.ms': '15000' })
  const world = { config, disk, clock, random: new CountingRandom(), logger: silentLogger }
  return LocalStorageEngine.open(world, (error) => {
    throw error
  })
}

function create(engine: LocalStorageEngine, topic: string, isCompacted = true): PartitionLog {
  const cleanupPolicy = isCompacted ? compacted : { compact: false, delete: true }
  const config = topicConfigWith({ segmentBytes: 500, cleanupPolicy })
  const store = engine.createPartition({ topic, partition: 0, topicId, leaderEpoch: 0 }, config)
  if (!(store instanceof PartitionLog)) throw new Error(`${topic} is offline`)
  return store
}

function fill(log: PartitionLog, count = 30): void {
  for (let n = 0; n < count; n++) put(log, `k${n % 3}`, `value ${n}`)
}

async function untilQuiet(): Promise<void> {
  for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve))
}

test('what is worth it is compacted in the background, and how far is kept', async () => {
  const disk = new SimDisk()
  const clock = new HandClock()
  const engine = engineOn(disk, clock)
  const [log, plain] = [create(engine, 'keys'), create(engine, 'plain', false)]
  fill(log)
  fill(plain)
  engine.startBackground()
  clock.advance(14_999)
  await untilQuiet()
  expect(await contents(log)).toHaveLength(30)
  clock.advance(1)
  await untilQuiet()
  expect((await contents(log)).length).toBeLessThan(15)
  expect(await contents(plain)).toHaveLength(30)
  const active = log.segments.at(-1)?.baseOffset
  expect(disk.readFile(checkpoint).toString()).toBe(`0\n1\nkeys 0 ${active}\n`)
  await engine.close()
})

test('a log that was compacted is left alone until enough is new, also after a restart', async () => {
  const disk = new SimDisk()
  const first = engineOn(disk, new HandClock())
  const log = create(first, 'keys')
  fill(log)
  await first.compact()
  await first.close()
  const engine = engineOn(disk, new HandClock())
  const again = create(engine, 'keys')
  const before = await contents(again)
  const modified = disk.readFile(checkpoint)
  await engine.compact()
  expect(await contents(again)).toEqual(before)
  expect(disk.readFile(checkpoint).equals(modified)).toBe(true)
  fill(again, 60)
  await engine.compact()
  expect(disk.readFile(checkpoint).equals(modified)).toBe(false)
  await engine.close()
})

test('a full disk ends a run without harm, and the next one succeeds', async () => {
  const disk = new SimDisk()
  const engine = engineOn(disk, new HandClock())
  const log = create(engine, 'keys')
  fill(log)
  disk.fail({ call: 'write', code: 'ENOSPC', path: '.cleaned' })
  await engine.compact()
  expect(await contents(log)).toHaveLength(30)
  expect(log.online).toBe(true)
  disk.heal()
  await engine.compact()
  expect((await contents(log)).length).toBeLessThan(15)
  expect(disk.list('/data/keys-0').filter((name) => name.endsWith('.cleaned'))).toEqual([])
})

test('a topic that is deleted during its compaction goes', async () => {
  const disk = new SimDisk()
  const clock = new HandClock()
  const engine = engineOn(disk, clock)
  fill(create(engine, 'keys'))
  const running = engine.compact()
  engine.deleteTopic('keys')
  await running
  clock.advance(60_000)
  expect(disk.list('/data').filter((name) => name.startsWith('keys'))).toEqual([])
  await engine.close()
})
