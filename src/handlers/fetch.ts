/**
 * Fetch (1), v0-18: reads record batches; waits for data when there is too little.
 * v1 throttleTimeMs · v2 message format 1 · v3 maxBytes · v4 record batches v2, isolation level ·
 * v5 log start offset · v7 sessions (KIP-227) ·
 * v9 leader epoch · v10 zstd · v11 rack · v12 flexible, last fetched epoch · v13 topic ids · v15
 * replica state · v16 node endpoints · v17, v18 for followers.
 * Differs from Kafka: v0-3 are still served, with down-conversion; there the first batch is
 * returned whole instead of cut off. A consumer that catches up is not given more than it takes
 * (fetch-pace.ts).
 */
import { toTopicId, zeroTopicId } from '../base/brands.ts'
import { chain } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import type { FetchRequest, FetchResponseInput } from '../../protocol/codecs/fetch.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { errorCode } from '../../protocol/errors.ts'
import type { PartitionStore, ReadLimit } from '../storage/engine.ts'
import { clusterResource } from './authorized-operations.ts'
import { noAnswer } from './context.ts'
import type { BrokerServices, Handler, HandlerResult, RequestContext } from './context.ts'
import { downConverted, withoutZstd } from './fetch-legacy.ts'
import { paceAfter } from './fetch-pace.ts'
import { readPartitions, releaseReads } from './fetch-read.ts'
import type { PartitionRead, ReadPlan } from './fetch-read.ts'
import { finalEpoch, initialEpoch, noSession, takeNews } from './fetch-session.ts'
import type { FetchPartition, FetchSession } from './fetch-session.ts'
import { resolveTopic } from './resolve-topic.ts'
import { Stopwatch, quotaClient } from './throttle.ts'

const sessionsFrom = 7
const topicIdsFrom = 13
const maxBytesFrom = 3
/** The last version whose answers hold message sets of magic 0 and 1. */
const legacyUntil = 3
const zstdFrom = 10
const readCommitted = 1
const debuggingReplica = -2
const consumerReplica = -1
const replicaStateFrom = 15

/** The partitions that this request reads, and the session that remembers them. */
interface FetchScope {
  readonly partitions: readonly FetchPartition[]
  /** The session that goes on; null without one. */
  readonly session: FetchSession | null
  /** The request asks for a new session. */
  readonly wantsSession: boolean
}

export const handleFetch: Handler<FetchRequest, FetchResponseInput> = (
  broker,
  request,
  context,
) => {
  const stopwatch = new Stopwatch(broker)
  const scope = scopeOf(broker, request, context)
  if (typeof scope === 'string') {
    const throttleTimeMs = chargeTime(broker, context, stopwatch)
    return { throttleTimeMs, errorCode: errorCode(scope), sessionId: noSession, responses: [] }
  }
  const plan = planOf(broker, request, context, scope)
  const serve = (): MaybePromise<HandlerResult<FetchResponseInput>> =>
    chain(readPartitions(plan), (reads) => {
      if (mayAnswer(request, plan, reads)) {
        return answer(broker, context, { scope, reads, stopwatch })
      }
      releaseReads(reads)
      return park({ broker, request, context, scope, plan, stopwatch })
    })
  const holdMs = holdMsOf(broker, request, context)
  if (holdMs === 0) return serve()
  stopwatch.pause()
  const held = new Promise<void>((goOn) => broker.clock.after(holdMs, goOn))
  return held.then(() => {
    stopwatch.goOn()
    return serve()
  })
}

/** For how long the client is to wait for more than it takes, ms; no longer than it said it would. */
function holdMsOf(
  { clock }: BrokerServices,
  { maxWaitMs }: FetchRequest,
  { connection }: RequestContext,
): number {
  if (connection.fetchPace === null) return 0
  return Math.max(0, Math.min(connection.fetchPace.holdMs(clock.monotonicMs()), maxWaitMs))
}

