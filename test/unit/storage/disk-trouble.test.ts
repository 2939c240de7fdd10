import { describe, expect, test } from 'vitest'
import { AssertionFailure } from '../../../src/base/assert.ts'
import { toTopicId } from '../../../src/base/brands.ts'
import { isPromise } from '../../../src/base/maybe-promise.ts'
import { brokerConfigWith } from '../../../src/config/broker-config.ts'
import { topicConfigWith } from '../../../src/config/topic-config.ts'
import { silentLogger } from '../../../src/io/logger.ts'
import { PartitionLog } from '../../../src/log/partition-log.ts'
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
  onBug: (error: unknown) => void = (error) => {
    throw error
  },
): LocalStorageEngine {
  return LocalStorageEngine.open(
    {
      config: brokerConfigWith({ 'log.dirs': '/one,/two', ...overrides }),
      disk,
      clock,
      random: new CountingRandom(),
      logger: silentLogger,
    },
    onBug,
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
    const engine = engineOn(disk, { 'log.dirs': '/one' }, clock)
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

describe('one of several directories that fails while the broker runs', () => {
  function running(onBug?: (error: unknown) => void): {
    disk: SimDisk
    engine: LocalStorageEngine
    stores: PartitionStore[]
  } {
    const disk = new SimDisk()
    const engine = engineOn(disk, {}, new HandClock(), onBug)
    engine.metadataLog()
    const stores = ['a', 'b', 'c', 'd'].map((topic) => create(engine, topic))
    engine.setAsideStrays()
    for (const store of stores) produce(store)
    return { disk, engine, stores }
  }

  function homesOf(engine: LocalStorageEngine): Record<string, string[]> {
    const named = engine.logDirectories().map(({ path, partitions }) => {
      return [path, partitions.map(({ topic }) => topic)] as const
    })
    return Object.fromEntries(named)
  }

  test('takes all its partitions with it, and the others go on', () => {
    const { disk, engine, stores } = running()
    const inTwo = new Set(homesOf(engine)['/two'])
    expect(inTwo.size).toBeGreaterThan(1)
    disk.fail({ call: 'write', code: 'EIO', path: '/two/' })
    const [first] = stores.filter(({ topic }) => inTwo.has(topic))
    if (first === undefined) throw new Error('one lies in /two')
    expect(() => produce(first)).toThrow('KAFKA_STORAGE_ERROR')
    for (const store of stores) {
      expect(store.online).toBe(!inTwo.has(store.topic))
      if (store.online) expect(produce(store)).toBe(1)
      else expect(() => produce(store)).toThrow('KAFKA_STORAGE_ERROR')
    }
    const directories = engine.logDirectories()
    expect(directories.map(({ path, online }) => [path, online])).toEqual([
      ['/one', true],
      ['/two', false],
    ])
    expect(directories[1]?.partitions).toEqual([])
    disk.heal()
    expect(() => produce(first)).toThrow('KAFKA_STORAGE_ERROR')
    expect(produce(create(engine, 'new'))).toBe(0)
    expect(homesOf(engine)['/one']).toContain('new')
  })

  test('is closed as it is: the next start recovers it, and only it', async () => {
    const { disk, engine, stores } = running()
    const inTwo = new Set(homesOf(engine)['/two'])
    disk.fail({ call: 'read', code: 'EIO', path: '/two/', times: 1 })
    const store = stores.find(({ topic }) => inTwo.has(topic))
    const request = { offset: 0, maxBytes: 1, minOneBatch: true, limit: 'log-end' } as const
    expect(() => store?.read(request)).toThrow('KAFKA_STORAGE_ERROR')
    await engine.close()
    expect(disk.exists('/one/.kafka_cleanshutdown')).toBe(true)
    expect(disk.exists('/two/.kafka_cleanshutdown')).toBe(false)
    const again = engineOn(disk.kill())
    again.metadataLog()
    for (const topic of ['a', 'b', 'c', 'd']) expect(produce(create(again, topic))).toBe(1)
  })

  test('stops the broker when it holds the metadata', () => {
    const bugs: unknown[] = []
    const { disk, engine, stores } = running((error) => bugs.push(error))
    const inOne = new Set(homesOf(engine)['/one'])
    disk.fail({ call: 'write', code: 'EROFS', path: '/one/' })
    const store = stores.find(({ topic }) => inOne.has(topic))
    if (store === undefined) throw new Error('one lies in /one')
    expect(() => produce(store)).toThrow('KAFKA_STORAGE_ERROR')
    expect(bugs.map(String)).toEqual(['StorageLost: /one failed and holds the metadata (EROFS)'])
  })

  test('is noticed by a new partition, which goes to another', () => {
    const { disk, engine } = running()
    disk.fail({ call: 'make', code: 'EROFS', path: '/two/' })
    const made = ['e', 'f', 'g'].map((topic) => create(engine, topic))
    expect(made.map((store) => produce(store))).toEqual([0, 0, 0])
    expect(homesOf(engine)['/one']).toEqual(expect.arrayContaining(['e', 'f', 'g']))
  })
})

describe('a full disk', () => {
  test('costs appends while it is full and nothing else, whatever call meets it', async () => {
    for (const call of ['write', 'open', 'truncate', 'rename'] as const) {
      const disk = new SimDisk()
      const clock = new HandClock()
      const engine = engineOn(disk, { 'log.dirs': '/one' }, clock)
      engine.metadataLog()
      const store = create(engine, 'a')
      engine.setAsideStrays()
      engine.startBackground()
      produce(store)
      disk.fail({ call, code: 'ENOSPC', path: '/a-0/' })
      for (let second = 0; second < 3; second++) {
        clock.advance(1000)
        await new Promise(setImmediate)
        try {
          produce(store)
        } catch (error) {
          expect(String(error)).toContain('KAFKA_STORAGE_ERROR')
        }
      }
      expect(store.online).toBe(true)
      disk.heal()
      const next = produce(store)
      expect(next).toBe(store.logEndOffset - 1)
      clock.advance(1000)
      await new Promise(setImmediate)
      await engine.close()
      const again = engineOn(disk.crash(), { 'log.dirs': '/one' })
      again.metadataLog()
      expect(create(again, 'a').logEndOffset).toBe(next + 1)
    }
  })

  test.each(['open', 'write', 'truncate'] as const)(
    'costs a sync that needs to %s a file, and the next one makes up for it',
    async (call) => {
      for (let after = 0; after < 12; after++) {
        const disk = new SimDisk()
        const engine = engineOn(disk, { 'log.dirs': '/one' })
        const spec = { topic: 'a', partition: 0, topicId, leaderEpoch: 0 }
        const store = engine.createPartition(spec, topicConfigWith({ segmentBytes: 300 }))
        if (!(store instanceof PartitionLog)) expect.fail('the disk is well')
        for (let n = 0; n < 8; n++) produce(store)
        disk.fail({ call, code: 'EMFILE', path: '/a-0/', after })
        await store.flush().catch((error: unknown) => {
          expect(String(error)).toContain('KAFKA_STORAGE_ERROR')
        })
        expect(store.online).toBe(true)
        disk.heal()
        await store.flush()
        engine.abandon()
        const again = engineOn(disk.crash(), { 'log.dirs': '/one' })
        expect(create(again, 'a').logEndOffset).toBe(8)
      }
    },
  )

  test('that loses what it had taken ends the partition: nobody knows what is on the device', async () => {
    const disk = new SimDisk()
    const engine = engineOn(disk, { 'log.dirs': '/one', 'ottla.durability': 'fsync' })
    const store = create(engine, 'a')
    disk.fail({ call: 'sync', code: 'ENOSPC', path: '.log' })
    const appended = store.append(batch(), { origin: 'client', acksAll: true, nowMs: startMs })
    await expect(appended).rejects.toThrow('KAFKA_STORAGE_ERROR')
    expect(store.online).toBe(false)
  })
})

test('a data directory that was removed is not made again by the next partition', () => {
  const disk = new SimDisk()
  const engine = engineOn(disk, { 'log.dirs': '/one' })
  engine.metadataLog()
  engine.setAsideStrays()
  disk.removeTree('/one')
  const store = create(engine, 'a')
  expect(store.online).toBe(false)
  expect(disk.isDirectory('/one')).toBe(false)
})

test('checkpoints of one directory are written though another refuses', async () => {
  const disk = new SimDisk()
  const engine = engineOn(disk)
  for (const topic of ['a', 'b']) create(engine, topic)
  disk.fail({ call: 'write', code: 'EIO', path: '/two/recovery' })
  await engine.checkpoint()
  expect(disk.exists('/one/recovery-point-offset-checkpoint')).toBe(true)
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
