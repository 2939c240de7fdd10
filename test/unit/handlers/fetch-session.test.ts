import { describe, expect, test } from 'vitest'
import { toTopicId, zeroTopicId } from '../../../src/base/brands.ts'
import { FetchSessions, takeNews } from '../../../src/handlers/fetch-session.ts'
import type { FetchPartition } from '../../../src/handlers/fetch-session.ts'

const partitionOf = (
  topic: string,
  partition: number,
  changes: Partial<FetchPartition> = {},
): FetchPartition => ({
  topic,
  topicId: zeroTopicId,
  partition,
  fetchOffset: 0,
  maxBytes: 1000,
  currentLeaderEpoch: -1,
  lastFetchedEpoch: -1,
  toldHighWatermark: -1,
  toldLogStartOffset: -1,
  ...changes,
})

let nextByte = 0
const random = { bytes: (count: number) => Buffer.alloc(count, ++nextByte) }
const quiet = { errorCode: 0, highWatermark: 5, logStartOffset: 0, byteLength: 0, diverges: false }

describe('a fetch session', () => {
  test('keeps its partitions, takes changes, and forgets', () => {
    const sessions = new FetchSessions({ slotsMax: 10, random })
    const session = sessions.create(false, [partitionOf('a', 0), partitionOf('a', 1)], 0)
    session?.update(
      [partitionOf('a', 1, { fetchOffset: 7 }), partitionOf('b', 0)],
      [{ topic: 'a', topicId: zeroTopicId, partition: 0 }],
    )
    expect(
      session?.partitions().map((each) => [each.topic, each.partition, each.fetchOffset]),
    ).toEqual([
      ['a', 1, 7],
      ['b', 0, 0],
    ])
  })

  test('reads a partition that gave data last the next time', () => {
    const sessions = new FetchSessions({ slotsMax: 10, random })
    const [first, second] = [partitionOf('a', 0), partitionOf('a', 1)]
    const session = sessions.create(false, [first, second], 0)
    session?.moveToEnd(first)
    expect(session?.partitions()).toEqual([second, first])
  })

  test('tells topics apart by id when requests name them by id', () => {
    const sessions = new FetchSessions({ slotsMax: 10, random })
    const id = toTopicId('mtyJ4oBjRlSFGt_hFY8a7Q')
    const session = sessions.create(true, [partitionOf('a', 0, { topicId: id, topic: null })], 0)
    session?.update([], [{ topic: '', topicId: id, partition: 0 }])
    expect(session?.partitionCount).toBe(0)
  })
})

describe('news', () => {
  test('a partition is told again only when something changed', () => {
    const partition = partitionOf('a', 0)
    expect(takeNews(partition, quiet)).toBe(true)
    expect(takeNews(partition, quiet)).toBe(false)
    expect(takeNews(partition, { ...quiet, highWatermark: 6 })).toBe(true)
    expect(takeNews(partition, { ...quiet, highWatermark: 6, logStartOffset: 2 })).toBe(true)
    expect(
      takeNews(partition, { ...quiet, highWatermark: 6, logStartOffset: 2, byteLength: 1 }),
    ).toBe(true)
  })

  test('after an error the next good answer is told even without other news', () => {
    const partition = partitionOf('a', 0)
    takeNews(partition, quiet)
    expect(takeNews(partition, { ...quiet, errorCode: 1, highWatermark: -1 })).toBe(true)
    expect(takeNews(partition, quiet)).toBe(true)
    expect(takeNews(partition, quiet)).toBe(false)
  })
})

describe('the cache of fetch sessions', () => {
  test('refuses a session when all slots are in use, and evicts the one idle longest', () => {
    const sessions = new FetchSessions({ slotsMax: 2, random })
    const old = sessions.create(false, [], 0)
    const young = sessions.create(false, [], 0)
    expect(sessions.create(false, [], 1000)).toBeUndefined()
    if (old !== undefined) sessions.use(old, 100_000)
    const third = sessions.create(false, [], 130_000)
    expect(third).toBeDefined()
    expect(sessions.get(young?.id ?? -1)).toBeUndefined()
    expect(sessions.get(old?.id ?? -1)).toBe(old)
    expect(sessions.evictionCount).toBe(1)
  })

  test('the epoch of a session moves on with each use and wraps to 1', () => {
    const sessions = new FetchSessions({ slotsMax: 2, random })
    const session = sessions.create(false, [], 0)!
    expect(session.epoch).toBe(1)
    sessions.use(session, 1)
    expect(session.epoch).toBe(2)
    session.epoch = 2 ** 31 - 1
    sessions.use(session, 2)
    expect(session.epoch).toBe(1)
  })
})
