// What handlers see of groups and offsets: checks what needs no state, finds the group's partition,
// hands the request on. Every method answers at once where the engine does, else with a promise.
import type { JoinGroupRequest } from '../../protocol/codecs/join-group.ts'
import type { SyncGroupRequest } from '../../protocol/codecs/sync-group.ts'
import type { HeartbeatRequest } from '../../protocol/codecs/heartbeat.ts'
import type { ConsumerGroupHeartbeatRequest } from '../../protocol/codecs/consumer-group-heartbeat.ts'
import { KafkaError, errorText } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { assert } from '../base/assert.ts'
import { chain, isPromise } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import { randomKafkaUuid, randomUuid } from '../io/random.ts'
import { joinRefused, syncRefused } from './classic/state.ts'
import type { JoinAnswer, LeaveAnswer, SyncAnswer } from './classic/state.ts'
import type { GroupEvent, GroupRules } from './classic/step.ts'
import {
  consumerGroupNotFound,
  describeConsumerGroup,
  heartbeatEvent,
  heartbeatProblem,
} from './consumer-requests.ts'
import type { DescribedConsumerGroup } from './consumer-requests.ts'
import { consumerRulesOf } from './consumer-rules.ts'
import { heartbeatRefused } from './consumer/step.ts'
import type { ConsumerHeartbeatAnswer, ConsumerRules, MayDescribe } from './consumer/step.ts'
import { GroupPartition } from './group-partition.ts'
import { partitionOfGroup } from './group-partitioning.ts'
import { describeGroup, listGroups, notDescribed } from './group-views.ts'
import type { DescribedGroup, GroupFilter, ListedGroup } from './group-views.ts'
import type { GroupChange } from './group-records.ts'
import type { GroupShard } from './shard.ts'
import { MemberConnections } from './member-connections.ts'
import { deleteGroup, tombstonesOfTopic, expireGroup } from './offset-cleanup.ts'
import {
  fetchError,
  planCommit,
  planDeletion,
  planTransactionalCommit,
  readOffsets,
} from './offset-requests.ts'
import type {
  CommitRequest,
  DeleteOffsetsAnswer,
  DeleteOffsetsRequest,
  FetchOffsetsAnswer,
  FetchOffsetsRequest,
  TransactionalCommitRequest,
} from './offset-requests.ts'
import type { Caller, GroupCoordinatorOptions, LeaveRequest } from './coordinator-options.ts'
import type { OffsetKey } from './offsets/offsets.ts'
import { clientError } from './runtime.ts'
import { shareRulesOf } from './share-rules.ts'
import { ShareGroups } from './share-groups.ts'
import { StreamsGroups } from './streams-groups.ts'
import { streamsRulesOf } from './streams-rules.ts'
import type { TransactionEnd, TransactionalProducer } from './runtime.ts'
import type { PartitionStore } from '../storage/engine.ts'
import { Ticket } from './ticket.ts'

const internalTopicName = '__consumer_offsets'
/** Tombstones that one batch holds when many offsets go at once. */
const tombstonesPerBatch = 1000

export class GroupCoordinator {
  readonly #options: GroupCoordinatorOptions
  readonly #rules: GroupRules
  readonly #connections: MemberConnections
  /** What is asked of share groups. */
  readonly share: ShareGroups
  /** What is asked of streams groups. */
  readonly streams: StreamsGroups
  readonly #partitions = new Map<number, GroupPartition>()
  #state: 'loading' | 'serving' | 'closed' = 'loading'
  #cancelCleanup: (() => void) | null = null

