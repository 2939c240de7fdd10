import { describe, expect, test } from 'vitest'
import { AssertionFailure } from '../../../src/base/assert.ts'
import { toTopicId } from '../../../src/base/brands.ts'
import { isPromise } from '../../../src/base/maybe-promise.ts'
import { brokerConfigWith } from '../../../src/config/broker-config.ts'
import { topicConfigWith } from '../../../src/config/topic-config.ts'
import { silentLogger } from '../../../src/io/logger.ts'
import type { PartitionStore } from '../../../src/storage/engine.ts'
import { Background } from '../../../src/storage/background.ts'
import { LocalStorageEngine } from '../../../src/storage/local.ts'
import { SimDisk } from '../../../src/testing/sim-disk.ts'
import { CountingRandom, HandClock, batch, startMs } from '../log/fixtures.ts'

const topicId = toTopicId('aaaaaaaaaaaaaaaaaaaaaA')

function engineOn(
  disk: SimDisk,
  overrides: Record<string, string> = {},
  clock = new HandClock(),
): LocalStorageEngine {
  return LocalStorageEngine.open(
    {
      config: brokerConfigWith({ 'log.dirs': '/one,/two', ...overrides }),
      disk,
      clock,
      random: new CountingRandom(),
      logger: silentLogger,
    },
    (error) => {
      throw error
    },
  )
}

function create(engine: LocalStorageEngine, topic: string): PartitionStore {
  const spec = { topic, partition: 0, topicId, leaderEpoch: 0 }
  return engine.createPartition(spec, topicConfigWith())
}

function produce(store: PartitionStore): number {
  const result = store.append(batch(), { origin: 'client', acksAll: false, nowMs: startMs })
  if (isPromise(result)) throw new Error('expected a result at once')
  return result.baseOffset
}

describe('a partition that cannot be made', () => {
  test('is there and offline, and comes up when space is freed', () => {
    const disk = new SimDisk()
    const clock = new HandClock()
    const engine = engineOn(disk, {}, clock)
    engine.setAsideStrays()
    engine.startBackground()
    disk.fail({ call: 'write', code: 'ENOSPC', path: '/a-0' })
    const offline = create(engine, 'a')
    expect(offline.online).toBe(false)
    expect(engine.partition('a', 0)).toBe(offline)
    expect(() => produce(offline)).toThrow('KAFKA_STORAGE_ERROR')
    expect(() =>
      offline.read({ offset: 0, maxBytes: 1, minOneBatch: true, limit: 'log-end' }),
    ).toThrow('KAFKA_STORAGE_ERROR')
    expect(produce(create(engine, 'b'))).toBe(0)
    clock.advance(5000)
    expect(engine.partition('a', 0)).toBe(offline)
    disk.heal()
    clock.advance(5000)
    const online = engine.partition('a', 0)
    expect(online?.online).toBe(true)
    if (online !== undefined) expect(produce(online)).toBe(0)
  })

  test('is forgotten with its topic', () => {
    const disk = new SimDisk()
    const clock = new HandClock()
    const engine = engineOn(disk, {}, clock)
    engine.startBackground()
    disk.fail({ call: 'make', code: 'EROFS', path: '/a-0' })
    create(engine, 'a')
    engine.deleteTopic('a')
    disk.heal()
    clock.advance(10_000)
    expect(engine.partition('a', 0)).toBeUndefined()
  })
})

describe('one of several directories', () => {
  async function filled(): Promise<SimDisk> {
    const disk = new SimDisk()
    const engine = engineOn(disk)
    engine.metadataLog()
    for (const topic of ['a', 'b', 'c']) produce(create(engine, topic))
    engine.setAsideStrays()
    await engine.close()
    return disk
  }

  test('that cannot be used is left out; its partitions are offline, the others are served', async () => {
    const disk = await filled()
    disk.fail({ call: 'read', code: 'EIO', path: '/two/' })
    const engine = engineOn(disk)
    engine.metadataLog()
    const stores = ['a', 'b', 'c'].map((topic) => create(engine, topic))
    engine.setAsideStrays()
    expect(stores.filter(({ online }) => online).length).toBeGreaterThan(0)
    expect(stores.filter(({ online }) => !online).length).toBeGreaterThan(0)
    for (const store of stores) {
      if (store.online) expect(produce(store)).toBe(1)
      else expect(() => produce(store)).toThrow('KAFKA_STORAGE_ERROR')
    }
    expect(engine.logDirectories().map(({ path, online }) => [path, online])).toEqual([
      ['/one', true],
      ['/two', false],
    ])
    expect(produce(create(engine, 'new'))).toBe(0)
  })

  test('with the metadata must be usable', async () => {
    const disk = await filled()
    disk.fail({ call: 'read', code: 'EIO', path: '/one/' })
    expect(() => engineOn(disk)).toThrow('/one cannot be used: EIO')
  })

  test('may hold the metadata alone', async () => {
    const disk = new SimDisk()
    const engine = engineOn(disk, { 'metadata.log.dir': '/meta' })
    engine.metadataLog()
    create(engine, 'a')
    expect(disk.list('/meta')).toContain('__cluster_metadata-0')
    expect(disk.list('/one')).toContain('a-0')
    expect(disk.list('/meta')).toContain('meta.properties')
    await engine.close()
  })
})

test('checkpoints of one directory are written though another refuses', async () => {
  const disk = new SimDisk()
  const engine = engineOn(disk)
  for (const topic of ['a', 'b']) create(engine, topic)
  disk.fail({ call: 'write', code: 'EIO', path: '/one/recovery' })
  await engine.checkpoint()
  expect(disk.exists('/two/recovery-point-offset-checkpoint')).toBe(true)
})

test('a bug in background work is told, other failures are not', () => {
  const clock = new HandClock()
  const bugs: unknown[] = []
  const background = new Background(clock, silentLogger, (error) => bugs.push(error))
  let turns = 0
  background.every(10, () => {
    turns += 1
    throw turns === 1 ? new Error('disk') : new AssertionFailure('broken')
  })
  clock.advance(10)
  expect(bugs).toEqual([])
  clock.advance(10)
  expect([turns, bugs.length]).toEqual([2, 1])
  background.stop()
  clock.advance(100)
  expect(turns).toBe(2)
})
