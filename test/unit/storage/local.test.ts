import { describe, expect, test } from 'vitest'
import { toTopicId } from '../../../src/base/brands.ts'
import { StartupRefused } from '../../../src/base/startup-refused.ts'
import { brokerConfigWith } from '../../../src/config/broker-config.ts'
import { topicConfigWith } from '../../../src/config/topic-config.ts'
import { silentLogger } from '../../../src/io/logger.ts'
import type { Logger } from '../../../src/io/logger.ts'
import { LocalStorageEngine } from '../../../src/storage/local.ts'
import type { PartitionStore } from '../../../src/storage/engine.ts'
import { SimDisk } from '../../../src/testing/sim-disk.ts'
import { CountingRandom, HandClock, batch, startMs } from '../log/fixtures.ts'

const idA = toTopicId('aaaaaaaaaaaaaaaaaaaaaA')
const idB = toTopicId('bbbbbbbbbbbbbbbbbbbbbA')

function engineOn(
  disk: SimDisk,
  options: {
    overrides?: Record<string, string>
    clock?: HandClock
    clusterId?: string
    logger?: Logger
  } = {},
): LocalStorageEngine {
  return LocalStorageEngine.open(
    {
      config: {
        ...brokerConfigWith({ 'log.dirs': '/data', ...options.overrides }),
        clusterId: options.clusterId ?? null,
      },
      disk,
      clock: options.clock ?? new HandClock(),
      random: new CountingRandom(),
      logger: options.logger ?? silentLogger,
    },
    (error) => {
      throw error
    },
  )
}

function create(
  engine: LocalStorageEngine,
  topic = 'a',
  topicId = idA,
  partition = 0,
): PartitionStore {
  return engine.createPartition({ topic, partition, topicId, leaderEpoch: 0 }, topicConfigWith())
}

