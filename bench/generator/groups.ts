// Many classic groups of one member each, all at once: how long they take to form, and how fast they commit.
import { setTimeout as sleep } from 'node:timers/promises'
import { encodeRequestFrame, WireClient } from '../../test/support/wire-client.ts'
import { quantiles, type Figures } from '../figures.ts'
import { CpuMeter } from './meter.ts'
import type { GroupsTask } from './tasks.ts'
import { makeTopic, removeTopic } from './topics.ts'

const sessionTimeoutMs = 30_000
/** A crowded broker may take longer to form hundreds of groups than a client would wait. */
const answerMillisMax = 60_000
const pollMs = 50
const header = { correlationId: 1, clientId: 'ottla-bench' }
const noBytes = Buffer.alloc(0)
const coordinatorLoads = 14
const notCoordinator = 16
const coordinatorNotAvailable = 15
const memberIdRequired = 79

/** What a group answers while its coordinator is still being found or loaded. */
const passing = [coordinatorLoads, coordinatorNotAvailable, notCoordinator]

/** Apache Kafka reads what a member subscribes to, and never answers a join whose metadata it cannot read. */
function subscriptionTo(topic: string): Buffer {
  const name = Buffer.from(topic)
  const head = Buffer.alloc(8)
  head.writeInt32BE(1, 2) // after version 0: one topic
  head.writeInt16BE(name.length, 6)
  const noUserData = Buffer.alloc(4, 0xff)
  return Buffer.concat([head, name, noUserData])
}

interface Member {
  readonly client: WireClient
  readonly groupId: string
  memberId: string
  generationId: number
}

export async function runGroups(task: GroupsTask): Promise<Figures> {
  const { port, topic, count } = task
  await makeTopic(port, topic, 1)
  const members = await Promise.all(
    Array.from({ length: count }, async (_, at): Promise<Member> => {
      const client = await WireClient.open(`127.0.0.1:${port}`, 'ottla-bench')
      const groupId = `${topic}-group-${at}`
      await untilFound(client, groupId)
      return { client, groupId, memberId: '', generationId: -1 }
    }),
  )
  const started = performance.now()
  const protocols = [{ name: 'range', metadata: subscriptionTo(topic) }]
  await Promise.all(members.map((member) => join(member, protocols)))
  const joinMs = performance.now() - started
  const commits = await commitAll(members, task)
  if (task.stay !== true) await Promise.all(members.map(leave))
  for (const { client } of members) client.end()
  if (task.stay !== true) await removeTopic(port, topic)
  return { 'join ms': joinMs, ...commits }
}

/** FindCoordinator makes the offsets topic, where there is none, and says no until its partitions are led. */
async function untilFound(client: WireClient, key: string): Promise<void> {
  for (;;) {
    const { errorCode } = await client.call('FindCoordinator', 2, { key, keyType: 0 })
    if (errorCode === 0) return
    expectPassing('FindCoordinator', errorCode)
    await sleep(pollMs)
  }
}

async function join(
  member: Member,
  protocols: readonly { name: string; metadata: Buffer }[],
): Promise<void> {
  const { client, groupId } = member
  const timeouts = { sessionTimeoutMs, rebalanceTimeoutMs: sessionTimeoutMs }
  for (;;) {
    const { memberId } = member
    const request = { groupId, ...timeouts, memberId, protocolType: 'consumer', protocols }
    const answer = await client.call('JoinGroup', 5, request, answerMillisMax)
    member.memberId = answer.memberId
    member.generationId = answer.generationId
    if (answer.errorCode === 0) break
    if (answer.errorCode === memberIdRequired) continue
    expectPassing('JoinGroup', answer.errorCode)
    await sleep(pollMs)
  }
  const { memberId, generationId } = member
  const assignments = [{ memberId, assignment: noBytes }]
  const synced = await client.call('SyncGroup', 3, { groupId, generationId, memberId, assignments })
  if (synced.errorCode !== 0) throw new Error(`SyncGroup: error ${synced.errorCode}`)
}

/** Every member commits one partition's offset, one request in flight, as often as the task says. */
async function commitAll(members: readonly Member[], task: GroupsTask): Promise<Figures> {
  const latencies: number[] = []
  const commitMany = async (member: Member): Promise<void> => {
    const { client, groupId, memberId, generationId } = member
    const partitions = [{ partitionIndex: 0, committedOffset: 1, committedMetadata: '' }]
    const topics = [{ name: task.topic, partitions }]
    const request = { groupId, generationIdOrMemberEpoch: generationId, memberId, topics }
    const frame = encodeRequestFrame('OffsetCommit', 7, request, header)
    for (let left = task.commitsEach; left > 0; left--) {
      const sentMs = performance.now()
      void client.connection.write(frame)
      const answer = await client.connection.next(sessionTimeoutMs)
      // The error code of its only partition ends the answer.
      const error = typeof answer === 'string' ? answer : answer.readInt16BE(answer.length - 2)
      if (error !== 0) throw new Error(`OffsetCommit: ${error}`)
      latencies.push(performance.now() - sentMs)
    }
  }
  const cpu = new CpuMeter(task.brokerPid)
  const started = performance.now()
  await Promise.all(members.map(commitMany))
  const seconds = (performance.now() - started) / 1000
  const at = quantiles(Float64Array.from(latencies))
  return {
    'commits/s': latencies.length / seconds,
    'p50 ms': at(0.5),
    'p99 ms': at(0.99),
    ...cpu.figures({ 'CPU us/commit': latencies.length / 1e6 }),
  }
}

async function leave({ client, groupId, memberId }: Member): Promise<void> {
  const { errorCode } = await client.call('LeaveGroup', 1, { groupId, memberId })
  if (errorCode !== 0) throw new Error(`LeaveGroup: error ${errorCode}`)
}

function expectPassing(api: string, errorCode: number): void {
  if (!passing.includes(errorCode)) throw new Error(`${api}: error ${errorCode}`)
}
