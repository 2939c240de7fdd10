// A classic group of N members: from the moment when one of them asks for a rebalance until the
// last has its assignment of the new generation. Members send a heartbeat every few milliseconds
// instead of every few seconds, so that what is measured is the broker's part.
import { setTimeout as sleep } from 'node:timers/promises'
import type { WireClient } from '../../test/support/wire-client.ts'
import { throwIfError, topicName, type Member } from './members.ts'

const sessionTimeoutMs = 45_000
const rebalanceTimeoutMs = 60_000
const memberIdRequired = 79
const rebalanceInProgress = 27
const heartbeatMs = 20
const assignment = Buffer.alloc(100)

/** ConsumerProtocolSubscription, version 0: the topic and no user data. */
function subscription(): Buffer {
  const name = Buffer.from(topicName)
  const head = Buffer.alloc(8)
  head.writeInt32BE(1, 2)
  head.writeInt16BE(name.length, 6)
  return Buffer.concat([head, name, Buffer.from([255, 255, 255, 255])])
}

async function join(member: Member): Promise<readonly string[]> {
  const { client, groupId } = member
  for (;;) {
    const answer = await client.call('JoinGroup', 9, {
      ...{ groupId, sessionTimeoutMs, rebalanceTimeoutMs },
      memberId: member.memberId,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: subscription() }],
    })
    member.memberId = answer.memberId
    if (answer.errorCode === memberIdRequired) continue
    throwIfError('JoinGroup', answer.errorCode)
    member.epoch = answer.generationId
    return answer.members.map(({ memberId }) => memberId)
  }
}

/** Joins; the leader hands everybody an assignment. How many they are is told to the leader alone. */
async function joinAndSync(member: Member): Promise<number> {
  for (;;) {
    const memberIds = await join(member)
    const { client, groupId, memberId, epoch: generationId } = member
    const { errorCode } = await client.call('SyncGroup', 5, {
      ...{ groupId, generationId, memberId, protocolType: 'consumer', protocolName: 'range' },
      assignments: memberIds.map((one) => ({ memberId: one, assignment })),
    })
    if (errorCode === rebalanceInProgress) continue
    throwIfError('SyncGroup', errorCode)
    return memberIds.length
  }
}

/** Whether the group rebalances now. */
async function beat({ client, groupId, memberId, epoch }: Member): Promise<boolean> {
  const heartbeat = { groupId, memberId, generationId: epoch }
  const { errorCode } = await client.call('Heartbeat', 4, heartbeat)
  if (errorCode !== rebalanceInProgress) throwIfError('Heartbeat', errorCode)
  return errorCode === rebalanceInProgress
}

/** A stable group of all, its leader first. Who comes late makes another generation necessary. */
export async function classicGroup(
  groupId: string,
  clients: readonly WireClient[],
): Promise<Member[]> {
  const members = clients.map((client) => ({ client, groupId, memberId: '', epoch: -1 }))
  let leader: Member | null = null
  const take = async (member: Member) => {
    if ((await joinAndSync(member)) === members.length) leader = member
  }
  await Promise.all(
    members.map(async (member) => {
      await take(member)
      while (leader === null) {
        if (await beat(member)) await take(member)
        else await sleep(heartbeatMs)
      }
    }),
  )
  return members.sort((a, b) => Number(b === leader) - Number(a === leader))
}

/** Milliseconds of one rebalance. */
export async function rebalanceClassic(members: readonly Member[]): Promise<number> {
  const beganMs = performance.now()
  await Promise.all(
    members.map(async (member, at) => {
      // The first is the leader, whose joining again makes the group rebalance.
      if (at > 0) while (!(await beat(member))) await sleep(heartbeatMs)
      await joinAndSync(member)
    }),
  )
  return performance.now() - beganMs
}

export async function leaveClassic(members: readonly Member[]): Promise<void> {
  for (const { client, groupId, memberId } of members) {
    await client.call('LeaveGroup', 5, { groupId, members: [{ memberId }] })
  }
}
