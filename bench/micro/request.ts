// What does a whole request cost, from its frame to its encoded answer, without the socket?
import { batchOf } from '../generator/frames.ts'
import type { MicroBench, MicroCase } from './measure.ts'
import { frameOf, openWorld, type World } from './world.ts'

const topic = 'bench'
const otherTopic = 'bench-read'
const timeoutMs = 30_000
const batches = 128
const recordsPerBatch = 15
const bytesKept = String(64 << 20)

const produceFrame = (name: string, records: Buffer): Buffer =>
  frameOf('Produce', 9, {
    acks: -1,
    timeoutMs,
    topicData: [{ name, partitionData: [{ index: 0, records }] }],
  })

const fetchFrame = (fetchOffset: number, partitionMaxBytes: number): Buffer =>
  frameOf('Fetch', 12, {
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: 50 << 20,
    topics: [{ topic: otherTopic, partitions: [{ partition: 0, fetchOffset, partitionMaxBytes }] }],
    forgottenTopicsData: [],
  })

export async function request(): Promise<MicroBench> {
  const world = await openWorld()
  const configs = ['retention.bytes', 'segment.bytes'].map((name) => ({ name, value: bytesKept }))
  const plain = { numPartitions: 1, replicationFactor: 1, assignments: [], configs }
  const topics = [topic, otherTopic].map((name) => ({ name, ...plain }))
  await world.ask('CreateTopics', 5, { topics, timeoutMs })
  const large = batchOf(recordsPerBatch, 1024)
  for (let batch = 0; batch < batches; batch++) await world.run(produceFrame(otherTopic, large))
  const caseOf = (name: string, frame: Buffer): MicroCase => ({ name, run: () => world.run(frame) })
  return {
    name: 'request',
    question: 'What does a whole request cost without the socket?',
    cases: [
      caseOf('Produce, one record of 100 B', produceFrame(topic, batchOf(1, 100))),
      caseOf('Produce, a batch of 15 KiB', produceFrame(topic, large)),
      caseOf('Fetch, nothing new', fetchFrame(batches * recordsPerBatch, 1 << 20)),
      caseOf('Fetch, 16 KiB', fetchFrame(0, 16 << 10)),
      caseOf('Fetch, 1 MiB', fetchFrame(0, 1 << 20)),
      caseOf('Metadata of one topic', frameOf('Metadata', 8, { topics: [{ name: topic }] })),
      ...(await groupCases(world)),
    ],
    close: () => world.close(),
  }
}

/** Heartbeats and commits of the only member of a group. */
async function groupCases(world: World): Promise<MicroCase[]> {
  const groupId = 'bench-group'
  const times = { sessionTimeoutMs: 30_000, rebalanceTimeoutMs: 30_000 }
  const protocols = [{ name: 'range', metadata: Buffer.alloc(0) }]
  await world.ask('FindCoordinator', 2, { key: groupId, keyType: 0 })
  const join = { groupId, ...times, memberId: '', protocolType: 'consumer', protocols }
  const { memberId, generationId } = await world.ask('JoinGroup', 3, join)
  const member = { groupId, memberId, generationId }
  const assignments = [{ memberId, assignment: Buffer.alloc(0) }]
  await world.ask('SyncGroup', 3, { ...member, assignments })
  const partitions = [{ partitionIndex: 0, committedOffset: 1, committedMetadata: '' }]
  const commit = {
    groupId,
    memberId,
    generationIdOrMemberEpoch: generationId,
    topics: [{ name: topic, partitions }],
  }
  const heartbeat = frameOf('Heartbeat', 3, member)
  const offsetCommit = frameOf('OffsetCommit', 7, commit)
  return [
    { name: 'Heartbeat', run: () => world.run(heartbeat) },
    { name: 'OffsetCommit, one partition', run: () => world.run(offsetCommit) },
  ]
}
