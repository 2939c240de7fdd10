/**
 * ShareFetch (78), v1-2: acknowledges records that were handed out before, then acquires records for
 * a member of a share group (KIP-932); waits when there is nothing. v1 record limits and the time of
 * a lock · v2 record-limit mode (KIP-1206), renewal of locks (KIP-1222). Differs from Kafka: not at
 * all.
 */
import { toTopicId } from '../base/brands.ts'
import { chain } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import type {
  ShareFetchRequest,
  ShareFetchResponseInput,
} from '../../protocol/codecs/share-fetch.ts'
import { errorCode, errorText } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { allOf } from '../base/all-of.ts'
import { noAnswer } from './context.ts'
import type { BrokerServices, Handler, HandlerResult, RequestContext } from './context.ts'
import { takeAcknowledgements } from './share-acknowledgements.ts'
import type { AcknowledgedPartition } from './share-acknowledgements.ts'
import { isEnoughThere, readShares } from './share-fetch-read.ts'
import type { SharePartitionRead, SharePlan, ShareSource } from './share-fetch-read.ts'
import { isMemberIdValid, servesShareGroups } from './share-groups.ts'
import { finalShareEpoch, initialShareEpoch } from './share-session.ts'
import type { ShareSession, ShareTopicPartition } from './share-session.ts'

const recordLimitMode = 1

/** A request that was let in. */
interface ShareFetch {
  readonly broker: BrokerServices
  readonly context: RequestContext
  readonly request: ShareFetchRequest
  readonly groupId: string
  readonly memberId: string
  /** Null in the last request of a session. */
  readonly session: ShareSession | null
  /** The session was there before. */
  readonly isIncremental: boolean
}

export const handleShareFetch: Handler<ShareFetchRequest, ShareFetchResponseInput> = (
  broker,
  request,
  context,
) => {
  const fetch = admit(broker, request, context)
  if (fetch === 'SHARE_SESSION_LIMIT_REACHED') return refuseLater(broker, request, context, fetch)
  if (typeof fetch === 'string') return refused(fetch)
  const { groupId, memberId } = fetch
  const { topics, isRenewAck: isRenewal } = request
  const acknowledged = hasAcknowledgements(request)
    ? takeAcknowledgements(broker, context, { groupId, memberId, topics, isRenewal })
    : []
  return chain(acknowledged, (acknowledgements) => {
    const read = isRenewal || fetch.session === null ? [] : fetchRecords(fetch)
    return chain(read, (reads) => {
      if (reads === noAnswer) return noAnswer
      const response = answer(fetch, reads, acknowledgements)
      if (request.shareSessionEpoch === finalShareEpoch) broker.shareSessions.end(groupId, memberId)
      return response
    })
  })
}

/** Checks the request, and begins or goes on with the member's session. */
function admit(
  broker: BrokerServices,
  request: ShareFetchRequest,
  context: RequestContext,
): ShareFetch | ErrorName {
  const { groupId, memberId, shareSessionEpoch: epoch } = request
  if (!servesShareGroups(broker)) return 'UNSUPPORTED_VERSION'
  if (groupId === null) return 'INVALID_REQUEST'
  if (!broker.authorize(context, 'read', 'group', groupId)) return 'GROUP_AUTHORIZATION_FAILED'
  if (!isMemberIdValid(memberId)) return 'INVALID_REQUEST'
  const { maxBytes, minBytes, maxRecords, maxWaitMs } = request
  const asksForRecords = maxBytes !== 0 || minBytes !== 0 || maxRecords !== 0 || maxWaitMs !== 0
  if (request.isRenewAck && asksForRecords) return 'INVALID_REQUEST'
  const known = { broker, context, request, groupId, memberId }
  const { shareSessions } = broker
  if (epoch === finalShareEpoch) {
    const isThere = shareSessions.get(groupId, memberId) !== undefined
    return isThere ? { ...known, session: null, isIncremental: false } : 'SHARE_SESSION_NOT_FOUND'
  }
  if (epoch === initialShareEpoch) {
    if (hasAcknowledgements(request)) return 'INVALID_REQUEST'
    const begun = shareSessions.begin(groupId, memberId, named(request), context.connection)
    return typeof begun === 'string' ? begun : { ...known, session: begun, isIncremental: false }
  }
  const session = shareSessions.resume(groupId, memberId, epoch)
  if (typeof session === 'string') return session
  session.add(named(request), true)
  session.forget(forgotten(request))
  return { ...known, session, isIncremental: true }
}

