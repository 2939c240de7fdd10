// What handlers ask of share groups (KIP-932) besides their records: heartbeats, descriptions, and the
// administration of their start offsets. Sees to it that share partitions have a stored state before
// members are assigned them.
import type { ShareGroupHeartbeatRequest } from '../../protocol/codecs/share-group-heartbeat.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { errorText } from '../../protocol/errors.ts'
import { assert } from '../base/assert.ts'
import { chain, isPromise } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import { allOf } from '../base/all-of.ts'
import type { TopicsView } from './consumer/step.ts'
import type { Caller } from './coordinator-options.ts'
import type { GroupPartition } from './group-partition.ts'
import type { GroupRequestPorts } from './group-requests.ts'
import type { GroupShard } from './shard.ts'
import { noShareGroup } from './share/group.ts'
import {
  uninitialized,
  withDeleting,
  withInitialized,
  withInitializing,
  withoutInitializing,
  withoutTopics,
} from './share/partitions-metadata.ts'
import type { NamedPartitions } from './share/partitions-metadata.ts'
import { initialEpoch, noSharePartitions } from './share/state.ts'
import type { ReadonlyShareGroup, SharePartitionsMetadata } from './share/state.ts'
import { partitionsChange, shareRefused } from './share/step.ts'
import type { ShareHeartbeatAnswer } from './share/step.ts'
import type {
  SharePartitionKey,
  ShareState,
  StateAnswer,
  StoredAnswer,
} from './share/stored-states.ts'
import { Ticket } from './ticket.ts'

/** Makes, shows and removes the stored state of share partitions; the share coordinator is one. */
export interface ShareStateMaker {
  initialize(
    key: SharePartitionKey,
    given: Pick<ShareState, 'stateEpoch' | 'startOffset'>,
  ): MaybePromise<StateAnswer>
  summary(key: SharePartitionKey): MaybePromise<StoredAnswer>
  remove(key: SharePartitionKey): MaybePromise<StateAnswer>
}

export interface ShareGroupsPorts extends GroupRequestPorts {
  readonly partitions: () => Iterable<GroupPartition>
  readonly crash: (cause: unknown) => void
}

/** What is to be stored for share partitions, by topic id and partition. */
type StartOffsets = ReadonlyMap<string, ReadonlyMap<number, number>>

export interface AlteredPartition extends StateAnswer {
  readonly partition: number
}

export interface AlteredTopic {
  readonly topicName: string
  readonly topicId: string | null
  readonly partitions: readonly AlteredPartition[]
}

export interface AlterOffsetsAnswer extends StateAnswer {
  readonly topics: readonly AlteredTopic[]
}

export interface DeletedTopic extends StateAnswer {
  readonly topicName: string
  readonly topicId: string | null
}

export interface DeleteOffsetsAnswer extends StateAnswer {
  readonly topics: readonly DeletedTopic[]
}

/** The offsets that an administrator wants a group to begin at. */
export interface OffsetsOfTopic {
  readonly topicName: string
  readonly partitions: readonly { readonly partition: number; readonly startOffset: number }[]
}

const done: StateAnswer = { error: 'NONE', message: null }

export class ShareGroups {
  readonly #ports: ShareGroupsPorts
  /** Groups whose share partitions are being given a state. */
  readonly #initializing = new Map<string, Promise<unknown>>()

  constructor(ports: ShareGroupsPorts) {
    this.#ports = ports
  }

