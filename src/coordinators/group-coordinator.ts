// What handlers see of groups: those who answer requests about each kind, and what concerns all
// kinds: loading, listing, deleting, expiry. Every method answers at once where the engine does,
// else with a promise.
import type { ErrorName } from '../../protocol/errors.ts'
import { chain, isPromise } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import { ClassicGroups } from './classic-groups.ts'
import { ConsumerGroups } from './consumer-groups.ts'
import type { GroupCoordinatorOptions } from './coordinator-options.ts'
import { GroupOffsets } from './group-offsets.ts'
import type { GroupPartition } from './group-partition.ts'
import { GroupPartitions } from './group-partitions.ts'
import type { GroupChange } from './group-records.ts'
import type { GroupRequestPorts } from './group-requests.ts'
import { GroupSettings } from './group-settings.ts'
import { listGroups } from './group-views.ts'
import type { GroupFilter, ListedGroup } from './group-views.ts'
import { MemberConnections } from './member-connections.ts'
import { deleteGroup, expireGroup, tombstonesOfTopic } from './offset-cleanup.ts'
import type { OffsetKey } from './offsets/offsets.ts'
import type { TransactionalProducer, TransactionEnd } from './runtime.ts'
import type { GroupShard } from './shard.ts'
import { ShareGroups } from './share-groups.ts'
import { StreamsGroups } from './streams-groups.ts'

const internalTopicName = '__consumer_offsets'
/** Tombstones that one batch holds when many offsets go at once. */
const tombstonesPerBatch = 1000

export class GroupCoordinator {
  readonly classic: ClassicGroups
  readonly consumer: ConsumerGroups
  readonly share: ShareGroups
  readonly streams: StreamsGroups
  readonly offsets: GroupOffsets
  readonly #options: GroupCoordinatorOptions
  readonly #crash: (cause: unknown) => void
  readonly #connections: MemberConnections
  readonly #partitions: GroupPartitions
  #cancelCleanup: (() => void) | null = null