function hasAcknowledgements({ topics }: ShareFetchRequest): boolean {
  return topics.some(({ partitions }) =>
    partitions.some(({ acknowledgementBatches }) => acknowledgementBatches.length > 0),
  )
}

function* named({ topics }: ShareFetchRequest): Iterable<ShareTopicPartition> {
  for (const { topicId, partitions } of topics) {
    for (const { partitionIndex: partition } of partitions) yield { topicId, partition }
  }
}

function* forgotten({ forgottenTopicsData }: ShareFetchRequest): Iterable<ShareTopicPartition> {
  for (const { topicId, partitions } of forgottenTopicsData) {
    for (const partition of partitions) yield { topicId, partition }
  }
}

type Reads = readonly SharePartitionRead[]

/** Reads all partitions of the session, and waits where there is too little. */
function fetchRecords(fetch: ShareFetch): MaybePromise<Reads | typeof noAnswer> {
  const { session, request } = fetch
  const wanted = session?.partitions(request.shareSessionEpoch) ?? []
  const located = wanted.map((partition) => locate(fetch, partition))
  return chain(allOf(located), (found) => {
    const failures: SharePartitionRead[] = []
    const sources: ShareSource[] = []
    for (const one of found) {
      if ('live' in one) sources.push(one)
      else failures.push(one)
    }
    if (sources.length === 0) return failures
    const plan = planOf(fetch, sources)
    if (plan.recordsMax <= 0 || plan.maxBytes <= 0) return failures
    const read =
      request.maxWaitMs <= 0 || isEnoughThere(plan) ? readShares(plan) : park(fetch, plan)
    return chain(read, (reads) => (reads === noAnswer ? reads : [...reads, ...failures]))
  })
}

function locate(
  { broker, context, groupId }: ShareFetch,
  { topicId, partition }: ShareTopicPartition,
): MaybePromise<ShareSource | SharePartitionRead> {
  const failed = (error: ErrorName): SharePartitionRead => {
    return { topicId, partition, error, records: null, acquired: [] }
  }
  const topic = broker.catalog.topicById(toTopicId(topicId))
  if (topic === undefined) return failed('UNKNOWN_TOPIC_ID')
  if (!broker.authorize(context, 'read', 'topic', topic.name)) {
    return failed('TOPIC_AUTHORIZATION_FAILED')
  }
  const store = broker.storage.partition(topic.name, partition)
  if (store === undefined) return failed('UNKNOWN_TOPIC_OR_PARTITION')
  return chain(broker.shares.open({ groupId, topicId, partition }, store), (opened) =>
    'error' in opened ? failed(opened.error) : { topicId, partition, store, live: opened },
  )
}

function planOf({ broker, request, groupId, memberId }: ShareFetch, sources: ShareSource[]) {
  const maxBytes = Math.min(request.maxBytes, broker.config.fetchMaxBytes)
  const isCommitted = broker.shares.rules(groupId).readCommitted
  return {
    shares: broker.shares,
    memberId,
    mode: request.shareAcquireMode === recordLimitMode ? 'record-limit' : 'batch-optimized',
    batchSize: request.batchSize,
    recordsMax: request.maxRecords,
    maxBytes,
    minBytes: Math.min(request.minBytes, maxBytes),
    limit: isCommitted ? 'last-stable' : 'high-watermark',
    sources,
  } satisfies SharePlan
}

/** Waits until there is enough, the time is over, or the client is gone; then reads. */
function park(
  { broker, request, context, groupId, memberId, session }: ShareFetch,
  plan: SharePlan,
): Promise<Reads | typeof noAnswer> {
  return new Promise((resolve, reject) => {
    let watches: (() => void)[] = []
    let isDone = false
    const end = (): void => {
      isDone = true
      for (const cancel of [...watches, ...fixed]) cancel()
    }
    const finish = (): void => {
      if (isDone) return
      end()
      try {
        // A member that was fenced meanwhile gets nothing any more.
        const isOver = broker.shareSessions.get(groupId, memberId) !== session
        resolve(isOver ? [] : readShares(plan))
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)))
      }
    }
    const watch = (): void => {
      const open = plan.sources.filter(({ live }) => !live.isClosed)
      // Its share partitions are closed: the client is to ask again.
      if (open.length === 0) return finish()
      watches = open.flatMap(({ store, live }) => [
        store.onceAdvanced(recheck),
        broker.shares.onceAvailable(live, recheck),
      ])
    }
    const recheck = (): void => {
      if (isDone) return
      if (isEnoughThere(plan)) return finish()
      // Each wake-up is for once: watch those partitions again.
      for (const cancel of watches.splice(0)) cancel()
      watch()
    }
    const abandon = (): void => {
      if (isDone) return
      end()
      resolve(noAnswer)
    }
    const fixed = [
      broker.clock.after(request.maxWaitMs, finish),
      context.connection.onClose(abandon),
      context.connection.onDrain(finish),
    ]
    watch()
  })
}