  /** ShareGroupHeartbeat. */
  heartbeat(
    request: ShareGroupHeartbeatRequest,
    caller: Caller,
  ): MaybePromise<ShareHeartbeatAnswer> {
    const problem = heartbeatProblem(request)
    if (problem !== null) return shareRefused('INVALID_REQUEST', problem)
    const { groupId, memberId, memberEpoch, rackId, subscribedTopicNames: topicNames } = request
    const refused = (error: ErrorName) => shareRefused(error)
    return this.#ports.on<ShareHeartbeatAnswer>(groupId, refused, (partition) =>
      chain(this.#initializeFor(partition, request), () => {
        const { connections } = this.#ports
        const ticket = new Ticket<ShareHeartbeatAnswer>()
        connections.heard(groupId, memberId, caller.connection)
        partition.step(groupId, {
          kind: 'share-heartbeat',
          ...{ ticket, memberId, memberEpoch, rackId, topicNames },
          clientId: caller.clientId ?? '',
          clientHost: `/${caller.connection.clientAddress}`,
        })
        return chain(ticket.result(), (answer) => {
          if (!partition.knows(groupId, memberId)) connections.forget(groupId, memberId)
          return answer
        })
      }),
    )
  }

  /** ShareGroupDescribe, one group; or why there is none. */
  describe(groupId: string): MaybePromise<ReadonlyShareGroup | StateAnswer> {
    const refused = (error: ErrorName): StateAnswer => ({ error, message: errorText(error) })
    if (groupId === '') return refused('INVALID_GROUP_ID')
    return this.#ports.on<ReadonlyShareGroup | StateAnswer>(groupId, refused, ({ shard }) => {
      return shard.shareGroup(groupId) ?? notShare(shard, groupId)
    })
  }

  /** The share partitions that have a state, by topic id. */
  initializedPartitions(groupId: string): MaybePromise<NamedPartitions | ErrorName> {
    const refused = (error: ErrorName) => error
    return this.#ports.on<NamedPartitions | ErrorName>(groupId, refused, ({ shard }) => {
      return shard.shareGroup(groupId)?.partitions.initialized ?? new Map()
    })
  }

  /** AlterShareGroupOffsets: the group, which is made if need be, must have no members. */
  alterOffsets(
    groupId: string,
    topics: readonly OffsetsOfTopic[],
  ): MaybePromise<AlterOffsetsAnswer> {
    const refused = (error: ErrorName, message = errorText(error)) => {
      return { error, message, topics: [] }
    }
    if (groupId === '') return refused('INVALID_GROUP_ID')
    return this.#ports.on<AlterOffsetsAnswer>(groupId, refused, (partition) => {
      const { shard } = partition
      const group = shard.shareGroup(groupId)
      if (isOfOtherKind(shard, groupId)) {
        const { error, message } = notShare(shard, groupId)
        return refused(error, message ?? '')
      }
      if (group !== undefined && group.members.size > 0) return refused('NON_EMPTY_GROUP')
      const { named, offsets, unknown } = this.#plan(topics)
      const stateEpoch = group?.groupEpoch ?? initialEpoch
      const made = this.#initialize(partition, { groupId, named, stateEpoch, offsets })
      return chain(made, (failures) => {
        this.#ports.options.onShareOffsetsChanged?.(groupId)
        return { ...done, topics: this.#altered(topics, failures, unknown) }
      })
    })
  }

  /** DeleteShareGroupOffsets: all partitions of these topics. */
  deleteOffsets(groupId: string, topicNames: readonly string[]): MaybePromise<DeleteOffsetsAnswer> {
    const refused = (error: ErrorName, message = errorText(error)) => {
      return { error, message, topics: [] }
    }
    if (groupId === '') return refused('INVALID_GROUP_ID')
    return this.#ports.on<DeleteOffsetsAnswer>(groupId, refused, (partition) => {
      const { shard } = partition
      const group = shard.shareGroup(groupId)
      if (group === undefined) {
        const { error, message } = notShare(shard, groupId)
        return refused(error, message ?? '')
      }
      if (group.members.size > 0) return refused('NON_EMPTY_GROUP')
      return this.#deleteTopics(partition, group, topicNames)
    })
  }

  /** Before DeleteGroups: the state of a share group's partitions goes first. */
  prepareDeletion(partition: GroupPartition, groupId: string): MaybePromise<ErrorName> {
    const group = partition.shard.shareGroup(groupId)
    if (group === undefined) return 'NONE'
    if (group.members.size > 0) return 'NON_EMPTY_GROUP'
    const { initializing, initialized, deleting } = group.partitions
    const going = new Map(withAllPartitions(deleting, this.#ports.options.topics))
    for (const [topicId, topic] of [...initializing, ...initialized]) {
      const known = going.get(topicId)?.partitions ?? []
      going.set(topicId, { ...topic, partitions: [...new Set([...known, ...topic.partitions])] })
    }
    if (going.size === 0) return 'NONE'
    const names = new Map(Array.from(going, ([topicId, { topicName }]) => [topicId, topicName]))
    const value = { ...noSharePartitions, deleting: names }
    return chain(
      this.#putPartitions(partition, groupId, () => value),
      (error) => {
        if (error !== 'NONE') return error
        return chain(this.#remove(groupId, going), (failures) => {
          this.#ports.options.onShareOffsetsChanged?.(groupId)
          return failures.values().next().value?.error ?? 'NONE'
        })
      },
    )
  }

  /** A topic was deleted: groups forget it. Its states go by themselves. */
  onTopicDeleted(topicId: string): void {
    for (const partition of this.#ports.partitions()) {
      for (const { groupId, partitions } of [...partition.shard.shareGroups()]) {
        const { initializing, initialized, deleting } = partitions
        const isKnown = [initializing, initialized, deleting].some((map) => map.has(topicId))
        if (!isKnown) continue
        const forget = (before: SharePartitionsMetadata) =>
          withoutTopics(before, new Set([topicId]))
        const stored = this.#putPartitions(partition, groupId, forget)
        if (isPromise(stored)) stored.catch(this.#ports.crash)
      }
    }
  }

  /** Gives the topics that the group is about to fetch from a state, where they have none. */
  #initializeFor(
    partition: GroupPartition,
    request: ShareGroupHeartbeatRequest,
  ): MaybePromise<unknown> {
    const { groupId, memberId, memberEpoch, subscribedTopicNames: names } = request
    const { options, settings } = this.#ports
    const { topics } = options
    const { shard } = partition
    const group = shard.shareGroup(groupId)
    const isMember = group?.members.has(memberId) ?? false
    const isFull = (group?.members.size ?? 0) >= settings.share(groupId).maxSize && !isMember
    if (memberEpoch < 0 || isFull || (memberEpoch > 0 && !isMember)) return undefined
    if (isOfOtherKind(shard, groupId)) return undefined
    if (names === null && group?.checkedTopicsVersion === topics.version) return undefined
    const under = this.#initializing.get(groupId)
    if (under !== undefined) return under.then(() => this.#initializeFor(partition, request))
    const subscribed = new Set(names)
    for (const { topicNames } of group?.members.values() ?? []) {
      for (const name of topicNames) subscribed.add(name)
    }
    const named = uninitialized(group?.partitions ?? noSharePartitions, subscribed, topics)
    if (named.size === 0) return undefined
    const stateEpoch = group?.groupEpoch ?? initialEpoch
    return this.#initialize(partition, { groupId, named, stateEpoch, offsets: null })
  }

  /** Makes states; what went wrong, by share partition. The group's record says how far it got. */
  #initialize(
    partition: GroupPartition,
    made: {
      readonly groupId: string
      readonly named: NamedPartitions
      readonly stateEpoch: number
      /** Null: as share.auto.offset.reset says. */
      readonly offsets: StartOffsets | null
    },
  ): MaybePromise<ReadonlyMap<string, StateAnswer>> {
    const { groupId, named, stateEpoch, offsets } = made
    if (named.size === 0) return new Map()
    const begin = (before: SharePartitionsMetadata) => withInitializing(before, named)
    const all = chain(this.#putPartitions(partition, groupId, begin), (error) => {
      const startOf = (topicId: string, index: number) => offsets?.get(topicId)?.get(index) ?? -1
      const states = forEach(groupId, named, (key) => {
        if (error !== 'NONE') return { error, message: errorText(error) }
        const startOffset = startOf(key.topicId, key.partition)
        return this.#ports.options.shareStates.initialize(key, { stateEpoch, startOffset })
      })
      return chain(states, (failures) => {
        const end = (before: SharePartitionsMetadata) =>
          failures.size === 0 ? withInitialized(before, named) : withoutInitializing(before, named)
        return chain(this.#putPartitions(partition, groupId, end), () => failures)
      })
    })
    if (!isPromise(all)) return all
    const forgetting = all.finally(() => this.#initializing.delete(groupId))
    this.#initializing.set(groupId, forgetting)
    return forgetting
  }

  #putPartitions(
    partition: GroupPartition,
    groupId: string,
    change: (before: SharePartitionsMetadata) => SharePartitionsMetadata,
  ): MaybePromise<ErrorName> {
    return partition.write<ErrorName>(
      (shard) => {
        // A group of another kind may have been made under the name in the meantime.
        if (isOfOtherKind(shard, groupId)) return { changes: [], answer: 'GROUP_ID_NOT_FOUND' }
        const before = shard.shareGroup(groupId)?.partitions ?? noSharePartitions
        return { changes: [partitionsChange(groupId, change(before))], answer: 'NONE' }
      },
      (error) => error,
    )
  }

  /** What of the request exists, and what does not. */
  #plan(topics: readonly OffsetsOfTopic[]) {
    const named = new Map<string, { topicName: string; partitions: readonly number[] }>()
    const offsets = new Map<string, ReadonlyMap<number, number>>()
    const unknown = new Set<string>()
    for (const { topicName, partitions } of topics) {
      const topic = this.#ports.options.topics.byName(topicName)
      const count = topic?.partitionCount ?? 0
      const there = partitions.filter(({ partition }) => partition >= 0 && partition < count)
      for (const one of partitions) {
        if (!there.includes(one)) unknown.add(`${topicName}/${one.partition}`)
      }
      if (topic === undefined || there.length === 0) continue
      named.set(topic.id, { topicName, partitions: there.map(({ partition }) => partition) })
      const starts = there.map(({ partition, startOffset }) => [partition, startOffset] as const)
      offsets.set(topic.id, new Map(starts))
    }
    return { named, offsets, unknown }
  }

  #altered(
    topics: readonly OffsetsOfTopic[],
    failures: ReadonlyMap<string, StateAnswer>,
    unknown: ReadonlySet<string>,
  ): AlteredTopic[] {
    return topics.map(({ topicName, partitions }) => {
      const topicId = this.#ports.options.topics.byName(topicName)?.id ?? null
      const missing = 'UNKNOWN_TOPIC_OR_PARTITION'
      return {
        topicName,
        topicId,
        partitions: partitions.map(({ partition }) => {
          const isUnknown = unknown.has(`${topicName}/${partition}`)
          const failure = failures.get(failureKey({ topicId: topicId ?? '', partition }))
          const answer = isUnknown
            ? ({ error: missing, message: errorText(missing) } as const)
            : failure
          return { partition, ...(answer ?? done) }
        }),
      }
    })
  }

  #deleteTopics(
    partition: GroupPartition,
    group: ReadonlyShareGroup,
    topicNames: readonly string[],
  ): MaybePromise<DeleteOffsetsAnswer> {
    const { topics } = this.#ports.options
    const { groupId, partitions } = group
    const going = new Map<string, { topicName: string; partitions: readonly number[] }>()
    const refused: DeletedTopic[] = []
    for (const topicName of topicNames) {
      const topic = topics.byName(topicName)
      const error = 'UNKNOWN_TOPIC_OR_PARTITION'
      if (topic === undefined) {
        refused.push({ topicName, topicId: null, error, message: errorText(error) })
        continue
      }
      const initialized = partitions.initialized.get(topic.id)
      if (initialized !== undefined) going.set(topic.id, initialized)
      else if (partitions.deleting.has(topic.id)) {
        const all = Array.from({ length: topic.partitionCount }, (_, index) => index)
        going.set(topic.id, { topicName, partitions: all })
      } else {
        const message = 'There is no offset information to delete.'
        refused.push({ topicName, topicId: null, error, message })
      }
    }
    if (going.size === 0) return { ...done, topics: refused }
    const names = new Map(Array.from(going, ([topicId, { topicName }]) => [topicId, topicName]))
    const begun = this.#putPartitions(partition, groupId, (before) => withDeleting(before, names))
    return chain(begun, (error) => {
      if (error !== 'NONE') return { error, message: errorText(error), topics: [] }
      return chain(this.#remove(groupId, going), (failures) => {
        this.#ports.options.onShareOffsetsChanged?.(groupId)
        const deleted = deletedTopics(going, failures)
        const gone = new Set(
          deleted.filter((one) => one.error === 'NONE').map(({ topicId }) => topicId ?? ''),
        )
        const end = (before: SharePartitionsMetadata) => withoutTopics(before, gone)
        return chain(this.#putPartitions(partition, groupId, end), () => {
          return { ...done, topics: [...deleted, ...refused] }
        })
      })
    })
  }

  #remove(groupId: string, going: NamedPartitions): MaybePromise<ReadonlyMap<string, StateAnswer>> {
    return forEach(groupId, going, (key) => this.#ports.options.shareStates.remove(key))
  }
}

