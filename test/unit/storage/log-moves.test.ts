// Moves of a partition between two log directories while it is used.
import { describe, expect, test } from 'vitest'
import type { LogDirectoryInfo } from '../../../src/storage/engine.ts'
import {
  UnhurriedDisk,
  directoriesOn,
  openTwoDirectories,
  topic,
} from '../../support/two-directories.ts'
import type { TwoDirectories } from '../../support/two-directories.ts'
import { allBaseOffsets, append, appendMarker, batch, marker, readBytes } from '../log/fixtures.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function fill({ log }: TwoDirectories, count: number): void {
  for (let n = 0; n < count; n++) append(log, batch())
}

function directory({ engine }: TwoDirectories, path: string): LogDirectoryInfo {
  const found = engine.logDirectories().find((one) => one.path === path)
  if (found === undefined) throw new Error(`${path} is no log directory`)
  return found
}

async function settled(world: TwoDirectories): Promise<void> {
  for (let n = 0; n < 1000; n++) {
    if (world.engine.logDirectories().every(({ futures }) => futures.length === 0)) return turn()
    await turn()
  }
  throw new Error('the move does not end')
}

describe('a partition that moves', () => {
  test('is used all the while, and lies in the other directory afterwards', async () => {
    const disk = new UnhurriedDisk()
    const world = openTwoDirectories(disk)
    fill(world, 40)
    expect(world.engine.movePartition(topic, 0, '/two')).toBe('NONE')
    expect(directory(world, '/two').futures).toMatchObject([{ topic, partition: 0 }])
    let during = 0
    while (directory(world, '/two').futures.length > 0) {
      append(world.log, batch())
      during += 1
      await turn()
    }
    expect(during).toBeGreaterThan(3)
    const expected = Array.from({ length: 40 + during }, (_, offset) => offset)
    expect(allBaseOffsets(world.log)).toEqual(expected)
    expect(world.log.directory).toBe('/two/orders-0')
    expect(directory(world, '/one').partitions).toEqual([])
    expect(directory(world, '/two').partitions).toEqual([world.log])
    expect(directoriesOn(disk)).toEqual(['/one/orders-0-delete', '/two/orders-0'])
    world.clock.advance(60_000)
    await turn()
    expect(directoriesOn(disk)).toEqual(['/two/orders-0'])
    fill(world, 5)
    await world.engine.close()
    const again = openTwoDirectories(disk)
    expect(again.log.directory).toBe('/two/orders-0')
    expect(allBaseOffsets(again.log)).toEqual([...expected, ...next(expected.length, 5)])
  })

  test('takes its producers, open transactions, aborts and start with it', async () => {
    const disk = new UnhurriedDisk()
    const world = openTwoDirectories(disk)
    const { log, engine } = world
    fill(world, 20)
    append(log, batch({ producerId: 7, producerEpoch: 0, baseSequence: 0, isTransactional: true }))
    appendMarker(log, marker(7, false))
    append(log, batch({ producerId: 8, producerEpoch: 0, baseSequence: 0, isTransactional: true }))
    await log.deleteRecordsBefore(12)
    engine.movePartition(topic, 0, '/two')
    await settled(world)
    const before = facts(world)
    expect(before).toMatchObject({ logStartOffset: 12, lastStableOffset: 22 })
    engine.abandon()
    // As if killed: the files alone must say the same.
    expect(facts(openTwoDirectories(disk.kill()))).toEqual(before)
  })

  test('to where it lies already does not move', async () => {
    const disk = new UnhurriedDisk()
    const world = openTwoDirectories(disk)
    fill(world, 3)
    expect(world.engine.movePartition(topic, 0, '/one')).toBe('NONE')
    await settled(world)
    expect(directoriesOn(disk)).toEqual(['/one/orders-0'])
  })

  test('is called back by a move to where it lies', async () => {
    const disk = new UnhurriedDisk()
    const world = openTwoDirectories(disk)
    fill(world, 40)
    world.engine.movePartition(topic, 0, '/two')
    await turn()
    world.engine.movePartition(topic, 0, '/one')
    for (let n = 0; n < 20; n++) await turn()
    expect(world.log.directory).toBe('/one/orders-0')
    expect(directoriesOn(disk)).toEqual(['/one/orders-0'])
  })

  test('stays where it is when the other disk refuses', async () => {
    const disk = new UnhurriedDisk()
    const world = openTwoDirectories(disk)
    fill(world, 40)
    disk.fail({ call: 'write', code: 'ENOSPC', path: '/two/' })
    world.engine.movePartition(topic, 0, '/two')
    await settled(world)
    disk.heal()
    for (let n = 0; n < 20; n++) await turn()
    fill(world, 1)
    expect(allBaseOffsets(world.log)).toHaveLength(41)
    expect(directoriesOn(disk)).toEqual(['/one/orders-0'])
  })

  test('stays where it is when the last step fails, and can move later', async () => {
    const disk = new UnhurriedDisk()
    const world = openTwoDirectories(disk)
    fill(world, 10)
    disk.fail({ call: 'rename', code: 'EDQUOT', path: '-future', times: 1 })
    world.engine.movePartition(topic, 0, '/two')
    await settled(world)
    expect(world.log.directory).toBe('/one/orders-0')
    fill(world, 1)
    world.engine.movePartition(topic, 0, '/two')
    await settled(world)
    expect(world.log.directory).toBe('/two/orders-0')
    expect(allBaseOffsets(world.log)).toHaveLength(11)
  })

  test.each(['write', 'sync', 'rename'] as const)(
    'stays where it is when the other disk fails (%s), which is out of use then',
    async (call) => {
      const disk = new UnhurriedDisk()
      const world = openTwoDirectories(disk)
      fill(world, 10)
      disk.fail({ call, code: 'EIO', path: call === 'rename' ? '-future' : '/two/' })
      world.engine.movePartition(topic, 0, '/two')
      await settled(world)
      expect(directory(world, '/two').online).toBe(false)
      expect(directory(world, '/one')).toMatchObject({ online: true, partitions: [world.log] })
      fill(world, 1)
      expect(allBaseOffsets(world.log)).toHaveLength(11)
      expect(world.engine.movePartition(topic, 0, '/two')).toBe('KAFKA_STORAGE_ERROR')
    },
  )

  test('takes its own directory out of use when that cannot be read', async () => {
    const disk = new UnhurriedDisk()
    const world = openTwoDirectories(disk, { 'metadata.log.dir': '/two' })
    fill(world, 40)
    disk.fail({ call: 'read', code: 'EIO', path: '/one/' })
    world.engine.movePartition(topic, 0, '/two')
    await settled(world)
    expect([directory(world, '/one').online, directory(world, '/two').online]).toEqual([
      false,
      true,
    ])
    expect(world.log.online).toBe(false)
  })

  test('tells where it lies from then on', async () => {
    const disk = new UnhurriedDisk()
    const ids: string[] = []
    const world = openTwoDirectories(disk, {}, (_, id) => ids.push(id))
    world.engine.movePartition(topic, 0, '/two')
    await settled(world)
    expect(ids).toEqual(world.engine.directoryIds)
  })

  test('that is deleted meanwhile leaves nothing', async () => {
    const disk = new UnhurriedDisk()
    const world = openTwoDirectories(disk)
    fill(world, 40)
    world.engine.movePartition(topic, 0, '/two')
    await turn()
    world.engine.deleteTopic(topic)
    for (let n = 0; n < 20; n++) await turn()
    world.clock.advance(60_000)
    for (let n = 0; n < 20; n++) await turn()
    expect(directoriesOn(disk)).toEqual([])
  })

  test('goes on moving after a restart', async () => {
    const disk = new UnhurriedDisk()
    const world = openTwoDirectories(disk)
    fill(world, 40)
    world.engine.movePartition(topic, 0, '/two')
    await turn()
    await world.engine.close()
    const again = openTwoDirectories(disk)
    await settled(again)
    expect(again.log.directory).toBe('/two/orders-0')
    expect(allBaseOffsets(again.log)).toHaveLength(40)
  })

  test('an empty one moves too', async () => {
    const disk = new UnhurriedDisk()
    const world = openTwoDirectories(disk)
    world.engine.movePartition(topic, 0, '/two')
    await settled(world)
    fill(world, 2)
    expect(world.log.directory).toBe('/two/orders-0')
    expect(allBaseOffsets(world.log)).toEqual([0, 1])
  })

  test('segments that retention deletes meanwhile are not there afterwards', async () => {
    const disk = new UnhurriedDisk()
    const world = openTwoDirectories(disk)
    fill(world, 60)
    world.engine.movePartition(topic, 0, '/two')
    for (let n = 0; n < 4; n++) await turn()
    expect(directory(world, '/two').futures).toHaveLength(1)
    await world.log.deleteRecordsBefore(30)
    await settled(world)
    const names = disk.list('/two/orders-0').filter((name) => name.endsWith('.log'))
    expect(names).toHaveLength(world.log.segments.length)
    expect(allBaseOffsets(world.log)[0]).toBe(30)
  })
})