function fill(store: PartitionStore, count: number): void {
  for (let n = 0; n < count; n++) {
    void store.append(batch(), { origin: 'client', acksAll: true, nowMs: startMs })
  }
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('a start that takes long says now and then how far it has come', async () => {
  const disk = new SimDisk()
  const first = engineOn(disk)
  for (const partition of [0, 1, 2, 3]) create(first, 'a', idA, partition)
  await first.close()
  const said: unknown[] = []
  const clock = new HandClock()
  const logger = { ...silentLogger, info: (fields: object) => void said.push(fields) }
  const second = engineOn(disk, { clock, logger })
  for (const partition of [0, 1, 2, 3]) {
    create(second, 'a', idA, partition)
    clock.advance(3000)
  }
  expect(said).toEqual([{ opened: 3, left: 1 }])
})

describe('a data directory', () => {
  test('gets an identity at the first start and keeps it', async () => {
    const disk = new SimDisk()
    const first = engineOn(disk)
    await first.close()
    const second = engineOn(disk)
    expect(second.clusterId).toBe(first.clusterId)
    expect(second.directoryIds).toEqual(first.directoryIds)
    expect(disk.readFile('/data/meta.properties').toString()).toContain('version=1\n')
  })

  test('takes the configured cluster id, and refuses another one later', async () => {
    const disk = new SimDisk()
    const first = engineOn(disk, { clusterId: 'configured-id' })
    expect(first.clusterId).toBe('configured-id')
    await first.close()
    expect(() => engineOn(disk, { clusterId: 'another-id' })).toThrow(
      'belongs to cluster configured-id',
    )
    expect(engineOn(disk).clusterId).toBe('configured-id')
  })

  test('serves one broker at a time', async () => {
    const disk = new SimDisk()
    const first = engineOn(disk)
    expect(() => engineOn(disk)).toThrow(StartupRefused)
    expect(() => engineOn(disk)).toThrow('/data is in use by another broker')
    await first.close()
    expect(() => engineOn(disk)).not.toThrow()
  })

  test('of another node is refused, with both numbers', async () => {
    const disk = new SimDisk()
    await engineOn(disk).close()
    expect(() => engineOn(disk, { overrides: { 'node.id': '9' } })).toThrow(
      'belongs to node.id 1, the configuration says 9',
    )
    // The refused start has let the lock go.
    expect(() => engineOn(disk)).not.toThrow()
  })

  test('that cannot be made is refused with its path', () => {
    const disk = new SimDisk()
    disk.fail({ call: 'make', code: 'EACCES' })
    expect(() => engineOn(disk)).toThrow('/data cannot be used: EACCES, this user may not use it')
  })

  test('holds the clean-shutdown marker only between a clean end and the next start', async () => {
    const disk = new SimDisk()
    const marker = '/data/.kafka_cleanshutdown'
    const first = engineOn(disk)
    expect(disk.exists(marker)).toBe(false)
    await first.close()
    expect(disk.readFile(marker).toString()).toBe('{"version":0,"brokerEpoch":-1}')
    const second = engineOn(disk)
    second.setAsideStrays()
    expect(disk.exists(marker)).toBe(false)
    second.abandon()
    expect(disk.exists(marker)).toBe(false)
  })
})

describe('partitions', () => {
  test('are found again after a clean end with all they held', async () => {
    const disk = new SimDisk()
    const first = engineOn(disk)
    fill(create(first), 5)
    fill(create(first, 'b', idB, 2), 3)
    await first.close()
    const second = engineOn(disk)
    expect(
      second.found.map(({ topic, partition, topicId }) => [topic, partition, topicId]),
    ).toEqual([
      ['a', 0, idA],
      ['b', 2, idB],
    ])
    expect(create(second).logEndOffset).toBe(5)
    expect(create(second, 'b', idB, 2).logEndOffset).toBe(3)
    expect(second.found).toEqual([])
    expect(second.partition('b', 2)?.logEndOffset).toBe(3)
    expect(second.partition('b', 0)).toBeUndefined()
  })

  test('are found after a kill, by recovery from the checkpointed point', async () => {
    const disk = new SimDisk()
    const first = engineOn(disk)
    fill(create(first), 5)
    await first.checkpoint()
    const second = engineOn(disk.kill())
    expect(create(second).logEndOffset).toBe(5)
  })

  test('that are created twice are the same', () => {
    const engine = engineOn(new SimDisk())
    expect(create(engine)).toBe(create(engine))
  })

  test('of a topic that was deleted and made again do not see the old records', async () => {
    const disk = new SimDisk()
    const first = engineOn(disk)
    fill(create(first), 5)
    await first.close()
    const second = engineOn(disk)
    expect(create(second, 'a', idB).logEndOffset).toBe(0)
    expect(disk.list('/data').some((name) => /^a-0\.[0-9a-f]{32}-stray$/.test(name))).toBe(true)
  })

  test('that nobody claims are set aside, not deleted', async () => {
    const disk = new SimDisk()
    const first = engineOn(disk)
    fill(create(first), 1)
    first.metadataLog()
    await first.close()
    const second = engineOn(disk)
    second.setAsideStrays()
    const names = disk.list('/data')
    expect(names.filter((name) => name.endsWith('-stray'))).toHaveLength(1)
    expect(names).toContain('__cluster_metadata-0')
  })

  test('go to the log directory that has the fewest', () => {
    const engine = engineOn(new SimDisk(), { overrides: { 'log.dirs': '/x,/y' } })
    for (let n = 0; n < 4; n++) create(engine, 'a', idA, n)
    expect(
      engine.logDirectories().map(({ path, partitions }) => [path, partitions.length]),
    ).toEqual([
      ['/x', 2],
      ['/y', 2],
    ])
  })

  test('that are deleted make room in their log directory', () => {
    const engine = engineOn(new SimDisk(), { overrides: { 'log.dirs': '/x,/y' } })
    for (let n = 0; n < 2; n++) create(engine, 'a', idA, n)
    create(engine, 'b', idB)
    engine.deleteTopic('a')
    for (let n = 0; n < 3; n++) create(engine, 'c', idA, n)
    expect(engine.logDirectories().map(({ partitions }) => partitions.length)).toEqual([2, 2])
  })

  test('whose process died before it wrote whose they are get that written by the next', () => {
    const disk = new SimDisk()
    const path = '/data/a-0/partition.metadata'
    create(engineOn(disk))
    const written = disk.readFile(path).toString()
    for (const left of [null, '', 'version: 0\ntopic']) {
      const next = disk.kill()
      if (left === null) next.remove(path)
      else next.writeFile(path, Buffer.from(left))
      create(engineOn(next))
      expect(next.readFile(path).toString()).toBe(written)
    }
  })

  test('are new in a directory that was left over: nothing in it is theirs', () => {
    const disk = new SimDisk()
    const engine = engineOn(disk)
    engine.setAsideStrays()
    const leftover = ['.log', '.index', '.timeindex', '.txnindex'].map(
      (suffix) => `/data/a-0/${'0'.repeat(20)}${suffix}`,
    )
    for (const path of leftover) disk.writeFile(path, Buffer.from('left'))
    const log = create(engine)
    fill(log, 1)
    expect(log.logEndOffset).toBe(1)
    expect(disk.readFile(leftover[0] ?? '')).toHaveLength(batch().length)
    expect(disk.exists(leftover[3] ?? '')).toBe(false)
  })

  test('of the metadata log have the id that every KRaft cluster gives them', () => {
    const disk = new SimDisk()
    const log = engineOn(disk).metadataLog()
    expect(log.topicId).toBe('AAAAAAAAAAAAAAAAAAAAAQ')
    expect(log.leaderEpoch).toBe(1)
    expect(disk.exists('/data/__cluster_metadata-0/partition.metadata')).toBe(true)
  })
})

describe('deleting a topic', () => {
  test('takes it away at once, wakes who waits, and removes its files after the delay', () => {
    const disk = new SimDisk()
    const clock = new HandClock()
    const engine = engineOn(disk, { clock })
    const store = create(engine)
    let wakes = 0
    store.onceAdvanced(() => (wakes += 1))
    engine.deleteTopic('a')
    expect(engine.partition('a', 0)).toBeUndefined()
    expect([store.online, wakes]).toEqual([false, 1])
    expect(disk.list('/data').some((name) => /^a-0\.[0-9a-f]{32}-delete$/.test(name))).toBe(true)
    clock.advance(60_000)
    expect(disk.list('/data').filter((name) => name.startsWith('a-0'))).toEqual([])
  })

  test('that the process did not live to finish is finished by the next', () => {
    const disk = new SimDisk()
    const engine = engineOn(disk)
    create(engine)
    engine.deleteTopic('a')
    const after = disk.kill()
    const clock = new HandClock()
    const second = engineOn(after, { clock })
    expect(second.found).toEqual([])
    clock.advance(60_000)
    expect(after.list('/data').filter((name) => name.startsWith('a-0'))).toEqual([])
  })
})

describe('in the background', () => {
  test('what was appended is synced within the interval', async () => {
    const disk = new SimDisk()
    const clock = new HandClock()
    const engine = engineOn(disk, { clock })
    fill(create(engine), 4)
    expect(disk.crash().fileSize('/data/a-0/00000000000000000000.log')).toBe(0)
    clock.advance(1000)
    for (let n = 0; n < 10; n++) await settle()
    const lost = disk.crash()
    expect(create(engineOn(lost)).logEndOffset).toBe(4)
  })

  test('deleted records stay deleted after a kill', async () => {
    const disk = new SimDisk()
    const engine = engineOn(disk)
    const store = create(engine)
    fill(store, 6)
    await store.deleteRecordsBefore(4)
    expect(disk.readFile('/data/log-start-offset-checkpoint').toString()).toBe('0\n1\na 0 4\n')
    expect(create(engineOn(disk.kill())).logStartOffset).toBe(4)
  })

  test('retention and checkpoints run on their intervals', async () => {
    const disk = new SimDisk()
    const clock = new HandClock()
    const overrides = { 'log.retention.check.interval.ms': '1000' }
    const engine = engineOn(disk, { clock, overrides })
    const spec = { topic: 'a', partition: 0, topicId: idA, leaderEpoch: 0 }
    const store = engine.createPartition(spec, topicConfigWith({ retentionMs: 5000 }))
    fill(store, 3)
    engine.startBackground()
    clock.advance(1000)
    expect(store.logStartOffset).toBe(0)
    clock.advance(6000)
    await settle()
    expect(store.logStartOffset).toBe(3)
    clock.advance(60_000)
    await engine.checkpoint()
    expect(disk.readFile('/data/recovery-point-offset-checkpoint').toString()).toMatch(
      /^0\n1\na 0 \d+\n$/,
    )
  })

  test('nothing runs after the close', async () => {
    const clock = new HandClock()
    const disk = new SimDisk()
    const engine = engineOn(disk, { clock })
    engine.startBackground()
    await engine.close()
    const before = disk.readFile('/data/recovery-point-offset-checkpoint')
    clock.advance(10_000_000)
    expect(disk.readFile('/data/recovery-point-offset-checkpoint')).toEqual(before)
    expect(disk.openFiles).toBe(0)
  })
})

test('a log begins later once that is checkpointed, and not where the disk refuses', async () => {
  const disk = new SimDisk()
  const engine = engineOn(disk)
  const store = create(engine)
  fill(store, 5)
  disk.fail({ call: 'write', path: 'log-start-offset-checkpoint', code: 'EIO' })
  await expect(store.deleteRecordsBefore(3)).rejects.toThrow('KAFKA_STORAGE_ERROR')
  expect(store.logStartOffset).toBe(0)
  disk.heal()
  const deleted = store.deleteRecordsBefore(2)
  expect(store.logStartOffset).toBe(0)
  expect(await deleted).toBe(2)
  engine.abandon()
  expect(create(engineOn(disk.kill())).logStartOffset).toBe(2)
})

test('what is taken until the close is kept by it, and what comes later is refused', async () => {
  const disk = new SimDisk()
  const engine = engineOn(disk)
  const store = create(engine)
  fill(store, 1)
  disk.latency = settle
  const closed = engine.close()
  let taken = 1
  try {
    for (; taken < 1000; taken++) {
      await settle()
      fill(store, 1)
    }
    expect.fail('the log was never closed')
  } catch (error) {
    expect(String(error)).toContain('KAFKA_STORAGE_ERROR')
  }
  await closed
  expect(create(engineOn(disk.crash())).logEndOffset).toBe(taken)
})

test('a partition that its disk refused is closed without the clean marker', async () => {
  const disk = new SimDisk()
  const engine = engineOn(disk)
  const store = create(engine)
  disk.fail({ call: 'write', code: 'EIO', path: 'a-0/', times: 1 })
  expect(() => store.append(batch(), { origin: 'client', acksAll: true, nowMs: startMs })).toThrow(
    'KAFKA_STORAGE_ERROR',
  )
  await engine.close()
  expect(disk.exists('/data/.kafka_cleanshutdown')).toBe(false)
})
