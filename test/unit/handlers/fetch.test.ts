import { beforeEach, describe, expect, test } from 'vitest'
import { errorName } from '../../../protocol/errors.ts'
import { readMessages } from '../../../protocol/message-set.ts'
import { buildRecordBatch } from '../../../protocol/records.ts'
import type { FetchResponse } from '../../../protocol/codecs/fetch.ts'
import { SimBroker } from '../../support/sim-broker.ts'
import type { Answer } from '../../support/sim-broker.ts'

let broker: SimBroker

beforeEach(async () => {
  broker = await SimBroker.start()
  await broker.createTopic('t', 2)
})

async function produce(partition = 0, count = 1, valueBytes = 10): Promise<void> {
  const records = buildRecordBatch({
    records: Array.from({ length: count }, () => ({
      timestamp: broker.clock.nowMs(),
      key: null,
      value: Buffer.alloc(valueBytes, 'v'),
    })),
  })
  const answer = await broker.ask('Produce', 9, {
    acks: -1,
    timeoutMs: 1,
    topicData: [{ name: 't', partitionData: [{ index: partition, records }] }],
  })
  expect(answer.responses[0]?.partitionResponses[0]?.errorCode).toBe(0)
}

interface Wanted {
  topic?: string
  partition?: number
  fetchOffset?: number
  partitionMaxBytes?: number
  currentLeaderEpoch?: number
  lastFetchedEpoch?: number
}

const topicsOf = (wanted: Wanted[]) =>
  wanted.map(({ topic = 't', partition = 0, ...rest }) => ({
    topic,
    partitions: [{ partition, fetchOffset: 0, partitionMaxBytes: 1_000_000, ...rest }],
  }))

const fetch = (wanted: Wanted[], changes: object = {}, version = 12): Promise<Answer<'Fetch'>> =>
  broker.send('Fetch', version, { maxWaitMs: 0, minBytes: 1, topics: topicsOf(wanted), ...changes })

function summary(answer: Answer<'Fetch'>) {
  if (typeof answer === 'string') return answer
  return answer.responses.flatMap((topic) =>
    topic.partitions.map((partition) => ({
      partition: partition.partitionIndex,
      error: errorName(partition.errorCode),
      highWatermark: partition.highWatermark,
      bytes: partition.records?.byteLength ?? -1,
    })),
  )
}

const answered = (answer: Answer<'Fetch'>): FetchResponse => {
  if (typeof answer === 'string') throw new Error(answer)
  return answer
}

/** Whether the promise is still open after everything that is due has run. */
async function isOpen(promise: Promise<unknown>): Promise<boolean> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
  return (await Promise.race([promise.then(() => 'done'), Promise.resolve('open')])) === 'open'
}

