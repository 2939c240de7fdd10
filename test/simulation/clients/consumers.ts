// Consumers of a simulated world: one that follows a partition to its end again and again, and members of a
// group that share partitions, commit, die and come back.
import { errorName } from '../../../protocol/errors.ts'
import { committedRecords } from '../batches.ts'
import { Client, Refusal, endOf } from '../client.ts'
import { Unanswered } from '../network.ts'
import type { Target } from './producers.ts'

const sessionTimeoutMs = 6000
export const readersGroup = 'readers'

/** Follows the partition, and begins anew at its start now and then. */
export async function follow(client: Client, target: Target): Promise<void> {
  const committedOnly = client.draw.chance(50)
  const partition = `${target.topic}-${target.partition}`
  let offset = 0
  let highWatermark = 0
  let lossKnown = client.history.hadPowerFailure
  while (!client.isOver) {
    if (lossKnown !== client.history.hadPowerFailure) [lossKnown, highWatermark] = [true, 0]
    try {
      const at = { ...target, offset }
      const maxWaitMs = client.draw.pick([0, 100, 500])
      const fetched = await client.fetch(at, { committedOnly, maxWaitMs })
      if (fetched.highWatermark < highWatermark && !client.history.hadPowerFailure) {
        client.history.broken(
          `${partition}: the high watermark fell from ${highWatermark} to ${fetched.highWatermark}`,
        )
      }
      highWatermark = fetched.highWatermark
      const seen = committedOnly
        ? committedRecords(fetched.batches, fetched.aborted)
        : fetched.batches.flatMap(({ records }) => records)
      for (const record of seen) {
        if (record.value === null) continue
        if (committedOnly) client.history.readCommitted(partition, record.offset, record.value)
        else client.history.read(partition, record.offset, record.value)
      }
      offset = endOf(fetched, offset)
      if (client.draw.chance(2)) offset = fetched.logStartOffset
    } catch (error) {
      if (!(error instanceof Unanswered) && !(error instanceof Refusal)) throw error
      if (error instanceof Refusal && error.error === 'OFFSET_OUT_OF_RANGE') {
        offset =
          (await client.insist(() => client.offsetAt(target.topic, target.partition, -2))) ?? 0
        client.note(`out of range, begins at ${offset}`)
      }
      await client.sleep(client.draw.between(10, 200))
    }
    await client.sleep(client.draw.pick([0, 20, 250]))
  }
}

interface Membership {
  readonly memberId: string
  readonly generationId: number
  readonly partitions: readonly number[]
}

/** A member of the group that shares the partitions of `topic`. */
export async function share(
  client: Client,
  options: { readonly topic: string; readonly partitionCount: number },
): Promise<void> {
  let memberId = ''
  while (!client.isOver) {
    try {
      const membership = await join(client, memberId, options.partitionCount)
      memberId = membership.memberId
      await work(client, membership, options.topic)
    } catch (error) {
      if (!(error instanceof Unanswered) && !(error instanceof Refusal)) throw error
      client.note(`leaves its generation: ${String(error)}`)
      const isUnknown = error instanceof Refusal && error.error === 'UNKNOWN_MEMBER_ID'
      if (isUnknown || client.draw.chance(15)) {
        memberId = ''
        client.restart()
      }
      await client.sleep(client.draw.between(10, 400))
    }
  }
}

async function join(client: Client, memberId: string, partitionCount: number): Promise<Membership> {
  const joined = await client.call('JoinGroup', 3, {
    groupId: readersGroup,
    sessionTimeoutMs,
    rebalanceTimeoutMs: 3000,
    memberId,
    protocolType: 'consumer',
    protocols: [{ name: 'spread', metadata: Buffer.alloc(0) }],
  })
  expectNone(joined.errorCode)
  const { generationId } = joined
  const isLeader = joined.leader === joined.memberId
  const assignments = isLeader
    ? spread(
        joined.members.map((m) => m.memberId),
        partitionCount,
      )
    : []
  const of = { groupId: readersGroup, generationId, memberId: joined.memberId }
  const synced = await client.call('SyncGroup', 2, { ...of, assignments })
  expectNone(synced.errorCode)
  const partitions = [...synced.assignment]
  client.note(`generation ${generationId} gives it ${partitions.join()}`)
  return { memberId: joined.memberId, generationId, partitions }
}