/** Finds or ends the session that the request means, and brings it up to date (KIP-227). */
function scopeOf(
  broker: BrokerServices,
  request: FetchRequest,
  context: RequestContext,
): FetchScope | ErrorName {
  const { fetchSessions, catalog } = broker
  const byId = context.apiVersion >= topicIdsFrom
  const { sessionId, sessionEpoch } = request
  const partitions = namedPartitions(broker, request, byId)
  if (context.apiVersion < sessionsFrom) return { partitions, session: null, wantsSession: false }
  if (sessionEpoch === initialEpoch || sessionEpoch === finalEpoch) {
    fetchSessions.remove(sessionId)
    return { partitions, session: null, wantsSession: sessionEpoch === initialEpoch }
  }
  const session = fetchSessions.get(sessionId)
  if (session === undefined) return 'FETCH_SESSION_ID_NOT_FOUND'
  if (session.epoch !== sessionEpoch) return 'INVALID_FETCH_SESSION_EPOCH'
  if (session.byId !== byId) return 'FETCH_SESSION_TOPIC_ID_ERROR'
  session.update(partitions, forgottenPartitions(request))
  if (session.partitionCount === 0) {
    fetchSessions.remove(sessionId)
    return { partitions: [], session: null, wantsSession: false }
  }
  fetchSessions.use(session, context.nowMs)
  const all = session.partitions()
  if (byId)
    for (const partition of all)
      partition.topic ??= catalog.topicById(partition.topicId)?.name ?? null
  return { partitions: all, session, wantsSession: false }
}

function namedPartitions(
  broker: BrokerServices,
  request: FetchRequest,
  byId: boolean,
): FetchPartition[] {
  const partitions: FetchPartition[] = []
  for (const topic of request.topics) {
    const name = byId
      ? resolveTopic(broker.catalog, { name: '', topicId: topic.topicId }, true)
      : topic.topic
    for (const partition of topic.partitions) {
      partitions.push({
        topic: name,
        topicId: toTopicId(topic.topicId),
        partition: partition.partition,
        fetchOffset: partition.fetchOffset,
        maxBytes: partition.partitionMaxBytes,
        currentLeaderEpoch: partition.currentLeaderEpoch,
        lastFetchedEpoch: partition.lastFetchedEpoch,
        toldHighWatermark: -1,
        toldLogStartOffset: -1,
      })
    }
  }
  return partitions
}

function* forgottenPartitions(
  request: FetchRequest,
): Iterable<Pick<FetchPartition, 'topic' | 'topicId' | 'partition'>> {
  for (const topic of request.forgottenTopicsData) {
    for (const partition of topic.partitions) {
      yield { topic: topic.topic, topicId: toTopicId(topic.topicId), partition }
    }
  }
}

function planOf(
  broker: BrokerServices,
  request: FetchRequest,
  context: RequestContext,
  scope: FetchScope,
): ReadPlan {
  const byId = context.apiVersion >= topicIdsFrom
  const replicaId =
    context.apiVersion >= replicaStateFrom ? request.replicaState.replicaId : request.replicaId
  const maxBytes = context.apiVersion >= maxBytesFrom ? request.maxBytes : Number.MAX_SAFE_INTEGER
  return {
    partitions: scope.partitions,
    locate: (partition) => locate(broker, context, replicaId, partition, byId),
    limit: limitOf(request),
    maxBytes: Math.min(maxBytes, broker.config.fetchMaxBytes, quotaBytesMax(broker, context)),
    mayStayInFile: context.connection.sendsFiles && context.apiVersion > legacyUntil,
  }
}

/** A client that is given more at once could never get it. */
function quotaBytesMax({ quotas }: BrokerServices, context: RequestContext): number {
  return quotas.enabled ? quotas.fetchBytesMax(quotaClient(context)) : Number.MAX_SAFE_INTEGER
}

function locate(
  broker: BrokerServices,
  context: RequestContext,
  replicaId: number,
  partition: FetchPartition,
  byId: boolean,
): PartitionStore | ErrorName {
  const { topic, topicId } = partition
  if (topic === null || (byId && topicId === zeroTopicId)) return 'UNKNOWN_TOPIC_ID'
  const isFollower = replicaId > consumerReplica
  const mayRead = isFollower
    ? broker.authorize(context, 'cluster-action', 'cluster', clusterResource)
    : broker.authorize(context, 'read', 'topic', topic)
  if (!mayRead) return 'TOPIC_AUTHORIZATION_FAILED'
  const store = broker.storage.partition(topic, partition.partition)
  if (store === undefined) return 'UNKNOWN_TOPIC_OR_PARTITION'
  if (byId && store.topicId !== topicId) return 'INCONSISTENT_TOPIC_ID'
  // This broker has no followers: whoever fetches as one has the wrong cluster in mind.
  return isFollower ? 'NOT_LEADER_OR_FOLLOWER' : store
}

function limitOf(request: FetchRequest): ReadLimit {
  if (request.replicaId === debuggingReplica) return 'log-end'
  return request.isolationLevel === readCommitted ? 'last-stable' : 'high-watermark'
}

