// A member of a classic consumer group: joins, assigns when it leads (range), keeps its place by heartbeats, leaves.
import {
  decodeConsumerProtocolSubscription,
  encodeConsumerProtocolAssignment,
  encodeConsumerProtocolSubscription,
} from '../../protocol/codecs/consumer-protocol.ts'
import { encodeToBuffer } from '../../protocol/header.ts'
import { Reader } from '../../protocol/reader.ts'
import { isCoordinatorTrouble } from './cluster.ts'
import type { Cluster } from './cluster.ts'
import type { RequestOf, ResponseOf } from './connection.ts'
import { ClientError, clientError, throwOnError } from './errors.ts'
import { decodeAssignment } from './groups.ts'
import { byTopic, compareText, type TopicPartition } from './topics.ts'

export interface GroupMemberSettings {
  readonly groupId: string
  /** `session.timeout.ms`. */
  readonly sessionTimeoutMs: number
  /** `max.poll.interval.ms`. */
  readonly rebalanceTimeoutMs: number
  /** `heartbeat.interval.ms`. */
  readonly heartbeatIntervalMs: number
  /** `group.instance.id`. */
  readonly instanceId: string | null
}

interface JoinedMember {
  readonly memberId: string
  readonly topics: readonly string[]
}

const protocolType = 'consumer'
const assignorName = 'range'
const subscriptionVersion = 1

/** One membership. `join` again whenever `needsJoin` says so. */
export class GroupMember {
  readonly #cluster: Cluster
  readonly #settings: GroupMemberSettings
  #memberId = ''
  #generationId = -1
  #needsJoin = true
  #cancelHeartbeat: () => void = () => undefined

  constructor(cluster: Cluster, settings: GroupMemberSettings) {
    this.#cluster = cluster
    this.#settings = settings
  }

  /** Not in the group, or the group is rebalancing. */
  get needsJoin(): boolean {
    return this.#needsJoin
  }

