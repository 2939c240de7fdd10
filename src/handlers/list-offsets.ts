/**
 * ListOffsets (2), v0-11: offsets by timestamp, and the special ones: earliest (-2), latest (-1),
 * largest timestamp (-3),
 * earliest local (-4), latest tiered (-5), earliest pending upload (-6).
 * v1 one offset a partition · v2 isolation level · v4 leader epoch · v6 flexible · v7 -3 (KIP-734)
 * · v8 -4 · v9 -5 · v10 timeoutMs · v11 -6.
 * Differs from Kafka: v0 is still served.
 */
import { chain, isPromise } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import type {
  ListOffsetsPartition,
  ListOffsetsPartitionResponseInput,
  ListOffsetsRequest,
  ListOffsetsResponseInput,
} from '../../protocol/codecs/list-offsets.ts'
import { KafkaError, errorCode } from '../../protocol/errors.ts'
import type { PartitionStore, ReadLimit, TimestampedOffset } from '../storage/engine.ts'
import type { Handler, RequestContext } from './context.ts'
import { checkLeaderEpoch } from './leader-epoch.ts'

const latest = -1
const earliest = -2
const maxTimestamp = -3
const earliestLocal = -4
const latestTiered = -5
const earliestPendingUpload = -6
/** The request version from which each special timestamp is understood. */
const specialFrom = new Map([
  [latest, 0],
  [earliest, 0],
  [maxTimestamp, 7],
  [earliestLocal, 8],
  [latestTiered, 9],
  [earliestPendingUpload, 11],
])
const readCommitted = 1
const debuggingReplica = -2
const unknown = { timestamp: -1, offset: -1, leaderEpoch: -1 }

type PartitionAnswer = ListOffsetsPartitionResponseInput

export const handleListOffsets: Handler<ListOffsetsRequest, ListOffsetsResponseInput> = (
  broker,
  request,
  context,
) => {
  const limit = limitOf(request)
  const repeated = repeatedPartitions(request)
  const waiting: Promise<void>[] = []
  const topics = request.topics.map((topic) => {
    const allowed = broker.authorize(context, 'describe', 'topic', topic.name)
    const partitions: PartitionAnswer[] = []
    for (const wanted of topic.partitions) {
      const answer = allowed
        ? listPartition(
            broker.storage.partition(topic.name, wanted.partitionIndex),
            wanted,
            limit,
            context,
            repeated.has(`${topic.name}/${wanted.partitionIndex}`),
          )
        : failed(wanted, new KafkaError('TOPIC_AUTHORIZATION_FAILED', topic.name))
      if (!isPromise(answer)) {
        partitions.push(answer)
        continue
      }
      const slot = partitions.push({ partitionIndex: wanted.partitionIndex, errorCode: 0 }) - 1
      waiting.push(
        answer.then((settled) => {
          partitions[slot] = settled
        }),
      )
    }
    return { name: topic.name, partitions }
  })
  if (waiting.length === 0) return { topics }
  return Promise.all(waiting).then(() => ({ topics }))
}

function limitOf(request: ListOffsetsRequest): ReadLimit {
  if (request.replicaId === debuggingReplica || request.replicaId >= 0) return 'log-end'
  return request.isolationLevel === readCommitted ? 'last-stable' : 'high-watermark'
}

/** A partition that is named twice is refused, as in Kafka. */
function repeatedPartitions(request: ListOffsetsRequest): ReadonlySet<string> {
  const seen = new Set<string>()
  const repeated = new Set<string>()
  for (const topic of request.topics) {
    for (const { partitionIndex } of topic.partitions) {
      const key = `${topic.name}/${partitionIndex}`
      if (seen.has(key)) repeated.add(key)
      seen.add(key)
    }
  }
  return repeated
}

function listPartition(
  store: PartitionStore | undefined,
  wanted: ListOffsetsPartition,
  limit: ReadLimit,
  context: RequestContext,
  repeated: boolean,
): MaybePromise<PartitionAnswer> {
  try {
    if (repeated) throw new KafkaError('INVALID_REQUEST', 'the partition is named twice')
    const from = specialFrom.get(wanted.timestamp)
    if (wanted.timestamp < 0 && (from === undefined || context.apiVersion < from)) {
      throw new KafkaError(
        'UNSUPPORTED_VERSION',
        `timestamp ${wanted.timestamp} in version ${context.apiVersion}`,
      )
    }
    if (store === undefined) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', 'no such partition')
    checkLeaderEpoch(store, wanted.currentLeaderEpoch)
    if (context.apiVersion === 0) return listOffsetsBefore(store, wanted, limit)
    const answer = chain(find(store, wanted.timestamp, limit), (found) => ({
      partitionIndex: wanted.partitionIndex,
      errorCode: 0,
      ...found,
    }))
    return isPromise(answer) ? answer.catch((error: unknown) => failed(wanted, error)) : answer
  } catch (error) {
    return failed(wanted, error)
  }
}

function find(
  store: PartitionStore,
  timestamp: number,
  limit: ReadLimit,
): MaybePromise<typeof unknown> {
  switch (timestamp) {
    case latest: {
      const offset = endOffset(store, limit)
      return { timestamp: -1, offset, leaderEpoch: store.leaderEpoch }
    }
    case earliest:
    case earliestLocal: {
      const offset = store.logStartOffset
      return { timestamp: -1, offset, leaderEpoch: store.leaderEpochForOffset(offset) }
    }
    case maxTimestamp:
      return chain(store.offsetOfMaxTimestamp(), found)
    case latestTiered:
    case earliestPendingUpload:
      return unknown
    default:
      return chain(store.offsetForTimestamp(timestamp, limit), found)
  }
}

function found(result: TimestampedOffset | null): typeof unknown {
  if (result === null) return unknown
  return { timestamp: result.timestampMs, offset: result.offset, leaderEpoch: result.leaderEpoch }
}

function endOffset(store: PartitionStore, limit: ReadLimit): number {
  if (limit === 'log-end') return store.logEndOffset
  return limit === 'last-stable' ? store.lastStableOffset : store.highWatermark
}

/** v0: up to maxNumOffsets offsets at or before the time, the latest first. */
function listOffsetsBefore(
  store: PartitionStore,
  wanted: ListOffsetsPartition,
  limit: ReadLimit,
): MaybePromise<PartitionAnswer> {
  const answer = (offsets: number[]) => ({
    partitionIndex: wanted.partitionIndex,
    errorCode: 0,
    oldStyleOffsets: [...new Set(offsets)].slice(0, Math.max(0, wanted.maxNumOffsets)),
  })
  const start = store.logStartOffset
  if (wanted.timestamp === earliest) return answer([start])
  if (wanted.timestamp === latest) return answer([endOffset(store, limit), start])
  return chain(store.offsetForTimestamp(wanted.timestamp, limit), (at) =>
    answer(at === null ? [endOffset(store, limit), start] : [at.offset, start]),
  )
}

function failed(wanted: ListOffsetsPartition, error: unknown): PartitionAnswer {
  if (!(error instanceof KafkaError)) throw error
  return {
    partitionIndex: wanted.partitionIndex,
    errorCode: errorCode(error.errorName),
    ...unknown,
  }
}