/** Asks for every share partition; the refusals, by `failureKey`. */
function forEach(
  groupId: string,
  named: NamedPartitions,
  ask: (key: SharePartitionKey) => MaybePromise<StateAnswer>,
): MaybePromise<ReadonlyMap<string, StateAnswer>> {
  const keys = Array.from(named, ([topicId, { partitions }]) =>
    partitions.map((partition) => ({ groupId, topicId, partition })),
  ).flat()
  return chain(allOf(keys.map(ask)), (answers) => {
    assert(answers.length === keys.length, 'every share partition is answered')
    const failures = new Map<string, StateAnswer>()
    answers.forEach((answer, index) => {
      const key = keys[index]
      if (key !== undefined && answer.error !== 'NONE') failures.set(failureKey(key), answer)
    })
    return failures
  })
}

function failureKey({ topicId, partition }: Pick<SharePartitionKey, 'topicId' | 'partition'>) {
  return `${topicId}/${partition}`
}

function deletedTopics(
  going: NamedPartitions,
  failures: ReadonlyMap<string, StateAnswer>,
): DeletedTopic[] {
  return Array.from(going, ([topicId, { topicName, partitions }]) => {
    const failed = partitions.map((partition) => failures.get(failureKey({ topicId, partition })))
    const first = failed.find((answer) => answer !== undefined)
    const message = first === undefined ? null : errorText(first.error)
    return { topicName, topicId, error: first?.error ?? 'NONE', message }
  })
}

