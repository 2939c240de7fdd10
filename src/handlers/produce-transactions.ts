// Produce in a transaction (KIP-890): which partitions of a request may take its transactional
// records, and what the client is told of the others.
import type { ProduceRequest, TopicProduceData } from '../../protocol/codecs/produce.ts'
import { errorText } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import {
  batchHeaderBytes,
  batchIsTransactional,
  batchMagic,
  batchProducerEpoch,
  batchProducerId,
} from '../../protocol/record-batch.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import { verifyAppends } from '../coordinators/append-verification.ts'
import type { ProducerIdAndEpoch } from '../coordinators/transactions/state.ts'
import type { PartitionStore } from '../storage/engine.ts'
import type { BrokerServices, RequestContext } from './context.ts'

const currentMagic = 2
const abortableVersion = 11
const addsVersion = 12

/** Partitions that refuse the request's transactional records. */
export type Refusals = ReadonlyMap<PartitionStore, ErrorName>

/** Whether any batch of the request belongs to a transaction. */
export function isTransactionalRequest(request: ProduceRequest): boolean {
  return request.topicData.some(({ partitionData }) =>
    partitionData.some(({ records }) => isTransactional(records)),
  )
}

/** Whether the records begin with a transaction's batch. */
export function isTransactional(records: Buffer | null): records is Buffer {
  if (records === null || records.length < batchHeaderBytes) return false
  return batchMagic(records, 0) === currentMagic && batchIsTransactional(records, 0)
}

/** Why no part of a transactional request is served; null when it is. */
export function transactionRefusal(
  broker: BrokerServices,
  request: ProduceRequest,
  context: RequestContext,
): ErrorName | null {
  const { transactionalId, topicData } = request
  const allowed =
    transactionalId !== null &&
    broker.authorize(context, 'write', 'transactional-id', transactionalId)
  if (!allowed) return 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED'
  const producers = new Set<string>()
  for (const { partitionData } of topicData) {
    for (const { records } of partitionData) {
      if (!isTransactional(records)) continue
      producers.add(`${batchProducerId(records, 0)}/${batchProducerEpoch(records, 0)}`)
    }
  }
  return producers.size > 1 ? 'INVALID_PRODUCER_ID_MAPPING' : null
}

/**
 * Asks the coordinator about the partitions that take transactional records; from version 12 on it
 * adds them to the transaction. `storeOf` is undefined for what is refused anyhow.
 */
export function verifyProduce(
  broker: BrokerServices,
  request: ProduceRequest,
  context: RequestContext,
  storeOf: (topic: TopicProduceData, partition: number) => PartitionStore | undefined,
): MaybePromise<Refusals> {
  const stores: PartitionStore[] = []
  let producer: ProducerIdAndEpoch | null = null
  for (const topic of request.topicData) {
    for (const { index, records } of topic.partitionData) {
      if (!isTransactional(records)) continue
      producer ??= {
        producerId: batchProducerId(records, 0),
        producerEpoch: batchProducerEpoch(records, 0),
      }
      const store = storeOf(topic, index)
      if (store !== undefined) stores.push(store)
    }
  }
  if (producer === null || stores.length === 0) return new Map()
  const transactionalId = request.transactionalId ?? ''
  return verifyAppends(broker.transactions, { transactionalId, ...producer }, stores, {
    adds: context.apiVersion >= addsVersion,
    knowsAbortable: context.apiVersion >= abortableVersion,
    verifies: broker.config.transactionPartitionVerificationEnable,
  })
}

/**
 * What a client is told of a partition that the coordinator does not vouch for. Clients that may not
 * know how to take the coordinator's own trouble get an error that has them send again.
 */
export function toldOf(
  refusal: ErrorName,
  { apiVersion }: RequestContext,
): { readonly error: ErrorName; readonly message: string | null } {
  switch (refusal) {
    case 'INVALID_TXN_STATE':
      return { error: refusal, message: 'the partition was not added to the transaction' }
    case 'CONCURRENT_TRANSACTIONS':
      if (apiVersion >= addsVersion) return { error: refusal, message: null }
      return sendAgain(refusal)
    case 'COORDINATOR_LOAD_IN_PROGRESS':
    case 'COORDINATOR_NOT_AVAILABLE':
    case 'NOT_COORDINATOR':
      return sendAgain(refusal)
    default:
      return { error: refusal, message: null }
  }
}

function sendAgain(refusal: ErrorName): { error: ErrorName; message: string } {
  const message = `the transaction's coordinator could not be asked: ${errorText(refusal)}`
  return { error: 'NOT_ENOUGH_REPLICAS', message }
}