function spread(members: readonly string[], partitionCount: number) {
  return members.map((memberId, at) => {
    const all = Array.from({ length: partitionCount }, (_, partition) => partition)
    const own = all.filter((partition) => partition % members.length === at)
    return { memberId, assignment: Buffer.from(own) }
  })
}

/** Reads and commits until the generation ends. */
async function work(client: Client, membership: Membership, topic: string): Promise<void> {
  const positions = new Map<number, number>()
  for (const partition of membership.partitions) {
    positions.set(partition, await committed(client, topic, partition))
  }
  while (!client.isOver) {
    const { memberId, generationId } = membership
    const of = { groupId: readersGroup, generationId, memberId }
    expectNone((await client.call('Heartbeat', 3, of)).errorCode)
    for (const [partition, offset] of positions) {
      const next = await readSome(client, topic, partition, offset)
      positions.set(partition, next)
      if (next > offset) await commit(client, membership, { topic, partition }, next)
    }
    await client.sleep(client.draw.pick([20, 200, 700]))
    if (client.draw.chance(3)) throw new Unanswered('killed')
  }
}

async function committed(client: Client, topic: string, partition: number): Promise<number> {
  const least = client.history.committedOffset(readersGroup, `${topic}-${partition}`)
  const topics = [{ name: topic, partitionIndexes: [partition] }]
  const answer = await client.call('OffsetFetch', 5, { groupId: readersGroup, topics })
  expectNone(answer.errorCode)
  const found = answer.topics[0]?.partitions[0]
  expectNone(found?.errorCode)
  const offset = Number(found?.committedOffset ?? -1)
  // A power failure meanwhile lowers what may be expected.
  const expected = Math.min(
    least,
    client.history.committedOffset(readersGroup, `${topic}-${partition}`),
  )
  if (offset < expected) {
    client.history.broken(`${topic}-${partition}: committed ${expected}, fetched ${offset}`)
  }
  return Math.max(0, offset)
}

async function commit(
  client: Client,
  { memberId, generationId }: Membership,
  at: Target,
  committedOffset: number,
): Promise<void> {
  const partitions = [{ partitionIndex: at.partition, committedOffset, committedMetadata: '' }]
  const topics = [{ name: at.topic, partitions }]
  const of = { groupId: readersGroup, generationIdOrMemberEpoch: generationId, memberId }
  const answer = await client.call('OffsetCommit', 7, { ...of, topics })
  expectNone(answer.topics[0]?.partitions[0]?.errorCode)
  const partition = `${at.topic}-${at.partition}`
  client.history.offsetCommitted(readersGroup, partition, committedOffset, client.nowMs())
  client.note(`committed ${partition} ${committedOffset}`)
}

async function readSome(
  client: Client,
  topic: string,
  partition: number,
  offset: number,
): Promise<number> {
  try {
    const fetched = await client.fetch({ topic, partition, offset }, { committedOnly: false })
    for (const { records } of fetched.batches) {
      for (const record of records) {
        if (record.value !== null) {
          client.history.read(`${topic}-${partition}`, record.offset, record.value)
        }
      }
    }
    return endOf(fetched, offset)
  } catch (error) {
    if (!(error instanceof Refusal) || error.error !== 'OFFSET_OUT_OF_RANGE') throw error
    const start = await client.offsetAt(topic, partition, -2)
    // Behind the end after power loss: commits that outlived their records.
    return Math.max(start, Math.min(offset, await client.offsetAt(topic, partition, -1)))
  }
}

function expectNone(errorCode: number | undefined): void {
  if (errorCode !== 0) throw new Refusal(errorName(errorCode ?? -1))
}
