// What handlers ask of streams groups (KIP-1071): heartbeats and descriptions. What needs no group to
// be refused is refused here.
import type {
  StreamsGroupHeartbeatRequest,
  StreamsGroupHeartbeatRequestTaskIds,
} from '../../protocol/codecs/streams-group-heartbeat.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { errorText } from '../../protocol/errors.ts'
import { chain } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import { leaveStaticEpoch } from './consumer/state.ts'
import type { Caller } from './coordinator-options.ts'
import type { GroupRequestPorts } from './group-requests.ts'
import type { ReadonlyStreamsGroup } from './streams/state.ts'
import { streamsRefused, taskIdsOf } from './streams/step.ts'
import type { StreamsHeartbeatAnswer, StreamsHeartbeatEvent } from './streams/step.ts'
import type { Tasks } from './streams/tasks.ts'
import { compareText, topologyDefect } from './streams/topology.ts'
import { Ticket } from './ticket.ts'

/** Why a group is not shown. */
export interface NotDescribed {
  readonly error: ErrorName
  readonly message: string | null
}

export class StreamsGroups {
  readonly #ports: Pick<GroupRequestPorts, 'connections' | 'on'>

  constructor(ports: Pick<GroupRequestPorts, 'connections' | 'on'>) {
    this.#ports = ports
  }

  /** StreamsGroupHeartbeat. */
  heartbeat(
    request: StreamsGroupHeartbeatRequest,
    caller: Caller,
  ): MaybePromise<StreamsHeartbeatAnswer> {
    const problem = heartbeatProblem(request)
    if (problem !== null) return problem
    const { groupId, memberId, memberEpoch } = request
    const refused = (error: ErrorName) => streamsRefused(error)
    return this.#ports.on<StreamsHeartbeatAnswer>(groupId, refused, (partition) => {
      const { connections } = this.#ports
      const ticket = new Ticket<StreamsHeartbeatAnswer>()
      if (memberEpoch === 0 || partition.knows(groupId, memberId)) {
        connections.heard(groupId, memberId, caller.connection)
      }
      partition.step(groupId, heartbeatEvent(request, caller, ticket))
      return chain(ticket.result(), (answer) => {
        if (!partition.knows(groupId, memberId)) connections.forget(groupId, memberId)
        return answer
      })
    })
  }

  /** StreamsGroupDescribe, one group; or why there is none. */
  describe(groupId: string): MaybePromise<ReadonlyStreamsGroup | NotDescribed> {
    const refused = (error: ErrorName): NotDescribed => ({ error, message: errorText(error) })
    if (groupId === '') return { error: 'INVALID_GROUP_ID', message: null }
    return this.#ports.on<ReadonlyStreamsGroup | NotDescribed>(groupId, refused, ({ shard }) => {
      const group = shard.streamsGroup(groupId)
      if (group !== undefined) return group
      const why = shard.kindOf(groupId) === null ? 'not found' : 'is not a streams group'
      return { error: 'GROUP_ID_NOT_FOUND', message: `Group ${groupId} ${why}.` }
    })
  }
}

/** Why the request is refused, whatever the group; null when it is not. In Kafka's order. */
function heartbeatProblem(request: StreamsGroupHeartbeatRequest): StreamsHeartbeatAnswer | null {
  const invalid = requestProblem(request)
  if (invalid !== null) return streamsRefused('INVALID_REQUEST', invalid)
  if (request.memberEpoch !== 0) return null
  const defect = request.topology && topologyDefect(request.topology)
  // Kafka fails on these, too.
  if (defect !== null) return streamsRefused('UNKNOWN_SERVER_ERROR', defect)
  for (const { stateChangelogTopics } of request.topology?.subtopologies ?? []) {
    const sized = stateChangelogTopics.find(({ partitions }) => partitions !== 0)
    if (sized === undefined) continue
    return streamsRefused(
      'STREAMS_INVALID_TOPOLOGY',
      `Changelog topic ${sized.name} must have an undefined partition count, but it is set to ${sized.partitions}.`,
    )
  }
  return null
}

function requestProblem(request: StreamsGroupHeartbeatRequest): string | null {
  const { memberEpoch, topology, activeTasks, standbyTasks, warmupTasks } = request
  const usesRegex = topology?.subtopologies.some((part) => part.sourceTopicRegex.length > 0)
  if (usesRegex === true) return 'Regular expressions for source topics are not supported yet.'
  if (isBlank(request.memberId)) return "MemberId can't be empty."
  if (isBlank(request.groupId)) return "GroupId can't be empty."
  if (isBlank(request.instanceId)) return "InstanceId can't be empty."
  if (isBlank(request.rackId)) return "RackId can't be empty."
  if (memberEpoch === 0) {
    const problem = joinProblem(request)
    if (problem !== null) return problem
  } else if (memberEpoch === leaveStaticEpoch && request.instanceId === null) {
    return "InstanceId can't be null."
  } else if (memberEpoch < leaveStaticEpoch) {
    return `MemberEpoch is ${memberEpoch}, but must be greater than or equal to -2.`
  }
  const missing = [activeTasks, standbyTasks, warmupTasks].filter((list) => list === null).length
  if (missing === 1 || missing === 2) return 'If one task-type is non-null, all must be non-null.'
  if (memberEpoch !== 0 && topology !== null) {
    return 'Topology can only be provided when (re-)joining.'
  }
  return null
}

function joinProblem(request: StreamsGroupHeartbeatRequest): string | null {
  if (request.rebalanceTimeoutMs === -1) {
    return 'RebalanceTimeoutMs must be provided in first request.'
  }
  if (request.activeTasks?.length !== 0) return 'ActiveTasks must be empty when (re-)joining.'
  if (request.standbyTasks?.length !== 0) return 'StandbyTasks must be empty when (re-)joining.'
  if (request.warmupTasks?.length !== 0) return 'WarmupTasks must be empty when (re-)joining.'
  return request.topology === null ? 'Topology must be non-null when (re-)joining.' : null
}

function isBlank(text: string | null): boolean {
  return text !== null && text.trim() === ''
}

/** The request as the group is told of it. */
function heartbeatEvent(
  request: StreamsGroupHeartbeatRequest,
  caller: Caller,
  ticket: StreamsHeartbeatEvent['ticket'],
): StreamsHeartbeatEvent {
  const { memberId, memberEpoch, instanceId, rackId, rebalanceTimeoutMs } = request
  const { topology, processId, userEndpoint, clientTags } = request
  return {
    kind: 'streams-heartbeat',
    ...{ ticket, memberId, memberEpoch, instanceId, rackId, rebalanceTimeoutMs },
    ...{ topology, processId, userEndpoint },
    endpointEpoch: request.endpointInformationEpoch,
    owned: ownedTasks(request),
    clientTags:
      clientTags &&
      new Map(
        [...clientTags]
          .sort((a, b) => compareText(a.key, b.key))
          .map(({ key, value }) => [key, value]),
      ),
    offsets: request.taskOffsets,
    endOffsets: request.taskEndOffsets,
    shutdownApplication: request.shutdownApplication,
    clientId: caller.clientId ?? '',
    clientHost: `/${caller.connection.clientAddress}`,
  }
}

function ownedTasks(request: StreamsGroupHeartbeatRequest): Tasks | null {
  const { activeTasks, standbyTasks, warmupTasks } = request
  if (activeTasks === null || standbyTasks === null || warmupTasks === null) return null
  const ids = (list: readonly StreamsGroupHeartbeatRequestTaskIds[]) => taskIdsOf(list)
  return { active: ids(activeTasks), standby: ids(standbyTasks), warmup: ids(warmupTasks) }
}