  constructor(options: GroupCoordinatorOptions) {
    const { config, clock } = options
    this.#options = options
    this.#crash = options.crash ?? rethrow
    this.#connections = new MemberConnections({
      clock,
      timeoutMs: config.ottlaGroupDisconnectTimeoutMs,
      onGone: (groupId, memberId) => this.#guard(() => this.#memberGone(groupId, memberId)),
    })
    const connections = this.#connections
    const settings = new GroupSettings(options)
    const partitions = new GroupPartitions({ options, settings, connections, crash: this.#crash })
    const ports: GroupRequestPorts = {
      options,
      settings,
      connections,
      on: (groupId, refused, run) => partitions.on(groupId, refused, run),
    }
    this.#partitions = partitions
    this.classic = new ClassicGroups(ports)
    this.consumer = new ConsumerGroups(ports)
    this.streams = new StreamsGroups(ports)
    this.offsets = new GroupOffsets(ports)
    this.share = new ShareGroups({
      ...ports,
      partitions: () => partitions.all(),
      crash: this.#crash,
    })
  }

  /**
   * Replays `__consumer_offsets`. Until it is done requests are answered
   * COORDINATOR_LOAD_IN_PROGRESS. @throws KafkaError when the log cannot be read.
   */
  async load(): Promise<void> {
    const { clock, logger } = this.#options
    const startedMs = clock.monotonicMs()
    await this.#partitions.load()
    if (!this.#partitions.isServing) return
    let groupCount = 0
    for (const partition of this.#partitions.all()) {
      groupCount += partition.shard.groupCount
      for (const member of partition.dynamicMembers()) {
        this.#connections.expect(member.groupId, member.memberId)
      }
    }
    this.#scheduleCleanup()
    const tookMs = Math.round(clock.monotonicMs() - startedMs)
    logger.info({ groupCount, tookMs }, 'groups loaded')
  }

  /** Ends all timers and answers whoever waits, with NOT_COORDINATOR. */
  close(): void {
    this.#cancelCleanup?.()
    this.#connections.close()
    this.#partitions.close()
  }

  /** Makes sure that `__consumer_offsets` exists. @throws KafkaError when it cannot be made. */
  ensureTopic(): MaybePromise<void> {
    return this.#options.topic.ensure()
  }

  /** The partition of `__consumer_offsets` that holds the group; null while there is no topic. */
  partitionOf(groupId: string): number | null {
    return this.#partitions.indexOf(groupId)
  }

  /**
   * A producer's transaction has ended, as far as one partition of `__consumer_offsets` goes: the
   * marker is stored, and the offsets count or are forgotten.
   */
  endTransaction(
    index: number,
    producer: TransactionalProducer,
    marker: TransactionEnd,
  ): MaybePromise<ErrorName> {
    if (!this.#partitions.isServing) return 'NOT_LEADER_OR_FOLLOWER'
    const partition = this.#partitions.open(index)
    return partition?.endTransaction(producer, marker) ?? 'UNKNOWN_TOPIC_OR_PARTITION'
  }

  /** DeleteGroups, one group: it must have no members. Its offsets go with it. */
  deleteGroup(groupId: string): MaybePromise<ErrorName> {
    return this.#partitions.on<ErrorName>(
      groupId,
      (error) => error,
      (partition) =>
        chain(this.share.prepareDeletion(partition, groupId), (error) => {
          if (error !== 'NONE') return error
          return partition.write<ErrorName>(
            (shard) => deleteGroup(shard, groupId),
            (refused) => refused,
          )
        }),
    )
  }

  /** ListGroups: all groups that pass the filter. */
  list(filter: GroupFilter): {
    readonly error: ErrorName
    readonly groups: readonly ListedGroup[]
  } {
    if (!this.#partitions.isServing) return { error: this.#partitions.notReady, groups: [] }
    const groups = [...this.#partitions.all()].flatMap((partition) => {
      return listGroups(partition.shard, filter)
    })
    return { error: 'NONE', groups }
  }

  /** How many members a group has; 0 where there is none. */
  memberCount(groupId: string): number {
    const shard = this.#partitions.of(groupId)?.shard
    const group =
      shard?.group(groupId) ??
      shard?.consumerGroup(groupId) ??
      shard?.shareGroup(groupId) ??
      shard?.streamsGroup(groupId)
    return group?.members.size ?? 0
  }

  /** Every committed offset of every group, group by group; none unless the coordinator serves. */
  *committedOffsets(): Iterable<OffsetKey & { readonly offset: number }> {
    for (const { shard } of this.#partitions.all()) {
      if (!this.#partitions.isServing) return
      for (const { groupId } of groupsWithOffsets(shard)) {
        for (const [topic, partitions] of shard.offsets.ofGroup(groupId)) {
          for (const [partition, { offset }] of partitions) {
            yield { groupId, topic, partition, offset }
          }
        }
      }
    }
  }

  /** A topic was deleted: its offsets go, in all groups. */
  onTopicDeleted(topic: string): void {
    if (topic === internalTopicName) {
      this.#connections.close()
      return this.#partitions.unload()
    }
    for (const partition of this.#partitions.all()) {
      const changes = tombstonesOfTopic(partition.shard, topic)
      for (let from = 0; from < changes.length; from += tombstonesPerBatch) {
        const some = changes.slice(from, from + tombstonesPerBatch)
        this.#background(partition, 'offsets of a deleted topic', () => some)
      }
    }
  }

  /**
   * Removes offsets that are over and empty groups that have none left (offsets.retention.minutes).
   */
  removeExpired(): void {
    const { clock, config } = this.#options
    for (const partition of this.#partitions.all()) {
      const due = { nowMs: clock.nowMs(), retentionMs: config.offsetsRetentionMs }
      for (const { groupId } of groupsWithOffsets(partition.shard)) {
        this.#background(partition, 'expired offsets', (state) => expireGroup(state, groupId, due))
      }
    }
  }

  #memberGone(groupId: string, memberId: string): void {
    const partition = this.#partitions.of(groupId)
    if (partition === undefined || !partition.knows(groupId, memberId)) return
    this.#options.logger.info({ groupId, memberId }, 'member disconnected')
    partition.step(groupId, { kind: 'disconnected', memberId })
  }

  #background(
    partition: GroupPartition,
    what: string,
    decide: (shard: GroupShard) => readonly GroupChange[],
  ): void {
    const { logger } = this.#options
    const done = partition.write<ErrorName>(
      (shard) => ({ changes: decide(shard), answer: 'NONE' }),
      (error) => error,
    )
    const log = (error: ErrorName) => {
      if (error !== 'NONE') logger.warn({ what, error }, 'group records not stored')
    }
    if (isPromise(done)) done.then(log).catch(this.#crash)
    else log(done)
  }

  /** For timers: what they throw is a bug that no request carries. */
  #guard(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#crash(error)
    }
  }

  #scheduleCleanup(): void {
    const { clock, config } = this.#options
    this.#cancelCleanup = clock.after(config.offsetsRetentionCheckIntervalMs, () => {
      this.#guard(() => this.removeExpired())
      this.#scheduleCleanup()
    })
  }
}

function groupsWithOffsets(shard: GroupShard): readonly { readonly groupId: string }[] {
  return [...shard.groups(), ...shard.consumerGroups(), ...shard.streamsGroups()]
}

function rethrow(cause: unknown): void {
  queueMicrotask(() => {
    throw cause
  })
}