describe('Fetch', () => {
  test('batches come back as they were written, from the one that holds the offset', async () => {
    await produce(0, 3)
    await produce(0, 2)
    const all = summary(await fetch([{ fetchOffset: 1 }]))
    const second = summary(await fetch([{ fetchOffset: 3 }]))
    expect(all).toMatchObject([{ error: 'NONE', highWatermark: 5 }])
    expect(second[0]).toMatchObject({ highWatermark: 5 })
    expect(second[0]).not.toEqual(all[0])
  })

  test('a fetch at the end waits, and is answered by the next append', async () => {
    const waiting = fetch([{}, { partition: 1 }], { maxWaitMs: 500 })
    expect(await isOpen(waiting)).toBe(true)
    await produce(1)
    expect(summary(await waiting)).toMatchObject([{ bytes: 0 }, { partition: 1, highWatermark: 1 }])
  })

  test('a fetch that waited long enough is answered empty', async () => {
    const waiting = fetch([{}], { maxWaitMs: 500 })
    expect(await isOpen(waiting)).toBe(true)
    broker.clock.advance(499)
    expect(await isOpen(waiting)).toBe(true)
    broker.clock.advance(1)
    expect(summary(await waiting)).toMatchObject([{ error: 'NONE', bytes: 0 }])
  })

  test('min bytes are waited for over several appends', async () => {
    const waiting = fetch([{}], { maxWaitMs: 500, minBytes: 300 })
    await produce(0, 1, 100)
    expect(await isOpen(waiting)).toBe(true)
    await produce(0, 1, 100)
    const [partition] = summary(await waiting)
    expect(partition).toMatchObject({ highWatermark: 2 })
  })

  test('a parked fetch whose client is gone lets go of everything', async () => {
    const connection = broker.connect()
    const timersBefore = broker.clock.timerCount
    const waiting = broker.send(
      'Fetch',
      12,
      { maxWaitMs: 500, minBytes: 1, topics: topicsOf([{}]) },
      connection,
    )
    expect(broker.clock.timerCount).toBe(timersBefore + 1)
    connection.close()
    expect(await waiting).toBe('no-answer')
    expect(broker.clock.timerCount).toBe(timersBefore)
  })

  test('deleting the topic ends the wait', async () => {
    const waiting = fetch([{}], { maxWaitMs: 500 })
    await broker.ask('DeleteTopics', 4, { topicNames: ['t'], timeoutMs: 1 })
    expect(summary(await waiting)).toMatchObject([{ error: 'UNKNOWN_TOPIC_OR_PARTITION' }])
  })

  test('an error in one partition is answered at once beside the data of others', async () => {
    await produce(1)
    const answer = summary(
      await fetch([{ fetchOffset: 99 }, { partition: 1 }], { maxWaitMs: 500, minBytes: 1_000_000 }),
    )
    expect(answer).toMatchObject([
      { error: 'OFFSET_OUT_OF_RANGE', highWatermark: -1 },
      { error: 'NONE', highWatermark: 1 },
    ])
  })

  test('budgets hold, but the first batch is always whole', async () => {
    await produce(0, 1, 1000)
    await produce(1, 1, 1000)
    const [first, second] = answered(
      await fetch([{ partitionMaxBytes: 1 }, { partition: 1 }], { maxBytes: 1 }),
    ).responses.flatMap((topic) => topic.partitions)
    expect(first?.records?.byteLength).toBeGreaterThan(1000)
    expect(second?.records?.byteLength).toBe(0)
  })

  test('older and newer leader epochs are fenced', async () => {
    expect(summary(await fetch([{ currentLeaderEpoch: 50 }]))).toMatchObject([
      { error: 'UNKNOWN_LEADER_EPOCH' },
    ])
    expect(summary(await fetch([{ lastFetchedEpoch: 9 }]))).toMatchObject([
      { error: 'OFFSET_OUT_OF_RANGE' },
    ])
  })

  test('unknown topic ids and partitions are refused before reading', async () => {
    const answer = answered(
      await broker.ask('Fetch', 13, {
        maxWaitMs: 100,
        minBytes: 1,
        topics: [
          {
            topicId: 'AAAAAAAAAAAAAAAAAAAAcQ',
            partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1 }],
          },
        ],
      }),
    )
    const [partition] = answer.responses[0]?.partitions ?? []
    expect(errorName(partition?.errorCode ?? 0)).toBe('UNKNOWN_TOPIC_ID')
    expect(partition?.abortedTransactions).toEqual([])
  })

  test('old clients get message sets of their own format', async () => {
    await produce(0, 2)
    for (const [version, magic] of [
      [0, 0],
      [1, 0],
      [2, 1],
      [3, 1],
    ] as const) {
      const answer = answered(await fetch([{}], {}, version))
      const records = answer.responses[0]?.partitions[0]?.records
      expect(records).toBeInstanceOf(Buffer)
      if (!(records instanceof Buffer)) continue
      expect(records[16]).toBe(magic)
      expect((await readMessages(records, 0, records.length)).length).toBeGreaterThan(0)
    }
  })
})

test('a negative bound is an error where there is something to read', async () => {
  await produce()
  const unbounded = [{ partitionMaxBytes: -1 }, { partition: 1, partitionMaxBytes: -1 }]
  expect(summary(await fetch(unbounded))).toMatchObject([
    { partition: 0, error: 'UNKNOWN_SERVER_ERROR', bytes: 0 },
    { partition: 1, error: 'NONE', bytes: 0 },
  ])
  const beyond = await fetch([{ fetchOffset: 9, partitionMaxBytes: -1 }], { maxBytes: -5 })
  expect(summary(beyond)).toMatchObject([{ error: 'OFFSET_OUT_OF_RANGE' }])
})

