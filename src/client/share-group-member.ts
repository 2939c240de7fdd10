// A member of a share group (KIP-932): joins, learns its partitions from heartbeats, leaves. What it reads of them is
// share-consumer.ts's business.
import type { Cluster } from './cluster.ts'
import type { ResponseOf } from './connection.ts'
import { ClientError, throwOnError } from './errors.ts'

/** A topic with the partitions that the group gives to a member. */
export type AssignedTopic = NonNullable<
  ResponseOf<'ShareGroupHeartbeat'>['assignment']
>['topicPartitions'][number]

export interface ShareMemberSettings {
  readonly groupId: string
  /** Chosen by the member: 22 characters of base64url. */
  readonly memberId: string
  readonly topics: readonly string[]
  /** `client.rack`. */
  readonly rackId: string | null
}

const epochs = { joining: 0, leaving: -1 } as const
/** How soon a heartbeat is tried again that nobody answered. */
const retryMs = 1000

/** One membership: joins with the first heartbeat, and again when the group has forgotten it. */
export class ShareGroupMember {
  readonly #cluster: Cluster
  readonly #settings: ShareMemberSettings
  #epoch: number = epochs.joining
  #assignment: readonly AssignedTopic[] = []
  #failure: ClientError | null = null
  #hasLeft = false
  #cancelHeartbeat: () => void = () => undefined

  constructor(cluster: Cluster, settings: ShareMemberSettings) {
    this.#cluster = cluster
    this.#settings = settings
  }

  /** Another array whenever it has changed. @throws ClientError that ended the membership */
  get assignment(): readonly AssignedTopic[] {
    if (this.#failure !== null) throw this.#failure
    return this.#assignment
  }

  /** Joins, if it is not in the group. @throws ClientError when the group does not take it */
  async join(): Promise<void> {
    if (this.#epoch !== epochs.joining) return
    this.#cancelHeartbeat()
    await this.#heartbeat(epochs.joining)
  }

  /** Leaves, so that others get its records at once. */
  async leave(): Promise<void> {
    this.#cancelHeartbeat()
    this.#hasLeft = true
    if (this.#epoch === epochs.joining) return
    await this.#ask(epochs.leaving)
  }

  async #heartbeat(epoch: number): Promise<void> {
    const answer = await this.#ask(epoch)
    throwOnError(answer.errorCode, answer.errorMessage)
    this.#epoch = answer.memberEpoch
    if (answer.assignment !== null) this.#assignment = answer.assignment.topicPartitions
    this.#schedule(answer.heartbeatIntervalMs)
  }

  #ask(memberEpoch: number): Promise<ResponseOf<'ShareGroupHeartbeat'>> {
    const { groupId, memberId, topics, rackId } = this.#settings
    const isJoining = memberEpoch === epochs.joining
    const request = {
      groupId,
      memberId,
      memberEpoch,
      rackId: isJoining ? rackId : null,
      subscribedTopicNames: isJoining ? topics : null,
    }
    const codeOf = (answer: ResponseOf<'ShareGroupHeartbeat'>): number => answer.errorCode
    return this.#cluster.coordinator('group', groupId, 'ShareGroupHeartbeat', request, codeOf)
  }

  #schedule(afterMs: number): void {
    if (this.#hasLeft) return
    this.#cancelHeartbeat = this.#cluster.clock.after(afterMs, () => {
      this.#heartbeat(this.#epoch).catch((error: unknown) => this.#recover(error))
    })
  }

  /** A member that the group has forgotten joins anew; what cannot be helped is thrown at whoever asks next. */
  #recover(error: unknown): void {
    const name = error instanceof ClientError ? error.errorName : null
    if (name === 'FENCED_MEMBER_EPOCH' || name === 'UNKNOWN_MEMBER_ID') {
      this.#epoch = epochs.joining
      this.#assignment = []
      this.#schedule(0)
    } else if (error instanceof ClientError && !error.retriable) this.#failure = error
    else this.#schedule(retryMs)
  }
}
