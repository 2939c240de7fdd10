// A member of the new protocol (KIP-848) for tests: it heartbeats, takes what it is assigned and
// gives back what it is asked for, like a consumer that does not dawdle.
import { isPromise } from '../../src/base/maybe-promise.ts'
import type { TopicPartitions } from '../../src/coordinators/assignors/assignor.ts'
import type { ConsumerHeartbeatAnswer } from '../../src/coordinators/consumer/step.ts'
import { TestConnection } from './group-world.ts'
import type { GroupWorld } from './group-world.ts'

export interface ConsumerOptions {
  readonly memberId?: string
  readonly instanceId?: string
  readonly topics?: readonly string[] | null
  readonly regex?: string
  readonly assignor?: string
  readonly version?: number
  readonly connection?: TestConnection
  readonly rebalanceTimeoutMs?: number
}

let made = 0

export class ConsumerClient {
  readonly world: GroupWorld
  readonly groupId: string
  readonly connection: TestConnection
  memberId: string
  epoch = 0
  owned: TopicPartitions = new Map()
  readonly #options: ConsumerOptions

  constructor(world: GroupWorld, groupId: string, options: ConsumerOptions = {}) {
    this.world = world
    this.groupId = groupId
    this.#options = options
    this.memberId = options.memberId ?? `m${++made}`
    this.connection = options.connection ?? new TestConnection()
  }

  /** A full request with epoch 0. */
  join(): ConsumerHeartbeatAnswer {
    this.epoch = 0
    this.owned = new Map()
    const { topics = ['orders'], regex = null, assignor = null } = this.#options
    return this.#send({
      subscribedTopicNames: topics === null ? null : [...topics],
      subscribedTopicRegex: regex,
      serverAssignor: assignor,
      rebalanceTimeoutMs: this.#options.rebalanceTimeoutMs ?? 20_000,
      topicPartitions: [],
    })
  }

  /** Says what it owns, as clients do when that has changed. */
  beat(
    more: { topics?: readonly string[]; regex?: string; assignor?: string; keeps?: boolean } = {},
  ): ConsumerHeartbeatAnswer {
    return this.#send({
      subscribedTopicNames: more.topics === undefined ? null : [...more.topics],
      subscribedTopicRegex: more.regex ?? null,
      serverAssignor: more.assignor ?? null,
      rebalanceTimeoutMs: -1,
      topicPartitions:
        more.keeps === true
          ? null
          : Array.from(this.owned, ([topicId, partitions]) => ({
              topicId,
              partitions: [...partitions],
            })),
    })
  }

  leave(epoch: -1 | -2 = -1): ConsumerHeartbeatAnswer {
    return this.send({ memberEpoch: epoch })
  }

  /** Any request; its answer is not taken to heart. */
  send(
    request: Partial<Parameters<GroupWorld['groups']['consumer']['heartbeat']>[0]>,
  ): ConsumerHeartbeatAnswer {
    const caller = {
      apiVersion: this.#options.version ?? 1,
      clientId: 'client',
      connection: this.connection,
    }
    const answer = this.world.groups.consumer.heartbeat(
      {
        groupId: this.groupId,
        memberId: this.memberId,
        memberEpoch: this.epoch,
        instanceId: this.#options.instanceId ?? null,
        rackId: null,
        rebalanceTimeoutMs: -1,
        subscribedTopicNames: null,
        subscribedTopicRegex: null,
        serverAssignor: null,
        topicPartitions: null,
        ...request,
      },
      caller,
      () => true,
    )
    if (isPromise(answer)) throw new Error('expected an answer at once')
    return answer
  }

  /** What it holds of a topic of TestTopics. */
  partitions(topicId: string): readonly number[] {
    return this.owned.get(topicId) ?? []
  }

  #send(request: Parameters<ConsumerClient['send']>[0]): ConsumerHeartbeatAnswer {
    const answer = this.send(request)
    if (answer.error !== 'NONE') return answer
    this.memberId = answer.memberId ?? this.memberId
    this.epoch = answer.memberEpoch
    if (answer.assignment !== null) this.owned = answer.assignment
    return answer
  }
}