describe('what cannot be moved', () => {
  test('is refused with Kafka’s errors', async () => {
    const disk = new UnhurriedDisk()
    const { engine } = openTwoDirectories(disk)
    expect(engine.movePartition(topic, 0, '/three')).toBe('LOG_DIR_NOT_FOUND')
    expect(engine.movePartition(topic, 0, 'two')).toBe('LOG_DIR_NOT_FOUND')
    expect(engine.movePartition(topic, 1, '/two')).toBe('UNKNOWN_TOPIC_OR_PARTITION')
    expect(engine.movePartition('other', 0, '/two')).toBe('UNKNOWN_TOPIC_OR_PARTITION')
    engine.metadataLog()
    expect(engine.movePartition('__cluster_metadata', 0, '/two')).toBe('UNKNOWN_TOPIC_OR_PARTITION')
  })
})

function next(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, at) => from + at)
}

function facts({ log }: TwoDirectories) {
  const { directory: path, logStartOffset, logEndOffset, lastStableOffset, leaderEpoch } = log
  const request = { offset: 12, maxBytes: 1e6, minOneBatch: true, limit: 'log-end' } as const
  const { abortedTransactions } = log.read(request)
  const records = readBytes(log, 12).toString('hex')
  const producers = log.activeProducers()
  const ends = { logStartOffset, logEndOffset, lastStableOffset, leaderEpoch }
  return { path, ...ends, abortedTransactions, records, producers }
}
