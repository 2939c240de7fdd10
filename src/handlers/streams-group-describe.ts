/**
 * StreamsGroupDescribe (89), v0-1: streams groups with their topology, their members and the tasks of
 * these (KIP-1071). v1 topology descriptions and the assignor. Differs from Kafka: topology
 * descriptions are not kept, as in Kafka without a plugin for them.
 */
import type {
  StreamsGroupDescribeRequest,
  StreamsGroupDescribeResponseDescribedGroupInput,
  StreamsGroupDescribeResponseInput,
} from '../../protocol/codecs/streams-group-describe.ts'
import { errorCode, errorText } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { allOf } from '../base/all-of.ts'
import { chain } from '../base/maybe-promise.ts'
import { streamsGroupState, tasksInRole } from '../coordinators/streams/state.ts'
import type { ReadonlyStreamsGroup, StreamsMember } from '../coordinators/streams/state.ts'
import { noTasks } from '../coordinators/streams/tasks.ts'
import type { TaskIds } from '../coordinators/streams/tasks.ts'
import { compareText, requiredTopics } from '../coordinators/streams/topology.ts'
import type { InternalTopic } from '../coordinators/streams/topology.ts'
import { authorizedOperations, operationsNotAsked } from './authorized-operations.ts'
import type { BrokerServices, Handler, RequestContext } from './context.ts'
import { servesStreamsGroups } from './streams-groups.ts'

type GroupInput = StreamsGroupDescribeResponseDescribedGroupInput

export const handleStreamsGroupDescribe: Handler<
  StreamsGroupDescribeRequest,
  StreamsGroupDescribeResponseInput
> = (broker, request, context) => {
  const served = servesStreamsGroups(broker)
  const groups = request.groupIds.map((groupId) => {
    if (!served) return refused(groupId, 'UNSUPPORTED_VERSION')
    if (!broker.authorize(context, 'describe', 'group', groupId)) {
      return refused(groupId, 'GROUP_AUTHORIZATION_FAILED')
    }
    return chain(broker.groups.streams.describe(groupId), (group) => {
      if ('error' in group) return refused(groupId, group.error, group.message)
      if (!seesAllTopics(broker, context, group)) return topicsHidden(groupId)
      const input = groupInput(group)
      if (!request.includeAuthorizedOperations) return input
      const operations = authorizedOperations(broker, context, 'group', groupId)
      return { ...input, authorizedOperations: operations }
    })
  })
  return chain(allOf(groups), (answers) => ({ throttleTimeMs: 0, groups: answers }))
}

function seesAllTopics(
  broker: BrokerServices,
  context: RequestContext,
  { topology }: ReadonlyStreamsGroup,
): boolean {
  if (topology === null) return true
  const mayDescribe = (topic: string) => broker.authorize(context, 'describe', 'topic', topic)
  return [...requiredTopics(topology)].every(mayDescribe)
}

function topicsHidden(groupId: string): GroupInput {
  const message = 'The group has described topic(s) that the client is not authorized to describe.'
  return refused(groupId, 'TOPIC_AUTHORIZATION_FAILED', message)
}

function refused(
  groupId: string,
  error: ErrorName,
  message: string | null = errorText(error),
): GroupInput {
  return {
    errorCode: errorCode(error),
    errorMessage: message,
    groupId,
    groupState: '',
    groupEpoch: 0,
    assignmentEpoch: 0,
    topology: null,
    members: [],
    authorizedOperations: operationsNotAsked,
  }
}

function groupInput(group: ReadonlyStreamsGroup): GroupInput {
  return {
    errorCode: 0,
    errorMessage: null,
    groupId: group.groupId,
    groupState: streamsGroupState(group),
    groupEpoch: group.groupEpoch,
    assignmentEpoch: group.targetEpoch,
    topology: topologyInput(group),
    members: Array.from(group.members.values(), (member) => memberInput(group, member)),
    authorizedOperations: operationsNotAsked,
    assignorName: 'sticky',
  }
}

/** Internal topics as they are sized, once all are there; before, as the application asks for them. */
function topologyInput({ topology, configured }: ReadonlyStreamsGroup): GroupInput['topology'] {
  if (topology === null) return null
  const sized = configured?.problem === null ? configured.subtopologies : null
  const subtopologies = sized ?? topology.subtopologies
  return {
    epoch: topology.epoch,
    subtopologies: subtopologies.map((part) => ({
      subtopologyId: part.subtopologyId,
      sourceTopics: [...part.sourceTopics].sort(compareText),
      repartitionSinkTopics: [...part.repartitionSinkTopics].sort(compareText),
      stateChangelogTopics: topicInputs(part.stateChangelogTopics),
      repartitionSourceTopics: topicInputs(part.repartitionSourceTopics),
    })),
  }
}

function topicInputs(topics: readonly InternalTopic[]) {
  return [...topics]
    .sort((a, b) => compareText(a.name, b.name))
    .map(({ name, partitions, replicationFactor, topicConfigs }) => {
      return { name, partitions, replicationFactor, topicConfigs }
    })
}

function memberInput(
  group: ReadonlyStreamsGroup,
  member: StreamsMember,
): GroupInput['members'][number] {
  const { memberId } = member
  const target = group.target.get(memberId) ?? noTasks
  const reported = group.reported.get(memberId)
  return {
    memberId,
    memberEpoch: member.memberEpoch,
    instanceId: member.instanceId,
    rackId: member.rackId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    topologyEpoch: member.topologyEpoch,
    processId: member.processId,
    userEndpoint: member.userEndpoint,
    clientTags: Array.from(member.clientTags, ([key, value]) => ({ key, value })),
    taskOffsets: reported?.offsets ?? [],
    taskEndOffsets: reported?.endOffsets ?? [],
    assignment: {
      activeTasks: taskList(tasksInRole(member, 'active')),
      standbyTasks: taskList(tasksInRole(member, 'standby')),
      warmupTasks: taskList(tasksInRole(member, 'warmup')),
    },
    targetAssignment: {
      activeTasks: taskList(target.active),
      standbyTasks: taskList(target.standby),
      warmupTasks: taskList(target.warmup),
    },
    isClassic: false,
  }
}

function taskList(tasks: TaskIds) {
  return Array.from(tasks, ([subtopologyId, partitions]) => ({ subtopologyId, partitions }))
}