  /** As which it may commit. */
  get committer(): { readonly generationId: number; readonly memberId: string } {
    return { generationId: this.#generationId, memberId: this.#memberId }
  }

  /** The group has to share out anew: topics or partitions have changed. */
  requestRejoin(): void {
    this.#needsJoin = true
  }

  /** Joins with these topics and resolves with the partitions that fall to this member. */
  async join(
    topics: readonly string[],
    partitionCounts: (topics: readonly string[]) => Promise<ReadonlyMap<string, number>>,
  ): Promise<readonly TopicPartition[]> {
    this.#cancelHeartbeat()
    for (;;) {
      try {
        const assignment = await this.#joinOnce(topics, partitionCounts)
        this.#needsJoin = false
        this.#scheduleHeartbeat()
        return assignment
      } catch (error) {
        if (!(error instanceof ClientError) || !this.#forgets(error)) throw error
      }
    }
  }

  /** Leaves, so that the others need not wait for the session to time out. Static members stay. */
  async leave(): Promise<void> {
    this.#cancelHeartbeat()
    const { groupId, instanceId } = this.#settings
    if (this.#memberId === '' || instanceId !== null) return
    const memberId = this.#memberId
    await this.#cluster.coordinator(
      'group',
      groupId,
      'LeaveGroup',
      { groupId, memberId, members: [{ memberId, groupInstanceId: null, reason: 'closing' }] },
      ({ errorCode }) => errorCode,
    )
    this.#memberId = ''
  }

  /** What a refusal means for the membership; false: it is no matter of membership. */
  #forgets({ errorName }: ClientError): boolean {
    if (errorName === 'MEMBER_ID_REQUIRED' || errorName === 'REBALANCE_IN_PROGRESS') return true
    if (errorName === 'UNKNOWN_MEMBER_ID' || errorName === 'ILLEGAL_GENERATION') {
      this.#memberId = ''
      this.#generationId = -1
      return true
    }
    return false
  }

  async #joinOnce(
    topics: readonly string[],
    partitionCounts: (topics: readonly string[]) => Promise<ReadonlyMap<string, number>>,
  ): Promise<readonly TopicPartition[]> {
    const { groupId, sessionTimeoutMs, rebalanceTimeoutMs, instanceId } = this.#settings
    const metadata = encodeToBuffer(
      encodeConsumerProtocolSubscription,
      { topics: [...topics].sort(compareText), userData: null, ownedPartitions: [] },
      subscriptionVersion,
      subscriptionVersion,
    )
    const joined = await this.#patiently('JoinGroup', {
      groupId,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      memberId: this.#memberId,
      groupInstanceId: instanceId,
      protocolType,
      protocols: [{ name: assignorName, metadata }],
      reason: '',
    })
    if (joined.memberId !== '') this.#memberId = joined.memberId
    throwOnError(joined.errorCode)
    this.#generationId = joined.generationId
    const leads = joined.leader === joined.memberId
    const members = joined.members.map(({ memberId, metadata: bytes }) => ({
      memberId,
      topics: subscribedTopics(bytes),
    }))
    const assignments = leads ? await shareOut(members, partitionCounts) : []
    const synced = await this.#patiently('SyncGroup', {
      groupId,
      generationId: this.#generationId,
      memberId: this.#memberId,
      groupInstanceId: instanceId,
      protocolType,
      protocolName: assignorName,
      assignments,
    })
    throwOnError(synced.errorCode)
    return decodeAssignment(synced.assignment)
  }

  /** Both requests are answered only when the other members have come. */
  async #patiently<Name extends 'JoinGroup' | 'SyncGroup'>(
    api: Name,
    request: RequestOf<Name>,
  ): Promise<ResponseOf<Name>> {
    const { groupId, rebalanceTimeoutMs } = this.#settings
    return this.#cluster.retrying(async () => {
      const node = await this.#cluster.findCoordinator('group', groupId)
      const connection = await this.#cluster.connectionTo(node.id, node)
      const timeoutMs = rebalanceTimeoutMs + this.#cluster.config.requestTimeoutMs
      const response = await connection.call(api, request, { timeoutMs })
      if (isCoordinatorTrouble(response.errorCode)) {
        this.#cluster.forgetCoordinator('group', groupId)
        throw clientError(response.errorCode)
      }
      return response
    }, api)
  }

  #scheduleHeartbeat(): void {
    this.#cancelHeartbeat = this.#cluster.clock.after(this.#settings.heartbeatIntervalMs, () => {
      void this.#heartbeat()
    })
  }

  async #heartbeat(): Promise<void> {
    const { groupId, instanceId } = this.#settings
    try {
      const { errorCode } = await this.#cluster.coordinator(
        'group',
        groupId,
        'Heartbeat',
        {
          groupId,
          generationId: this.#generationId,
          memberId: this.#memberId,
          groupInstanceId: instanceId,
        },
        (answer) => answer.errorCode,
      )
      throwOnError(errorCode)
      if (!this.#needsJoin) this.#scheduleHeartbeat()
    } catch (error) {
      // Whatever it was: joining again finds out, and reports what cannot be helped.
      if (error instanceof ClientError) this.#forgets(error)
      this.#needsJoin = true
    }
  }
}

function subscribedTopics(metadata: Buffer): readonly string[] {
  const reader = new Reader(metadata)
  const version = reader.int16()
  return decodeConsumerProtocolSubscription(reader, Math.max(0, Math.min(version, 3))).topics
}

/** Range: each topic is cut into as many ranges as it has readers, in the order of their ids. */
async function shareOut(
  members: readonly JoinedMember[],
  partitionCounts: (topics: readonly string[]) => Promise<ReadonlyMap<string, number>>,
): Promise<readonly { memberId: string; assignment: Buffer }[]> {
  const topics = [...new Set(members.flatMap((member) => member.topics))]
  const counts = await partitionCounts(topics)
  const shares = new Map<string, TopicPartition[]>(members.map(({ memberId }) => [memberId, []]))
  for (const [topic, count] of counts) {
    const readers = members
      .filter((member) => member.topics.includes(topic))
      .sort((left, right) => compareText(left.memberId, right.memberId))
    let next = 0
    for (const [index, { memberId }] of readers.entries()) {
      const size = Math.floor(count / readers.length) + (index < count % readers.length ? 1 : 0)
      for (const end = next + size; next < end; next++) {
        shares.get(memberId)?.push({ topic, partition: next })
      }
    }
  }
  return [...shares].map(([memberId, partitions]) => ({
    memberId,
    assignment: encodeToBuffer(
      encodeConsumerProtocolAssignment,
      {
        assignedPartitions: [...byTopic(partitions)].map(([topic, items]) => ({
          topic,
          partitions: items.map(({ partition }) => partition),
        })),
        userData: null,
      },
      subscriptionVersion,
      subscriptionVersion,
    ),
  }))
}