  constructor(options: GroupCoordinatorOptions) {
    const { config, clock } = options
    this.#options = options
    this.#rules = {
      initialRebalanceDelayMs: config.groupInitialRebalanceDelayMs,
      maxSize: config.groupMaxSize,
    }
    this.#connections = new MemberConnections({
      clock,
      timeoutMs: config.ottlaGroupDisconnectTimeoutMs,
      onGone: (groupId, memberId) => this.#guard(() => this.#memberGone(groupId, memberId)),
    })
    this.share = new ShareGroups({
      topics: options.topics,
      states: options.shareStates,
      connections: this.#connections,
      rules: (groupId) => this.#shareRules(groupId),
      on: (groupId, refused, run) => this.#on(groupId, refused, run),
      partitions: () => this.#partitions.values(),
      onOffsetsChanged: (groupId) => options.onShareOffsetsChanged?.(groupId),
      crash: options.crash ?? rethrow,
    })
    this.streams = new StreamsGroups({
      connections: this.#connections,
      on: (groupId, refused, run) => this.#on(groupId, refused, run),
    })
  }

  /**
   * Replays `__consumer_offsets`. Until it is done requests are answered
   * COORDINATOR_LOAD_IN_PROGRESS. @throws KafkaError when the log cannot be read.
   */
  async load(): Promise<void> {
    const { config, clock, logger, topic } = this.#options
    const limitBytes = {
      read: config.offsetsLoadBufferSize,
      inflated: config.maxDecompressedMessageBytes,
    }
    const startedMs = clock.monotonicMs()
    let groupCount = 0
    for (let index = 0; index < topic.partitionCount(); index++) {
      const partition = this.#open(index)
      if (partition === undefined) continue
      await partition.load(limitBytes)
      groupCount += partition.shard.groupCount
    }
    if (this.#state === 'closed') return
    this.#state = 'serving'
    for (const partition of this.#partitions.values()) {
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
    this.#state = 'closed'
    this.#cancelCleanup?.()
    this.#unload()
  }

  /** Makes sure that `__consumer_offsets` exists. @throws KafkaError when it cannot be made. */
  ensureTopic(): MaybePromise<void> {
    return this.#options.topic.ensure()
  }

  /** JoinGroup. Parked until the group's next generation begins. */
  join(request: JoinGroupRequest, caller: Caller): MaybePromise<JoinAnswer> {
    const { groupId, memberId, groupInstanceId, sessionTimeoutMs } = request
    const { config, random } = this.#options
    const refused = (error: ErrorName) => joinRefused(error, memberId)
    if (groupId === '') return refused('INVALID_GROUP_ID')
    const { groupMinSessionTimeoutMs, groupMaxSessionTimeoutMs } = config
    if (
      sessionTimeoutMs < groupMinSessionTimeoutMs ||
      sessionTimeoutMs > groupMaxSessionTimeoutMs
    ) {
      return refused('INVALID_SESSION_TIMEOUT')
    }
    const clientId = caller.clientId ?? ''
    this.#logReason('joins', groupId, memberId, request.reason)
    return this.#on(groupId, refused, (partition) => {
      const ticket = new Ticket<JoinAnswer>()
      const named = `${groupInstanceId ?? clientId}-${randomUuid(random)}`
      // As Kafka makes ids: members of consumer groups have no name in theirs.
      const newMemberId = partition.isConsumerGroup(groupId) ? randomKafkaUuid(random) : named
      const candidate = memberId === '' ? newMemberId : memberId
      this.#connections.heard(groupId, candidate, caller.connection)
      partition.step(groupId, {
        kind: 'join',
        ticket,
        memberId,
        newMemberId,
        groupInstanceId,
        clientId,
        clientHost: `/${caller.connection.clientAddress}`,
        // Version 0 has one time-out for both.
        rebalanceTimeoutMs: caller.apiVersion === 0 ? sessionTimeoutMs : request.rebalanceTimeoutMs,
        sessionTimeoutMs,
        protocolType: request.protocolType,
        // The request's memory goes back to the connection; what the group keeps is copied.
        protocols: request.protocols.map(({ name, metadata }) => {
          return { name, metadata: Buffer.from(metadata) }
        }),
        requireKnownMemberId: caller.apiVersion >= knownMemberIdVersion,
        supportsSkipAssignment: caller.apiVersion >= skipAssignmentVersion,
      })
      return chain(ticket.result(), (answer) => {
        if (!partition.knows(groupId, candidate)) this.#connections.forget(groupId, candidate)
        return answer
      })
    })
  }

  /** ConsumerGroupHeartbeat (KIP-848). `mayDescribe`: what the client's patterns may stand for. */
  consumerHeartbeat(
    request: ConsumerGroupHeartbeatRequest,
    caller: Caller,
    mayDescribe: MayDescribe,
  ): MaybePromise<ConsumerHeartbeatAnswer> {
    const { groupId, memberId, memberEpoch } = request
    const problem = heartbeatProblem(request, caller.apiVersion, this.#consumerRules(groupId))
    if (problem !== null) return problem
    const refused = (error: ErrorName) => heartbeatRefused(error)
    return this.#on<ConsumerHeartbeatAnswer>(groupId, refused, (partition) => {
      const ticket = new Ticket<ConsumerHeartbeatAnswer>()
      const newMemberId = randomKafkaUuid(this.#options.random)
      const candidate = memberId === '' ? newMemberId : memberId
      if (memberEpoch === 0 || partition.knows(groupId, candidate)) {
        this.#connections.heard(groupId, candidate, caller.connection)
      }
      const clientId = caller.clientId ?? ''
      const clientHost = `/${caller.connection.clientAddress}`
      const how = { ticket, newMemberId, clientId, clientHost, mayDescribe }
      partition.step(groupId, heartbeatEvent(request, how))
      return chain(ticket.result(), (answer) => {
        if (!partition.knows(groupId, candidate)) this.#connections.forget(groupId, candidate)
        return answer
      })
    })
  }

  /** ConsumerGroupDescribe, one group. */
  describeConsumerGroup(groupId: string): MaybePromise<DescribedConsumerGroup> {
    const refused = (error: ErrorName) => consumerGroupNotFound(error, errorText(error))
    if (groupId === '') return refused('INVALID_GROUP_ID')
    const rules = this.#consumerRules(groupId)
    return this.#on(groupId, refused, ({ shard }) =>
      describeConsumerGroup(shard, groupId, { rules, topics: this.#options.topics }),
    )
  }

  /** SyncGroup. Parked until the leader has assigned. */
  sync(request: SyncGroupRequest, caller: Caller): MaybePromise<SyncAnswer> {
    const { groupId, memberId, groupInstanceId } = request
    if (groupId === '') return syncRefused('INVALID_GROUP_ID')
    return this.#on(groupId, syncRefused, (partition) => {
      const ticket = new Ticket<SyncAnswer>()
      const assignments = request.assignments.map(
        (given) => [given.memberId, Buffer.from(given.assignment)] as const,
      )
      this.#stepHeard(partition, groupId, memberId, caller, {
        kind: 'sync',
        ticket,
        memberId,
        groupInstanceId,
        generation: request.generationId,
        protocolType: request.protocolType,
        protocolName: request.protocolName,
        assignments: new Map(assignments),
      })
      return ticket.result()
    })
  }

  heartbeat(request: HeartbeatRequest, caller: Caller): MaybePromise<ErrorName> {
    const { groupId, memberId, groupInstanceId, generationId } = request
    if (groupId === '') return 'INVALID_GROUP_ID'
    // As in Kafka: a member need not hear that its coordinator is still reading.
    const refused = (error: ErrorName) =>
      error === 'COORDINATOR_LOAD_IN_PROGRESS' ? 'NONE' : error
    return this.#on(groupId, refused, (partition) => {
      const ticket = new Ticket<ErrorName>()
      this.#stepHeard(partition, groupId, memberId, caller, {
        kind: 'heartbeat',
        ticket,
        memberId,
        groupInstanceId,
        generation: generationId,
      })
      return ticket.result()
    })
  }

  leave({ groupId, members }: LeaveRequest): MaybePromise<LeaveAnswer> {
    const refused = (error: ErrorName) => ({ error, members: [] })
    if (groupId === '') return refused('INVALID_GROUP_ID')
    for (const { memberId, reason } of members) this.#logReason('leaves', groupId, memberId, reason)
    return this.#on<LeaveAnswer>(groupId, refused, (partition) => {
      const ticket = new Ticket<LeaveAnswer>()
      partition.step(groupId, { kind: 'leave', ticket, members })
      return ticket.result()
    })
  }

  /**
   * OffsetCommit of existing partitions: an error for each, in the request's order. An empty group
   * id is one.
   */
  commitOffsets(request: CommitRequest, caller: Caller): MaybePromise<readonly ErrorName[]> {
    const { groupId, memberId, offsets } = request
    const refused = (error: ErrorName): readonly ErrorName[] => offsets.map(() => error)
    return this.#on(groupId, refused, (partition) => {
      const { clock, config, instruments } = this.#options
      if (instruments !== undefined) instruments.offsetCommits += offsets.length
      if (memberId !== '' && partition.knows(groupId, memberId)) {
        this.#connections.heard(groupId, memberId, caller.connection)
      }
      const plan = (shard: GroupShard) =>
        planCommit(shard, request, {
          apiVersion: caller.apiVersion,
          nowMs: clock.nowMs(),
          metadataMaxBytes: config.offsetMetadataMaxBytes,
        })
      return partition.commit(request, plan, refused)
    })
  }

  /**
   * TxnOffsetCommit: an error for each offset, in the request's order. `verify` says whether the
   * transaction has the partition of `__consumer_offsets` that it is given.
   */
  commitTransactionalOffsets(
    request: TransactionalCommitRequest,
    verify: (store: PartitionStore) => MaybePromise<ErrorName>,
  ): MaybePromise<readonly ErrorName[]> {
    const { groupId, producerId, producerEpoch, offsets } = request
    const refused = (error: ErrorName) => offsets.map(() => error)
    if (groupId === '') return refused('INVALID_GROUP_ID')
    return this.#on<readonly ErrorName[]>(groupId, refused, (partition) => {
      const write = () =>
        partition.write(
          (shard) => {
            const nowMs = this.#options.clock.nowMs()
            const metadataMaxBytes = this.#options.config.offsetMetadataMaxBytes
            return planTransactionalCommit(shard, request, { nowMs, metadataMaxBytes })
          },
          refused,
          { producerId, producerEpoch },
        )
      return chain(verify(partition.store), (error) =>
        error === 'NONE' ? write() : refused(clientError(error)),
      )
    })
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
    if (this.#state !== 'serving') return 'NOT_LEADER_OR_FOLLOWER'
    const partition = this.#open(index)
    return partition?.endTransaction(producer, marker) ?? 'UNKNOWN_TOPIC_OR_PARTITION'
  }

  /** The partition of `__consumer_offsets` that holds the group; null while there is no topic. */
  partitionOf(groupId: string): number | null {
    const count = this.#options.topic.partitionCount()
    return count === 0 ? null : partitionOfGroup(groupId, count)
  }

  fetchOffsets(request: FetchOffsetsRequest, caller: Caller): MaybePromise<FetchOffsetsAnswer> {
    const { groupId, memberId } = request
    const refused = (error: ErrorName) => ({ error, topics: [] })
    return this.#on<FetchOffsetsAnswer>(groupId, refused, (partition) => {
      if (memberId !== null && partition.knows(groupId, memberId)) {
        this.#connections.heard(groupId, memberId, caller.connection)
      }
      const error = fetchError(partition.shard, request)
      if (error !== null) return { error, topics: [] }
      return { error: 'NONE', topics: readOffsets(partition.shard, request) }
    })
  }

  /** OffsetDelete: the group's error, or an error for each partition. */
  deleteOffsets(request: DeleteOffsetsRequest): MaybePromise<DeleteOffsetsAnswer> {
    const refused = (error: ErrorName) => ({ error, partitions: [] })
    if (request.groupId === '') return refused('INVALID_GROUP_ID')
    return this.#on<DeleteOffsetsAnswer>(request.groupId, refused, (partition) =>
      partition.write((shard) => planDeletion(shard, request), refused),
    )
  }

  /** DeleteGroups, one group: it must have no members. Its offsets go with it. */
  deleteGroup(groupId: string): MaybePromise<ErrorName> {
    return this.#on<ErrorName>(
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

  /** DescribeGroups, one group. A group that does not exist is Dead, with GROUP_ID_NOT_FOUND. */
  describe(groupId: string): MaybePromise<DescribedGroup> {
    return this.#on(
      groupId,
      (error) => notDescribed(error, errorText(error)),
      ({ shard }) => describeGroup(shard, groupId),
    )
  }

  /** ListGroups: all groups that pass the filter. */
  list(filter: GroupFilter): {
    readonly error: ErrorName
    readonly groups: readonly ListedGroup[]
  } {
    if (this.#state !== 'serving') return { error: this.#notReady(), groups: [] }
    const groups = [...this.#partitions.values()].flatMap((partition) => {
      return listGroups(partition.shard, filter)
    })
    return { error: 'NONE', groups }
  }

  /** How many members a group has; 0 where there is none. */
  memberCount(groupId: string): number {
    const count = this.#options.topic.partitionCount()
    if (count === 0) return 0
    const shard = this.#partitions.get(partitionOfGroup(groupId, count))?.shard
    const group =
      shard?.group(groupId) ?? shard?.consumerGroup(groupId) ?? shard?.shareGroup(groupId)
    return group?.members.size ?? 0
  }

  /** Every committed offset of every group, group by group; none unless the coordinator serves. */
  *committedOffsets(): Iterable<OffsetKey & { readonly offset: number }> {
    for (const { shard } of this.#partitions.values()) {
      if (this.#state !== 'serving') return
      for (const { groupId } of [...shard.groups(), ...shard.consumerGroups()]) {
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
    if (topic === internalTopicName) return this.#unload()
    for (const partition of this.#partitions.values()) {
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
    for (const partition of this.#partitions.values()) {
      const due = { nowMs: clock.nowMs(), retentionMs: config.offsetsRetentionMs }
      const { shard } = partition
      const groups = [...shard.groups(), ...shard.consumerGroups(), ...shard.streamsGroups()]
      for (const { groupId } of groups) {
        this.#background(partition, 'expired offsets', (state) => expireGroup(state, groupId, due))
      }
    }
  }

  /**
   * Runs on the group's partition, made on first need. `refused` answers when there is none (yet):
   * while loading, after close, or when the internal topic cannot be made.
   */
  #on<T>(
    groupId: string,
    refused: (error: ErrorName) => T,
    run: (partition: GroupPartition) => MaybePromise<T>,
  ): MaybePromise<T> {
    if (this.#state !== 'serving') return refused(this.#notReady())
    const { topic } = this.#options
    const count = topic.partitionCount()
    const exists = count > 0 && topic.store(partitionOfGroup(groupId, count)) !== undefined
    if (exists) return this.#onPartition(groupId, refused, run)
    const failed = (error: unknown) => {
      if (!(error instanceof KafkaError)) throw error
      return refused(clientError(error.errorName))
    }
    let made: MaybePromise<void>
    try {
      made = topic.ensure()
    } catch (error) {
      return failed(error)
    }
    if (!isPromise(made)) return this.#onPartition(groupId, refused, run)
    return made.then(() => this.#onPartition(groupId, refused, run), failed)
  }

  #onPartition<T>(
    groupId: string,
    refused: (error: ErrorName) => T,
    run: (partition: GroupPartition) => MaybePromise<T>,
  ): MaybePromise<T> {
    const count = this.#options.topic.partitionCount()
    if (count === 0) return refused('COORDINATOR_NOT_AVAILABLE')
    const partition = this.#open(partitionOfGroup(groupId, count))
    return partition === undefined ? refused('NOT_COORDINATOR') : run(partition)
  }

  /**
   * The partition with its state: that which was loaded, or a new one of a topic that was made
   * since.
   */
  #open(index: number): GroupPartition | undefined {
    const opened = this.#partitions.get(index)
    if (opened !== undefined) return opened
    const { clock, logger, topic } = this.#options
    const store = topic.store(index)
    if (store === undefined) return undefined
    assert(this.#state === 'loading' || store.logEndOffset === 0, 'a later partition is empty')
    const partition = new GroupPartition({
      clock,
      logger,
      store,
      rules: this.#rules,
      consumerRules: (groupId) => this.#consumerRules(groupId),
      shareRules: (groupId) => this.#shareRules(groupId),
      streamsRules: (groupId) => this.#streamsRules(groupId),
      onShareMemberFenced: (groupId, memberId) =>
        this.#options.onShareMemberFenced?.(groupId, memberId),
      topics: this.#options.topics,
      onRebalance: (reason) => this.#options.instruments?.rebalances.add(reason),
      onMemberRemoved: (groupId, memberId) => this.#connections.forget(groupId, memberId),
      crash: this.#options.crash ?? rethrow,
      afterTurn: this.#options.afterTurn,
    })
    this.#partitions.set(index, partition)
    return partition
  }

  /** Tells the group, and notes on which connection its member spoke. */
  #stepHeard(
    partition: GroupPartition,
    groupId: string,
    memberId: string,
    caller: Caller,
    event: GroupEvent,
  ): void {
    if (partition.knows(groupId, memberId)) {
      this.#connections.heard(groupId, memberId, caller.connection)
    }
    partition.step(groupId, event)
  }

  /** KIP-800: why a member says that it joins or leaves. */
  #logReason(what: string, groupId: string, memberId: string, reason?: string | null): void {
    if (reason === undefined || reason === null || reason === '') return
    const fields = { groupId, memberId, reason: reason.slice(0, reasonCharsMax) }
    this.#options.logger.info(fields, `member ${what}`)
  }

  #memberGone(groupId: string, memberId: string): void {
    const count = this.#options.topic.partitionCount()
    if (count === 0) return
    const partition = this.#partitions.get(partitionOfGroup(groupId, count))
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
    if (isPromise(done)) done.then(log).catch(this.#options.crash ?? rethrow)
    else log(done)
  }

  /** For timers: what they throw is a bug that no request carries. */
  #guard(run: () => void): void {
    try {
      run()
    } catch (error) {
      const crash = this.#options.crash ?? rethrow
      crash(error)
    }
  }

  #scheduleCleanup(): void {
    const { clock, config } = this.#options
    this.#cancelCleanup = clock.after(config.offsetsRetentionCheckIntervalMs, () => {
      this.#guard(() => this.removeExpired())
      this.#scheduleCleanup()
    })
  }

  #unload(): void {
    this.#connections.close()
    for (const partition of this.#partitions.values()) partition.close()
    this.#partitions.clear()
  }

  #consumerRules(groupId: string): ConsumerRules {
    const { config, groupConfigs } = this.#options
    return consumerRulesOf(config, groupConfigs?.(groupId) ?? new Map())
  }

  #shareRules(groupId: string) {
    const { config, groupConfigs } = this.#options
    return shareRulesOf(config, groupConfigs?.(groupId) ?? new Map())
  }

  #streamsRules(groupId: string) {
    const { config, groupConfigs } = this.#options
    return streamsRulesOf(config, groupConfigs?.(groupId) ?? new Map())
  }

  #notReady(): ErrorName {
    return this.#state === 'loading' ? 'COORDINATOR_LOAD_IN_PROGRESS' : 'COORDINATOR_NOT_AVAILABLE'
  }
}

/** KIP-394: from this version of JoinGroup on a dynamic member first asks for its id. */
const knownMemberIdVersion = 4
/** Kafka's clients send no more. */
const reasonCharsMax = 255
/** KIP-814. */
const skipAssignmentVersion = 9

function rethrow(cause: unknown): void {
  queueMicrotask(() => {
    throw cause
  })
}