test('nobody waits for more bytes than the request allows', async () => {
  await produce()
  const answer = await fetch([{}], { maxWaitMs: 60_000, minBytes: 1_000_000, maxBytes: 50 })
  expect(summary(answer)).toMatchObject([{ error: 'NONE' }])
  expect(answered(answer).responses[0]?.partitions[0]?.records?.byteLength).toBeGreaterThan(50)
})

test('a topic that is kept in zstd is refused before version 10', async () => {
  await broker.createTopic('z', 1, { 'compression.type': 'zstd' })
  const errors = async (version: number) =>
    answered(await fetch([{ topic: 'z' }, {}], {}, version)).responses.flatMap((topic) =>
      topic.partitions.map(({ errorCode }) => errorName(errorCode)),
    )
  for (const version of [0, 3, 4, 9]) {
    expect(await errors(version)).toEqual(['UNSUPPORTED_COMPRESSION_TYPE', 'NONE'])
  }
  expect(await errors(10)).toEqual(['NONE', 'NONE'])
})

describe('a consumer that catches up and pauses', () => {
  const bulk = (changes: object = {}) => fetch([{}], { maxWaitMs: 500, ...changes })

  beforeEach(async () => {
    await produce(0, 100, 1024)
    for (let count = 0; count < 10; count++) await bulk()
    broker.clock.advance(1000)
  })

  test('is given some of what made it pause, and the rest at its pace', async () => {
    expect(summary(await bulk())).toMatchObject([{ error: 'NONE' }])
    for (let count = 0; count < 2; count++) await bulk()
    const held = bulk()
    expect(await isOpen(held)).toBe(true)
    broker.clock.advance(100)
    expect(answered(await held).responses[0]?.partitions[0]?.records?.byteLength).toBeGreaterThan(
      100 * 1024,
    )
  })

  test('is not held when it would not wait', async () => {
    for (let count = 0; count < 10; count++) {
      expect(summary(await bulk({ maxWaitMs: 0 }))).toMatchObject([{ error: 'NONE' }])
    }
  })

  test('is not held any more when it has caught up', async () => {
    for (let count = 0; count < 3; count++) await bulk()
    await fetch([{ fetchOffset: 100 }])
    for (let count = 0; count < 10; count++) {
      expect(summary(await bulk())).toMatchObject([{ error: 'NONE' }])
    }
  })
})

describe('a fetch session', () => {
  test('answers news only, and ends when asked to', async () => {
    await produce()
    const first = answered(await fetch([{}, { partition: 1 }], { sessionEpoch: 0 }))
    expect(first.sessionId).toBeGreaterThan(0)
    expect(first.responses.flatMap((topic) => topic.partitions)).toHaveLength(2)
    const { sessionId } = first
    const next = answered(await fetch([{ fetchOffset: 1 }], { sessionId, sessionEpoch: 1 }))
    expect(next.responses).toEqual([])
    await produce(1)
    expect(summary(await fetch([], { sessionId, sessionEpoch: 2 }))).toMatchObject([
      { partition: 1, highWatermark: 1 },
    ])
    expect(answered(await fetch([], { sessionId, sessionEpoch: -1 })).sessionId).toBe(0)
    expect(errorName(answered(await fetch([], { sessionId, sessionEpoch: 3 })).errorCode)).toBe(
      'FETCH_SESSION_ID_NOT_FOUND',
    )
  })

  test('refuses an epoch out of turn and a change to topic ids', async () => {
    const { sessionId } = answered(await fetch([{}], { sessionEpoch: 0 }))
    expect(errorName(answered(await fetch([], { sessionId, sessionEpoch: 7 })).errorCode)).toBe(
      'INVALID_FETCH_SESSION_EPOCH',
    )
    const byId = answered(await fetch([], { sessionId, sessionEpoch: 1 }, 13))
    expect(errorName(byId.errorCode)).toBe('FETCH_SESSION_TOPIC_ID_ERROR')
  })
})
