// A member of a classic group made of single requests, so that a test can decide what it sends when: joins
// alone, commits offsets, beats, and reads what is committed.
import { errorName } from '../../protocol/errors.ts'
import type { PartitionOf } from './partition-reader.ts'
import type { WireClient } from './wire-client.ts'

const sessionTimeoutMs = 30_000
const protocol = { name: 'range', metadata: Buffer.from('subscription') }

export class ClassicMember {
  readonly groupId: string
  memberId = ''
  generationId = -1

  constructor(groupId: string) {
    this.groupId = groupId
  }

  /** Joins as the only member and hands itself `assignment`; throws on any refusal. */
  async join(client: WireClient, assignment: Buffer): Promise<void> {
    const { groupId } = this
    const join = (memberId: string) =>
      client.call('JoinGroup', 7, {
        groupId,
        sessionTimeoutMs,
        rebalanceTimeoutMs: sessionTimeoutMs,
        memberId,
        protocolType: 'consumer',
        protocols: [protocol],
      })
    const { memberId } = await join('')
    const joined = await join(memberId)
    expectNone('JoinGroup', joined.errorCode)
    this.memberId = memberId
    this.generationId = joined.generationId
    const { generationId } = this
    const assignments = [{ memberId, assignment }]
    const synced = await client.call('SyncGroup', 3, {
      groupId,
      generationId,
      memberId,
      assignments,
    })
    expectNone('SyncGroup', synced.errorCode)
  }

  /** What the broker hands out when the member asks for its assignment again. */
  async assignment(client: WireClient): Promise<Buffer> {
    const { groupId, generationId, memberId } = this
    const request = { groupId, generationId, memberId, assignments: [] }
    const synced = await client.call('SyncGroup', 3, request)
    expectNone('SyncGroup', synced.errorCode)
    return synced.assignment
  }

  /** The name of the answer's error. */
  async heartbeat(client: WireClient): Promise<string> {
    const { groupId, generationId, memberId } = this
    const { errorCode } = await client.call('Heartbeat', 3, { groupId, generationId, memberId })
    return errorName(errorCode)
  }

  /** Commits one partition's offset; throws on a refusal. */
  async commit(client: WireClient, where: PartitionOf, offset: number): Promise<void> {
    const { groupId, generationId, memberId } = this
    const { partition: partitionIndex, topic: name } = where
    const partitions = [{ partitionIndex, committedOffset: offset, committedMetadata: 'crash' }]
    const topics = [{ name, partitions }]
    const request = { groupId, generationIdOrMemberEpoch: generationId, memberId, topics }
    const answer = await client.call('OffsetCommit', 7, request)
    expectNone('OffsetCommit', answer.topics[0]?.partitions[0]?.errorCode)
  }

  /** The committed offset of a partition; -1 when there is none. */
  async committed(client: WireClient, { topic, partition }: PartitionOf): Promise<number> {
    const topics = [{ name: topic, partitionIndexes: [partition] }]
    const answer = await client.call('OffsetFetch', 5, { groupId: this.groupId, topics })
    expectNone('OffsetFetch', answer.errorCode)
    return answer.topics[0]?.partitions[0]?.committedOffset ?? -1
  }
}

function expectNone(api: string, errorCode: number | undefined): void {
  if (errorCode !== 0) throw new Error(`${api}: ${errorName(errorCode ?? -1)}`)
}
