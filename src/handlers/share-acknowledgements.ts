// What ShareFetch and ShareAcknowledge say of records that were handed out before: checked, and taken
// partition by partition.
import { toTopicId } from '../base/brands.ts'
import { chain } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import { errorText } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import type { AcknowledgementBatch } from '../coordinators/share/acknowledge.ts'
import type { AcknowledgeType } from '../coordinators/share/delivery.ts'
import { allOf } from '../base/all-of.ts'
import type { BrokerServices, RequestContext } from './context.ts'
import type { ShareTopicPartition } from './share-session.ts'

interface WireBatch {
  readonly firstOffset: number
  readonly lastOffset: number
  readonly acknowledgeTypes: readonly number[]
}

/** One of the topics of a request of either kind. */
export interface AcknowledgedTopic {
  readonly topicId: string
  readonly partitions: readonly {
    readonly partitionIndex: number
    readonly acknowledgementBatches: readonly WireBatch[]
  }[]
}

export interface Acknowledgements {
  readonly groupId: string
  readonly memberId: string
  readonly topics: readonly AcknowledgedTopic[]
  /** KIP-1222: the request may hold on to records, and does nothing else. */
  readonly isRenewal: boolean
}

export interface AcknowledgedPartition extends ShareTopicPartition {
  readonly error: ErrorName
  readonly message: string | null
}

/** Kafka's numbers. */
const typeNames: readonly AcknowledgeType[] = ['gap', 'accept', 'release', 'reject', 'renew']
const lastTypeWithoutRenewal = 3
const renewalVersion = 2

/** Takes what the request says; an answer for every partition that it says something of. */
export function takeAcknowledgements(
  broker: BrokerServices,
  context: RequestContext,
  given: Acknowledgements,
): MaybePromise<readonly AcknowledgedPartition[]> {
  const refused: AcknowledgedPartition[] = []
  const silent: AcknowledgedPartition[] = []
  const taken: MaybePromise<AcknowledgedPartition>[] = []
  for (const { topicId, partitions } of given.topics) {
    const topic = broker.catalog.topicById(toTopicId(topicId))
    for (const { partitionIndex: partition, acknowledgementBatches: batches } of partitions) {
      const at = { topicId, partition }
      const error =
        topic === undefined
          ? 'UNKNOWN_TOPIC_ID'
          : problemOf(broker, context, { given, batches, partition, topic: topic.name })
      if (error !== 'NONE') refused.push({ ...at, error, message: null })
      else if (batches.length === 0) silent.push({ ...at, error, message: null })
      else taken.push(take(broker, given, at, batches))
    }
  }
  // As Kafka: with nothing to take, partitions without a word are not spoken of.
  if (taken.length === 0) return refused
  return chain(allOf(taken), (answers) => [...answers, ...refused, ...silent])
}

function problemOf(
  broker: BrokerServices,
  context: RequestContext,
  { given, batches, partition, topic }: PartitionCheck,
): ErrorName {
  if (!areValid(batches, context.apiVersion, given.isRenewal)) return 'INVALID_REQUEST'
  if (!broker.authorize(context, 'read', 'topic', topic)) return 'TOPIC_AUTHORIZATION_FAILED'
  const exists = broker.storage.partition(topic, partition) !== undefined
  return exists ? 'NONE' : 'UNKNOWN_TOPIC_OR_PARTITION'
}

interface PartitionCheck {
  readonly given: Acknowledgements
  readonly batches: readonly WireBatch[]
  readonly partition: number
  readonly topic: string
}

/** Ascending, and each with one type or one for every offset. */
function areValid(batches: readonly WireBatch[], apiVersion: number, isRenewal: boolean): boolean {
  const knowsRenewal = apiVersion >= renewalVersion
  const typeMax = knowsRenewal ? typeNames.length - 1 : lastTypeWithoutRenewal
  let before = -1
  for (const { firstOffset, lastOffset, acknowledgeTypes: types } of batches) {
    if (firstOffset > lastOffset || firstOffset < before || types.length === 0) return false
    if (types.length > 1 && types.length !== lastOffset - firstOffset + 1) return false
    if (types.some((type) => type < 0 || type > typeMax)) return false
    if (!isRenewal && types.some((type) => typeNames[type] === 'renew')) return false
    before = lastOffset
  }
  return true
}

function take(
  broker: BrokerServices,
  { groupId, memberId }: Acknowledgements,
  at: ShareTopicPartition,
  batches: readonly WireBatch[],
): MaybePromise<AcknowledgedPartition> {
  const named = batches.map(({ firstOffset, lastOffset, acknowledgeTypes }) => {
    const types = acknowledgeTypes.map((type) => typeNames[type] ?? 'gap')
    return { firstOffset, lastOffset, types } satisfies AcknowledgementBatch
  })
  const taken = broker.shares.acknowledge({ groupId, ...at }, { memberId, batches: named })
  return chain(taken, ({ error, message }) => {
    const text = error === 'NONE' ? null : (message ?? errorText(error))
    return { ...at, error, message: text }
  })
}
