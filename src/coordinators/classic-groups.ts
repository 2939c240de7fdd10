// What handlers ask of classic groups: joins, syncs, heartbeats, leaving, descriptions. What needs no
// group to be refused is refused here.
import type { HeartbeatRequest } from '../../protocol/codecs/heartbeat.ts'
import type { JoinGroupRequest } from '../../protocol/codecs/join-group.ts'
import type { SyncGroupRequest } from '../../protocol/codecs/sync-group.ts'
import { errorText } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { chain } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import { randomKafkaUuid, randomUuid } from '../io/random.ts'
import { joinRefused, syncRefused } from './classic/state.ts'
import type { JoinAnswer, LeaveAnswer, SyncAnswer } from './classic/state.ts'
import type { GroupEvent } from './classic/step.ts'
import type { Caller, LeaveRequest } from './coordinator-options.ts'
import type { GroupPartition } from './group-partition.ts'
import type { GroupRequestPorts } from './group-requests.ts'
import { describeGroup, notDescribed } from './group-views.ts'
import type { DescribedGroup } from './group-views.ts'
import { Ticket } from './ticket.ts'

/** KIP-394: from this version of JoinGroup on a dynamic member first asks for its id. */
const knownMemberIdVersion = 4
/** KIP-814. */
const skipAssignmentVersion = 9
/** Kafka's clients send no more. */
const reasonCharsMax = 255

export class ClassicGroups {
  readonly #ports: GroupRequestPorts

  constructor(ports: GroupRequestPorts) {
    this.#ports = ports
  }

  /** JoinGroup. Parked until the group's next generation begins. */
  join(request: JoinGroupRequest, caller: Caller): MaybePromise<JoinAnswer> {
    const { groupId, memberId, groupInstanceId, sessionTimeoutMs } = request
    const { config } = this.#ports.options
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
    return this.#ports.on(groupId, refused, (partition) => {
      const ticket = new Ticket<JoinAnswer>()
      const candidate =
        memberId === ''
          ? this.#drawMemberId(partition.isConsumerGroup(groupId), groupInstanceId ?? clientId)
          : memberId
      this.#ports.connections.heard(groupId, candidate, caller.connection)
      partition.step(groupId, {
        kind: 'join',
        ticket,
        memberId,
        newMemberId: candidate,
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
        if (!partition.knows(groupId, candidate)) this.#ports.connections.forget(groupId, candidate)
        return answer
      })
    })
  }

  /** As Kafka makes ids: members of consumer groups have no name in theirs. */
  #drawMemberId(isConsumerGroup: boolean, name: string): string {
    const { random } = this.#ports.options
    return isConsumerGroup ? randomKafkaUuid(random) : `${name}-${randomUuid(random)}`
  }

  /** SyncGroup. Parked until the leader has assigned. */
  sync(request: SyncGroupRequest, caller: Caller): MaybePromise<SyncAnswer> {
    const { groupId, memberId, groupInstanceId } = request
    if (groupId === '') return syncRefused('INVALID_GROUP_ID')
    return this.#ports.on(groupId, syncRefused, (partition) => {
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
    return this.#ports.on(groupId, refused, (partition) => {
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
    return this.#ports.on<LeaveAnswer>(groupId, refused, (partition) => {
      const ticket = new Ticket<LeaveAnswer>()
      partition.step(groupId, { kind: 'leave', ticket, members })
      return ticket.result()
    })
  }

  /** DescribeGroups, one group. A group that does not exist is Dead, with GROUP_ID_NOT_FOUND. */
  describe(groupId: string): MaybePromise<DescribedGroup> {
    return this.#ports.on(
      groupId,
      (error) => notDescribed(error, errorText(error)),
      ({ shard }) => describeGroup(shard, groupId),
    )
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
      this.#ports.connections.heard(groupId, memberId, caller.connection)
    }
    partition.step(groupId, event)
  }

  /** KIP-800: why a member says that it joins or leaves. */
  #logReason(what: string, groupId: string, memberId: string, reason?: string | null): void {
    if (reason === undefined || reason === null || reason === '') return
    const fields = { groupId, memberId, reason: reason.slice(0, reasonCharsMax) }
    this.#ports.options.logger.info(fields, `member ${what}`)
  }
}
