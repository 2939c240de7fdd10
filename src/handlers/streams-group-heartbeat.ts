/**
 * StreamsGroupHeartbeat (88), v0-1: the one request of a member of a streams group (KIP-1071): it
 * brings the topology of its application, tells which tasks it has and is told which to have. v1
 * acceptableRecoveryLag as int64, topologyDescriptionRequired (never: no plugin asks for it).
 * Internal topics that the topology needs are made here; the members learn of it with the next
 * heartbeat. Differs from Kafka: the topics are there when the answer is.
 */
import type {
  StreamsGroupHeartbeatRequest,
  StreamsGroupHeartbeatRequestTopology,
  StreamsGroupHeartbeatResponseInput,
} from '../../protocol/codecs/streams-group-heartbeat.ts'
import { errorCode, errorText } from '../../protocol/errors.ts'
import { chain } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import { planCreateTopics } from '../catalog/topic-control.ts'
import type { Refusal } from '../catalog/refusal.ts'
import { placementOf } from '../catalog/topic-creation.ts'
import { isInternalTopic, topicNameProblem } from '../catalog/topic-names.ts'
import { streamsRefused } from '../coordinators/streams/step.ts'
import type { StreamsHeartbeatAnswer } from '../coordinators/streams/step.ts'
import type { TaskIds } from '../coordinators/streams/tasks.ts'
import { requiredTopics, statusCodes } from '../coordinators/streams/topology.ts'
import type { SizedTopic, Status } from '../coordinators/streams/topology.ts'
import { clusterResource } from './authorized-operations.ts'
import type { BrokerServices, Handler, RequestContext } from './context.ts'
import { orRefusal } from './or-refusal.ts'
import { servesStreamsGroups } from './streams-groups.ts'

/** From this version on members are asked how far their local state has come. */
const taskOffsetsVersion = 1

export const handleStreamsGroupHeartbeat: Handler<
  StreamsGroupHeartbeatRequest,
  StreamsGroupHeartbeatResponseInput
> = (broker, request, context) => {
  const response = (answer: StreamsHeartbeatAnswer) => responseOf(answer, context.apiVersion)
  if (!servesStreamsGroups(broker)) return response(streamsRefused('UNSUPPORTED_VERSION'))
  if (!broker.authorize(context, 'read', 'group', request.groupId)) {
    return response(streamsRefused('GROUP_AUTHORIZATION_FAILED'))
  }
  if (request.topology !== null) {
    const problem = topologyProblem(request.topology)
    if (problem !== null) return response(streamsRefused('STREAMS_INVALID_TOPOLOGY', problem))
    const mayDescribe = (topic: string) => broker.authorize(context, 'describe', 'topic', topic)
    if (![...requiredTopics(request.topology)].every(mayDescribe)) {
      return response(streamsRefused('TOPIC_AUTHORIZATION_FAILED'))
    }
  }
  return chain(broker.groups.streams.heartbeat(request, context), (answer) => {
    if (answer.missing.length === 0) return response(answer)
    return chain(createTopics(broker, context, answer.missing), (problem) =>
      response(problem === null ? answer : withProblem(answer, problem)),
    )
  })
}

/** Why a topology cannot be, whatever topics there are. */
function topologyProblem(topology: StreamsGroupHeartbeatRequestTopology): string | null {
  const names = [...requiredTopics(topology)]
  const prohibited = names.filter(isInternalTopic)
  if (prohibited.length > 0) {
    return `Use of Kafka internal topics ${prohibited.join(',')} in a Kafka Streams topology is prohibited.`
  }
  const invalid = names.filter((name) => topicNameProblem(name) !== null)
  return invalid.length === 0 ? null : `Topic names ${invalid.join(',')} are not valid topic names.`
}

/** Makes the internal topics. Null, or why some could not be made. */
function createTopics(
  broker: BrokerServices,
  context: RequestContext,
  missing: readonly SizedTopic[],
): MaybePromise<string | null> {
  const { catalog } = broker
  const mayCreateAll = broker.authorize(context, 'create', 'cluster', clusterResource, 'probe')
  const forbidden = missing
    .map(({ name }) => name)
    .filter((name) => !mayCreateAll && !broker.authorize(context, 'create', 'topic', name))
  if (forbidden.length > 0) return `Unauthorized to CREATE on topics ${forbidden.join(', ')}.`
  const topics = missing.map(({ name, partitions, replicationFactor, topicConfigs }) => ({
    name,
    numPartitions: partitions,
    replicationFactor: replicationFactor === 0 ? -1 : replicationFactor,
    assignments: [],
    configs: topicConfigs.map(({ key, value }) => ({ name: key, value })),
  }))
  const refusals = orRefusal<ReadonlyMap<string, Refusal>>(
    () =>
      catalog.change((image) => {
        // Another member's heartbeat may have made some.
        const open = topics.filter(({ name }) => image.topic(name) === undefined)
        const plan = planCreateTopics(image, open, placementOf(catalog, broker))
        const refused = plan.outcomes.flatMap((outcome) =>
          'refusal' in outcome ? [[outcome.name, outcome.refusal] as const] : [],
        )
        return { records: plan.records, answer: new Map(refused) }
      }),
    ({ errorName, detail }) =>
      new Map(topics.map(({ name }) => [name, { error: errorName, message: detail }])),
  )
  return chain(refusals, (refused) => {
    if (refused.size === 0) return null
    const reasons = Array.from(refused, ([name, { error, message }]) => {
      return `${name} (${message ?? errorText(error)})`
    })
    broker.logger.warn({ topics: reasons }, 'internal topics of a streams group not made')
    return `Creation failed: ${reasons.join(', ')}.`
  })
}

function withProblem(answer: StreamsHeartbeatAnswer, problem: string): StreamsHeartbeatAnswer {
  const status = answer.status.map((one): Status => {
    if (one.code !== 'MISSING_INTERNAL_TOPICS') return one
    return { ...one, detail: `${one.detail}; ${problem}` }
  })
  return { ...answer, status }
}

function responseOf(
  answer: StreamsHeartbeatAnswer,
  apiVersion: number,
): StreamsGroupHeartbeatResponseInput {
  const { error, message, tasks, endpoints } = answer
  const tellsOffsets = apiVersion >= taskOffsetsVersion
  return {
    throttleTimeMs: 0,
    errorCode: errorCode(error),
    errorMessage: error === 'NONE' ? null : (message ?? errorText(error)),
    memberId: answer.memberId,
    memberEpoch: answer.memberEpoch,
    heartbeatIntervalMs: answer.heartbeatIntervalMs,
    acceptableRecoveryLagLegacy: 0,
    acceptableRecoveryLag: answer.acceptableRecoveryLag,
    taskOffsetIntervalMs: tellsOffsets ? answer.taskOffsetIntervalMs : 0,
    status: answer.status.map(({ code, detail }) => {
      return { statusCode: statusCodes[code], statusDetail: detail }
    }),
    activeTasks: tasks && taskList(tasks.active),
    standbyTasks: tasks && taskList(tasks.standby),
    warmupTasks: tasks && taskList(tasks.warmup),
    endpointInformationEpoch: answer.endpointEpoch,
    partitionsByUserEndpoint:
      endpoints &&
      endpoints.map(({ endpoint, active, standby }) => ({
        userEndpoint: endpoint,
        activePartitions: active,
        standbyPartitions: standby,
      })),
  }
}

function taskList(tasks: TaskIds) {
  return Array.from(tasks, ([subtopologyId, partitions]) => ({ subtopologyId, partitions }))
}
