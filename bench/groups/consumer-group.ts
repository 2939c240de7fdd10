// A consumer group (KIP-848) of N members: from the moment when one more joins until everybody
// holds what the new target assignment gives. Members send a heartbeat every few milliseconds
// instead of every few seconds, so that what is measured is the broker's part.
import { setTimeout as sleep } from 'node:timers/promises'
import type { DecodedResponse, WireClient } from '../../test/support/wire-client.ts'
import { throwIfError, topicName, type Member } from './members.ts'

const heartbeatMs = 20
const rebalanceTimeoutMs = 60_000

interface Owned {
  readonly topicId: string
  readonly partitions: readonly number[]
}

export class ConsumerMember implements Member {
  readonly client: WireClient
  readonly groupId: string
  memberId: string
  epoch = 0
  owned: readonly Owned[] = []

  constructor(client: WireClient, groupId: string, at: number) {
    this.client = client
    this.groupId = groupId
    this.memberId = `member-${at}`
  }

  async beat(): Promise<DecodedResponse<'ConsumerGroupHeartbeat'>> {
    const { client, groupId, memberId, epoch: memberEpoch, owned } = this
    const joining = { rebalanceTimeoutMs, subscribedTopicNames: [topicName] }
    const answer = await client.call('ConsumerGroupHeartbeat', 1, {
      ...{ groupId, memberId, memberEpoch },
      ...(memberEpoch === 0 ? joining : {}),
      topicPartitions: owned,
    })
    throwIfError('ConsumerGroupHeartbeat', answer.errorCode)
    this.epoch = answer.memberEpoch
    if (answer.assignment !== null) this.owned = answer.assignment.topicPartitions
    return answer
  }

  get partitionCount(): number {
    return this.owned.reduce((sum, { partitions }) => sum + partitions.length, 0)
  }
}

/** Beats until all partitions are given out, to members of one epoch. */
async function settle(members: readonly ConsumerMember[], partitionCount: number): Promise<void> {
  const isSettled = () => {
    const [first] = members
    const held = members.reduce((sum, member) => sum + member.partitionCount, 0)
    return held === partitionCount && members.every(({ epoch }) => epoch === first?.epoch)
  }
  let isOver = false
  await Promise.all(
    members.map(async (member) => {
      while (!isOver) {
        await member.beat()
        isOver ||= isSettled()
        if (!isOver) await sleep(heartbeatMs)
      }
    }),
  )
}

export async function consumerGroup(
  groupId: string,
  clients: readonly WireClient[],
  partitionCount: number,
): Promise<ConsumerMember[]> {
  const members = clients.map((client, at) => new ConsumerMember(client, groupId, at))
  await settle(members, partitionCount)
  return members
}

/** Milliseconds from the join of one member more to the last partition at its place. */
export async function rebalanceConsumer(
  members: readonly ConsumerMember[],
  joining: WireClient,
  partitionCount: number,
): Promise<{ readonly ms: number; readonly members: readonly ConsumerMember[] }> {
  const beganMs = performance.now()
  const groupId = members[0]?.groupId ?? ''
  const all = [...members, new ConsumerMember(joining, groupId, members.length)]
  await settle(all, partitionCount)
  return { ms: performance.now() - beganMs, members: all }
}

export async function leaveConsumer(members: readonly ConsumerMember[]): Promise<void> {
  for (const { client, groupId, memberId } of members) {
    const request = { groupId, memberId, memberEpoch: -1, topicPartitions: [] }
    await client.call('ConsumerGroupHeartbeat', 1, request)
  }
}