function mayAnswer(
  request: FetchRequest,
  plan: ReadPlan,
  reads: readonly PartitionRead[],
): boolean {
  if (request.maxWaitMs <= 0 || plan.partitions.length === 0) return true
  let byteLength = 0
  for (const read of reads) {
    if (read.errorName !== 'NONE' || read.diverging !== null) return true
    byteLength += read.result?.records.byteLength ?? 0
  }
  return byteLength >= minBytesOf(request, plan)
}

/** A client cannot wait for more than it will be given. */
function minBytesOf(request: FetchRequest, plan: ReadPlan): number {
  return Math.min(request.minBytes, plan.maxBytes)
}

interface ParkedFetch {
  readonly broker: BrokerServices
  readonly request: FetchRequest
  readonly context: RequestContext
  readonly scope: FetchScope
  readonly plan: ReadPlan
  readonly stopwatch: Stopwatch
}

/** Waits until there is enough, the time is over, or the client is gone; then reads again. */
function park(fetch: ParkedFetch): Promise<HandlerResult<FetchResponseInput>> {
  const { broker, request, context, scope, plan, stopwatch } = fetch
  stopwatch.pause()
  broker.instruments.parkedFetches += 1
  return new Promise((resolve, reject) => {
    let cancels: (() => void)[] = []
    let done = false
    const end = (): void => {
      done = true
      broker.instruments.parkedFetches -= 1
      for (const cancel of cancels) cancel()
    }
    const finish = (): void => {
      if (done) return
      end()
      try {
        stopwatch.goOn()
        const read = readPartitions(plan)
        resolve(chain(read, (reads) => answer(broker, context, { scope, reads, stopwatch })))
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)))
      }
    }
    const watch = (): void => {
      for (const partition of plan.partitions) {
        const store = plan.locate(partition)
        if (typeof store === 'string' || !store.online) return finish()
        cancels.push(store.onceAdvanced(recheck))
      }
    }
    const recheck = (): void => {
      if (done) return
      if (enoughReadable(request, plan)) return finish()
      // Each wake-up is for once: watch those partitions again.
      for (const cancel of cancels.splice(fixedCancels.length)) cancel()
      watch()
    }
    const abandon = (): void => {
      if (done) return
      end()
      resolve(noAnswer)
    }
    const fixedCancels = [
      broker.clock.after(request.maxWaitMs, finish),
      context.connection.onClose(abandon),
      context.connection.onDrain(finish),
    ]
    cancels = [...fixedCancels]
    watch()
  })
}

function enoughReadable(request: FetchRequest, plan: ReadPlan): boolean {
  let byteLength = 0
  for (const partition of plan.partitions) {
    const store = plan.locate(partition)
    if (typeof store === 'string' || !store.online) return true
    if (partition.fetchOffset < store.logStartOffset) return true
    byteLength += store.readableBytes(partition.fetchOffset, plan.limit, partition.maxBytes)
    if (byteLength >= minBytesOf(request, plan)) return true
  }
  return false
}

interface FetchedPartitions {
  readonly scope: FetchScope
  readonly reads: PartitionRead[]
  readonly stopwatch: Stopwatch
}

function answer(
  broker: BrokerServices,
  context: RequestContext,
  { scope, reads, stopwatch }: FetchedPartitions,
): MaybePromise<FetchResponseInput> {
  const { apiVersion } = context
  const throttleTimeMs = throttleTimeOf(broker, context, { reads, stopwatch })
  if (throttleTimeMs > 0) {
    releaseReads(reads)
    return { throttleTimeMs, sessionId: scope.session?.id ?? noSession, responses: [] }
  }
  const recordBytes = countReads(broker, reads)
  const { connection } = context
  connection.fetchPace = paceAfter(connection.fetchPace, recordBytes, broker.clock.monotonicMs())
  const readable = (all: PartitionRead[]): PartitionRead[] =>
    apiVersion < zstdFrom ? withoutZstd(broker, all) : all
  if (apiVersion <= legacyUntil) {
    return chain(downConverted(broker, readable(reads), apiVersion), (converted) => ({
      responses: grouped(converted),
    }))
  }
  if (scope.session !== null) {
    return { sessionId: scope.session.id, responses: grouped(readable(news(scope.session, reads))) }
  }
  const session =
    scope.wantsSession && scope.partitions.length > 0
      ? broker.fetchSessions.create(apiVersion >= topicIdsFrom, scope.partitions, context.nowMs)
      : undefined
  if (session !== undefined) news(session, reads)
  return { sessionId: session?.id ?? noSession, responses: grouped(readable(reads)) }
}