function withAllPartitions(deleting: ReadonlyMap<string, string>, topics: TopicsView) {
  return Array.from(deleting.keys(), (topicId) => {
    const topic = topics.byId(topicId)
    if (topic === undefined) return []
    const partitions = Array.from({ length: topic.partitionCount }, (_, index) => index)
    return [[topicId, { topicName: topic.name, partitions }] as const]
  }).flat()
}

/** In Kafka's order and words. */
function heartbeatProblem(request: ShareGroupHeartbeatRequest): string | null {
  const { memberId, groupId, rackId, memberEpoch, subscribedTopicNames: names } = request
  if (memberId.trim() === '') return "MemberId can't be empty."
  if (groupId.trim() === '') return "GroupId can't be empty."
  if (rackId?.trim() === '') return "RackId can't be empty."
  if (memberEpoch === 0) {
    const isSet = names !== null && names.length > 0
    return isSet ? null : 'SubscribedTopicNames must be set in first request.'
  }
  return memberEpoch < -1 ? 'MemberEpoch is invalid.' : null
}

function isOfOtherKind(shard: GroupShard, groupId: string): boolean {
  const kind = shard.kindOf(groupId)
  return kind !== null && kind !== 'share'
}

/** As Kafka says of a name that no share group has. */
function notShare(shard: GroupShard, groupId: string): StateAnswer {
  const isOther = shard.kindOf(groupId) !== null
  const message = isOther ? noShareGroup(groupId, true) : `Group ${groupId} not found.`
  return { error: 'GROUP_ID_NOT_FOUND', message }
}
