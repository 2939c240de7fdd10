/**
 * Produce (0), v0-13: appends record batches to partitions.
 * v1 throttleTimeMs · v2 message format 1, append time · v3 record batches v2, transactionalId ·
 * v5 logStartOffset ·
 * v7 zstd · v8 record errors (KIP-467) · v9 flexible · v10 current leader · v12 implicit
 * transactions (KIP-890) · v13 topic ids.
 * Differs from Kafka: v0-2 are still served (Kafka 4 closes the connection); null records are
 * refused with INVALID_RECORD (Kafka never answers).
 */
import { isPromise } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import type {
  PartitionProduceData,
  PartitionProduceResponseInput,
  ProduceRequest,
  ProduceResponseInput,
  TopicProduceData,
} from '../../protocol/codecs/produce.ts'
import { KafkaError, errorCode } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { InvalidRecordsError } from '../storage/engine.ts'
import type { AppendOptions, AppendResult, PartitionStore } from '../storage/engine.ts'
import { closeConnection, noAnswer } from './context.ts'
import type { BrokerServices, Handler, HandlerResult, RequestContext } from './context.ts'
import { isConverted } from './produce-conversion.ts'
import {
  isTransactional,
  isTransactionalRequest,
  toldOf,
  transactionRefusal,
  verifyProduce,
} from './produce-transactions.ts'
import type { Refusals } from './produce-transactions.ts'
import { resolveTopic } from './resolve-topic.ts'
import { quotaClient } from './throttle.ts'

type PartitionAnswer = PartitionProduceResponseInput

const acksAll = -1
const topicIdsFrom = 13

/** Refusals after which the log start offset is not told: nothing was looked up in the log. */
const withoutLogStart: ReadonlySet<ErrorName> = new Set<ErrorName>([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'NOT_LEADER_OR_FOLLOWER',
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'CORRUPT_MESSAGE',
  'UNSUPPORTED_COMPRESSION_TYPE',
  'KAFKA_STORAGE_ERROR',
])

export const handleProduce: Handler<ProduceRequest, ProduceResponseInput> = (
  broker,
  request,
  context,
) => {
  if (!isTransactionalRequest(request)) {
    return append(broker, request, context, refusalOfAcks(request), noRefusals)
  }
  const refusal = transactionRefusal(broker, request, context) ?? refusalOfAcks(request)
  if (refusal !== null) return append(broker, request, context, refusal, noRefusals)
  const verified = verifyProduce(broker, request, context, (topic, partition) => {
    const byId = context.apiVersion >= topicIdsFrom
    const name = resolveTopic(broker.catalog, topic, byId)
    if (name === null || refusalOfTopic({ broker, topic, context }, name, byId) !== null)
      return undefined
    return broker.storage.partition(name, partition)
  })
  if (!isPromise(verified)) return append(broker, request, context, null, verified)
  // The frame that holds the records is only borrowed until now.
  const kept = withOwnRecords(request)
  return verified.then((refused) => append(broker, kept, context, null, refused))
}

const noRefusals: Refusals = new Map()

function withOwnRecords(request: ProduceRequest): ProduceRequest {
  const topicData = request.topicData.map((topic) => ({
    ...topic,
    partitionData: topic.partitionData.map((data) => ({
      ...data,
      records: data.records === null ? null : Buffer.from(data.records),
    })),
  }))
  return { ...request, topicData }
}

function append(
  broker: BrokerServices,
  request: ProduceRequest,
  context: RequestContext,
  refusal: ErrorName | null,
  unverified: Refusals,
): MaybePromise<HandlerResult<ProduceResponseInput>> {
  const options: AppendOptions = {
    origin: 'client',
    acksAll: request.acks === acksAll,
    produceVersion: context.apiVersion,
    nowMs: context.nowMs,
  }
  const waiting: Promise<void>[] = []
  const responses = withoutRepeats(request.topicData).map((topic) => ({
    name: topic.name,
    topicId: topic.topicId,
    partitionResponses: appendTopic({
      broker,
      topic,
      context,
      options,
      refusal,
      unverified,
      waiting,
    }),
  }))
  if (waiting.length === 0) return answer(broker, request, context, responses)
  return Promise.all(waiting).then(() => answer(broker, request, context, responses))
}

function answer(
  broker: BrokerServices,
  request: ProduceRequest,
  context: RequestContext,
  responses: NonNullable<ProduceResponseInput['responses']>,
): HandlerResult<ProduceResponseInput> {
  const { quotas } = broker
  const throttleTimeMs = quotas.enabled
    ? quotas.produced(quotaClient(context), context.requestBytes)
    : 0
  if (request.acks !== 0) return { responses, throttleTimeMs }
  const partitions = responses.flatMap(({ partitionResponses }) => partitionResponses)
  // Without answers, a closed connection is the only way to tell the client that data was refused.
  if (partitions.some((partition) => partition.errorCode !== 0)) {
    const errors = broker.instruments.requests.errorsOf(context.apiKey)
    for (const partition of partitions) errors.add(partition.errorCode)
    return closeConnection
  }
  if (throttleTimeMs > 0) context.connection.mute(throttleTimeMs)
  return noAnswer
}

function refusalOfAcks({ acks }: ProduceRequest): ErrorName | null {
  return acks < acksAll || acks > 1 ? 'INVALID_REQUIRED_ACKS' : null
}