/** Bytes of records that were read. */
function countReads({ instruments }: BrokerServices, reads: readonly PartitionRead[]): number {
  let recordBytes = 0
  for (const { partition, errorName, result } of reads) {
    // What does not exist, or may not be read, is not counted by name.
    if (partition.topic === null) continue
    if (result !== null) {
      recordBytes += result.records.byteLength
      instruments.topics.read(partition.topic, result.records.byteLength)
    } else if (!uncounted.has(errorName)) instruments.topics.readFailed(partition.topic)
  }
  return recordBytes
}

const uncounted: ReadonlySet<ErrorName> = new Set<ErrorName>([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'UNKNOWN_TOPIC_ID',
  'INCONSISTENT_TOPIC_ID',
  'TOPIC_AUTHORIZATION_FAILED',
])

/** What a partition takes in an answer beside its records, about. */
const partitionAnswerBytes = 48

/**
 * Above 0 where the client is over its quota of bytes or of time: it gets nothing now, and no bytes
 * are counted.
 */
function throttleTimeOf(
  broker: BrokerServices,
  context: RequestContext,
  { reads, stopwatch }: Pick<FetchedPartitions, 'reads' | 'stopwatch'>,
): number {
  const { quotas } = broker
  if (!quotas.enabled) return 0
  let byteLength = 0
  for (const { result } of reads) {
    byteLength += partitionAnswerBytes + (result?.records.byteLength ?? 0)
  }
  const ofBytes = quotas.fetched(quotaClient(context), byteLength)
  const ofTime = chargeTime(broker, context, stopwatch)
  if (ofTime > 0 && ofBytes === 0) quotas.giveBack(quotaClient(context), byteLength)
  return Math.max(ofBytes, ofTime)
}

/** What the client has to wait for the time that its request has taken, ms. */
function chargeTime(
  { quotas }: BrokerServices,
  context: RequestContext,
  stopwatch: Stopwatch,
): number {
  return quotas.countsTime ? quotas.spent(quotaClient(context), stopwatch.elapsedMs) : 0
}

/** The reads that the session's client has not been told of yet. */
function news(session: FetchSession, reads: readonly PartitionRead[]): PartitionRead[] {
  const told: PartitionRead[] = []
  for (const read of reads) {
    const byteLength = read.result?.records.byteLength ?? 0
    const changed = takeNews(read.partition, {
      errorCode: errorCode(read.errorName),
      highWatermark: read.result?.highWatermark ?? -1,
      logStartOffset: read.result?.logStartOffset ?? -1,
      byteLength,
      diverges: read.diverging !== null,
    })
    if (byteLength > 0) session.moveToEnd(read.partition)
    if (changed) told.push(read)
    else read.result?.records.release()
  }
  return told
}

type TopicAnswer = NonNullable<FetchResponseInput['responses']>[number]
type PartitionAnswer = TopicAnswer['partitions'][number]

/** Neighbours of one topic share an entry. */
function grouped(reads: readonly PartitionRead[]): TopicAnswer[] {
  const topics: { topic: string; topicId: string; partitions: PartitionAnswer[] }[] = []
  let last: (typeof topics)[number] | undefined
  for (const read of reads) {
    const { topic, topicId } = read.partition
    const name = topic ?? ''
    if (last === undefined || last.topicId !== topicId || last.topic !== name) {
      last = { topic: name, topicId, partitions: [] }
      topics.push(last)
    }
    last.partitions.push(partitionAnswer(read))
  }
  return topics
}

function partitionAnswer(read: PartitionRead): PartitionAnswer {
  const { partition, result, diverging } = read
  if (result === null) {
    return {
      partitionIndex: partition.partition,
      errorCode: errorCode(read.errorName),
      highWatermark: -1,
      abortedTransactions: read.beforeRead ? [] : null,
      records: emptyRecords,
    }
  }
  const base: PartitionAnswer = {
    partitionIndex: partition.partition,
    errorCode: 0,
    highWatermark: result.highWatermark,
    lastStableOffset: result.lastStableOffset,
    logStartOffset: result.logStartOffset,
    abortedTransactions:
      result.abortedTransactions === null ? null : [...result.abortedTransactions],
    records: result.records,
  }
  return diverging === null ? base : { ...base, divergingEpoch: diverging }
}

const emptyRecords = Buffer.alloc(0)