type PartitionInput = NonNullable<
  ShareFetchResponseInput['responses']
>[number]['partitions'][number]

function answer(
  { broker, session, isIncremental, groupId, context }: ShareFetch,
  reads: Reads,
  acknowledgements: readonly AcknowledgedPartition[],
): ShareFetchResponseInput {
  const answers = new Map<string, Map<number, PartitionInput>>()
  const put = ({ topicId, partition }: ShareTopicPartition, input: Partial<PartitionInput>) => {
    let topic = answers.get(topicId)
    if (topic === undefined) answers.set(topicId, (topic = new Map()))
    const leader = leaderOf(broker, input.errorCode ?? 0)
    const known = topic.get(partition) ?? { ...emptyPartition, ...leader }
    topic.set(partition, { ...known, ...input, partitionIndex: partition })
  }
  for (const read of reads) {
    const byteLength = read.records?.byteLength ?? 0
    const failed = read.error !== 'NONE'
    const isTold = session?.takeNews(read, { failed, byteLength }) ?? true
    if (isIncremental && !isTold) continue
    const acquiredRecords = [...read.acquired]
    const records = read.records ?? emptyRecords
    put(read, { errorCode: errorCode(read.error), records, acquiredRecords })
  }
  for (const acknowledged of acknowledgements) {
    const { error, message } = acknowledged
    put(acknowledged, {
      acknowledgeErrorCode: errorCode(error),
      acknowledgeErrorMessage: message,
    })
  }
  return {
    throttleTimeMs: 0,
    errorCode: 0,
    acquisitionLockTimeoutMs: broker.shares.rules(groupId).lockDurationMs,
    responses: Array.from(answers, ([topicId, partitions]) => {
      return { topicId, partitions: [...partitions.values()] }
    }),
    nodeEndpoints: needsLeader(reads) ? [endpointOf(broker, context)] : [],
  }
}

function leaderOf(broker: BrokerServices, code: number): Partial<PartitionInput> {
  if (code !== errorCode('NOT_LEADER_OR_FOLLOWER')) return {}
  return { currentLeader: { leaderId: broker.config.nodeId, leaderEpoch: 0 } }
}

function needsLeader(reads: Reads): boolean {
  return reads.some(({ error }) => error === 'NOT_LEADER_OR_FOLLOWER')
}

function endpointOf({ config }: BrokerServices, { connection }: RequestContext) {
  const { host, port } = connection.advertised
  return { nodeId: config.nodeId, host, port, rack: config.brokerRack }
}

const emptyRecords = Buffer.alloc(0)

const emptyPartition: PartitionInput = {
  partitionIndex: 0,
  errorCode: 0,
  errorMessage: null,
  acknowledgeErrorCode: 0,
  acknowledgeErrorMessage: null,
  currentLeader: { leaderId: 0, leaderEpoch: 0 },
  records: emptyRecords,
  acquiredRecords: [],
}

function refused(error: ErrorName): ShareFetchResponseInput {
  const message = { errorCode: errorCode(error), errorMessage: errorText(error) }
  const nothing = { acquisitionLockTimeoutMs: 0, responses: [], nodeEndpoints: [] }
  return { throttleTimeMs: 0, ...message, ...nothing }
}

/** A client without a session would ask again at once: it is made to wait as if it had one. */
function refuseLater(
  { clock }: BrokerServices,
  { maxWaitMs }: ShareFetchRequest,
  { connection }: RequestContext,
  error: ErrorName,
): MaybePromise<HandlerResult<ShareFetchResponseInput>> {
  if (maxWaitMs <= 0) return refused(error)
  return new Promise((resolve) => {
    const finish = () => {
      for (const cancel of cancels) cancel()
      resolve(refused(error))
    }
    const cancels = [
      clock.after(maxWaitMs, finish),
      connection.onDrain(finish),
      connection.onClose(finish),
    ]
  })
}
