import { beforeEach, describe, expect, test } from 'vitest'
import { errorName } from '../../../protocol/errors.ts'
import { buildRecordBatch } from '../../../protocol/records.ts'
import { SimBroker } from '../../support/sim-broker.ts'

let broker: SimBroker
let startMs: number

beforeEach(async () => {
  broker = await SimBroker.start()
  startMs = broker.clock.nowMs()
  await broker.createTopic('t')
  // Offsets 0..4 with timestamps +0, +10, +40, +20, +30: the largest is not the last.
  for (const [first, second] of [
    [0, 10],
    [40, 20],
    [30, null],
  ] as const) {
    const stamps = [first, second].filter((each) => each !== null)
    const records = buildRecordBatch({
      records: stamps.map((stamp) => ({
        timestamp: startMs + stamp,
        key: null,
        value: Buffer.from('v'),
      })),
    })
    await broker.ask('Produce', 9, {
      acks: -1,
      timeoutMs: 1,
      topicData: [{ name: 't', partitionData: [{ index: 0, records }] }],
    })
  }
})

async function list(timestamp: number, version = 9, changes: object = {}, topic = 't') {
  const answer = await broker.ask('ListOffsets', version, {
    replicaId: -1,
    topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp, ...changes }] }],
  })
  const [partition] = answer.topics[0]?.partitions ?? []
  if (partition === undefined) throw new Error('no partition')
  return { ...partition, error: errorName(partition.errorCode) }
}

describe('ListOffsets', () => {
  test('latest, earliest and the largest timestamp', async () => {
    expect(await list(-1)).toMatchObject({ offset: 5, timestamp: -1, leaderEpoch: 0 })
    expect(await list(-2)).toMatchObject({ offset: 0, timestamp: -1, leaderEpoch: 0 })
    expect(await list(-3)).toMatchObject({ offset: 2, timestamp: startMs + 40 })
  })

  test('by time: the first record at or after it', async () => {
    expect(await list(startMs)).toMatchObject({ offset: 0, timestamp: startMs })
    expect(await list(startMs + 1)).toMatchObject({ offset: 1, timestamp: startMs + 10 })
    expect(await list(startMs + 25)).toMatchObject({ offset: 2, timestamp: startMs + 40 })
    expect(await list(startMs + 41)).toMatchObject({
      error: 'NONE',
      offset: -1,
      timestamp: -1,
      leaderEpoch: -1,
    })
  })

  test('tiered offsets are unknown: there is no tier', async () => {
    expect(await list(-5)).toMatchObject({ error: 'NONE', offset: -1 })
    expect(await list(-4)).toMatchObject({ error: 'NONE', offset: 0 })
  })

  test('special timestamps need the version that brought them', async () => {
    for (const [timestamp, tooOld] of [
      [-3, 6],
      [-4, 7],
      [-5, 8],
      [-6, 10],
      [-7, 11],
    ] as const) {
      expect(await list(timestamp, tooOld)).toMatchObject({
        error: 'UNSUPPORTED_VERSION',
        offset: -1,
      })
    }
  })

  test('unknown partitions, wrong epochs and repeated partitions are refused', async () => {
    expect(await list(-1, 9, {}, 'no')).toMatchObject({ error: 'UNKNOWN_TOPIC_OR_PARTITION' })
    expect(await list(-1, 9, { currentLeaderEpoch: 9 })).toMatchObject({
      error: 'UNKNOWN_LEADER_EPOCH',
    })
    const twice = await broker.ask('ListOffsets', 9, {
      replicaId: -1,
      topics: [
        {
          name: 't',
          partitions: [
            { partitionIndex: 0, timestamp: -1 },
            { partitionIndex: 0, timestamp: -2 },
          ],
        },
      ],
    })
    expect(twice.topics[0]?.partitions.map(({ errorCode }) => errorName(errorCode))).toEqual([
      'INVALID_REQUEST',
      'INVALID_REQUEST',
    ])
  })

  test('version 0 answers a list of offsets, the latest first', async () => {
    const offsets = async (timestamp: number, maxNumOffsets: number) =>
      (await list(timestamp, 0, { maxNumOffsets })).oldStyleOffsets
    expect(await offsets(-1, 10)).toEqual([5, 0])
    expect(await offsets(-1, 1)).toEqual([5])
    expect(await offsets(-2, 10)).toEqual([0])
  })
})