interface TopicAppend {
  readonly broker: BrokerServices
  readonly topic: TopicProduceData
  readonly context: RequestContext
  readonly options: AppendOptions
  readonly refusal: ErrorName | null
  /** Partitions whose transactional records the transaction's coordinator does not vouch for. */
  readonly unverified: Refusals
  readonly waiting: Promise<void>[]
}

/** Appends in request order; answers that are not there yet are filled in when `waiting` settles. */
function appendTopic(append: TopicAppend): PartitionAnswer[] {
  const { broker, topic, context } = append
  const byId = context.apiVersion >= topicIdsFrom
  const name = resolveTopic(broker.catalog, topic, byId)
  const refusal = append.refusal ?? refusalOfTopic(append, name, byId)
  const answers: PartitionAnswer[] = []
  for (const partition of topic.partitionData) {
    if (refusal !== null || name === null) {
      answers.push(refused(partition.index, refusal ?? 'UNKNOWN_TOPIC_ID'))
      continue
    }
    const outcome = appendPartition(
      broker.storage.partition(name, partition.index),
      partition,
      append,
    )
    if (!isPromise(outcome)) {
      answers.push(outcome)
      continue
    }
    const slot = answers.push(refused(partition.index, 'REQUEST_TIMED_OUT')) - 1
    append.waiting.push(
      outcome.then((settled) => {
        answers[slot] = settled
      }),
    )
  }
  return answers
}

function refusalOfTopic(
  { broker, topic, context }: Pick<TopicAppend, 'broker' | 'topic' | 'context'>,
  name: string | null,
  byId: boolean,
): ErrorName | null {
  // By name the right comes first: who may not write does not learn which topics there are.
  const asked = byId ? name : topic.name
  if (asked === null) return 'UNKNOWN_TOPIC_ID'
  if (!broker.authorize(context, 'write', 'topic', asked)) return 'TOPIC_AUTHORIZATION_FAILED'
  return name === null ? 'UNKNOWN_TOPIC_OR_PARTITION' : null
}

function appendPartition(
  store: PartitionStore | undefined,
  partition: PartitionProduceData,
  append: TopicAppend,
): MaybePromise<PartitionAnswer> {
  const { index, records } = partition
  if (store === undefined) return refused(index, 'UNKNOWN_TOPIC_OR_PARTITION')
  const traffic = append.broker.instruments.topics
  const unverified = append.unverified.get(store)
  if (unverified !== undefined && isTransactional(records)) {
    const { error, message } = toldOf(unverified, append.context)
    traffic.appendFailed(store.topic)
    return { ...refused(index, error), errorMessage: message }
  }
  const failed = (error: unknown) => {
    traffic.appendFailed(store.topic)
    return failure(index, error, store)
  }
  try {
    if (records === null) throw new KafkaError('INVALID_RECORD', 'the request has no records')
    const { length } = records
    const converted = isConverted(append.broker, store.topic, records)
    const appended = (result: AppendResult) => {
      const messageCount = result.baseOffset < 0 ? 0 : result.lastOffset - result.baseOffset + 1
      traffic.appended(store.topic, messageCount, length)
      if (converted) traffic.convertedWhenAppended(store.topic, messageCount)
      return success(index, result)
    }
    const result = store.append(records, append.options)
    return isPromise(result) ? result.then(appended, failed) : appended(result)
  } catch (error) {
    return failed(error)
  }
}

function success(index: number, result: AppendResult): PartitionAnswer {
  return {
    index,
    errorCode: 0,
    baseOffset: result.baseOffset,
    logAppendTimeMs: result.logAppendTimeMs,
    logStartOffset: result.logStartOffset,
  }
}

function failure(index: number, error: unknown, store: PartitionStore): PartitionAnswer {
  if (!(error instanceof KafkaError)) throw error
  const base = refused(index, error.errorName)
  if (withoutLogStart.has(error.errorName)) return base
  const logStartOffset = store.logStartOffset
  if (!(error instanceof InvalidRecordsError)) return { ...base, logStartOffset }
  return {
    ...base,
    logStartOffset,
    recordErrors: error.recordErrors.map(({ batchIndex, message }) => ({
      batchIndex,
      batchIndexErrorMessage: message,
    })),
    errorMessage: error.detail,
  }
}

function refused(index: number, errorName: ErrorName): PartitionAnswer {
  return { index, errorCode: errorCode(errorName), baseOffset: -1 }
}

/** A partition that is named twice counts once, with its last records, as in Kafka. */
function withoutRepeats(topics: readonly TopicProduceData[]): readonly TopicProduceData[] {
  const [first] = topics
  if (topics.length === 0 || (topics.length === 1 && first!.partitionData.length === 1))
    return topics
  const merged = new Map<
    string,
    { topic: TopicProduceData; partitions: Map<number, PartitionProduceData> }
  >()
  let repeats = false
  for (const topic of topics) {
    const key = `${topic.topicId}/${topic.name}`
    const known = merged.get(key)
    const entry = known ?? { topic, partitions: new Map<number, PartitionProduceData>() }
    if (known === undefined) merged.set(key, entry)
    else repeats = true
    for (const partition of topic.partitionData) {
      repeats ||= entry.partitions.has(partition.index)
      entry.partitions.set(partition.index, partition)
    }
  }
  if (!repeats) return topics
  return [...merged.values()].map(({ topic, partitions }) => ({
    ...topic,
    partitionData: [...partitions.values()],
  }))
}
