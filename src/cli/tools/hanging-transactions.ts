// kafka-transactions find-hanging: open transactions in logs that no coordinator is going to end.
import type { Cluster } from '../../client/cluster.ts'
import type { ResponseOf } from '../../client/connection.ts'
import { throwOnError } from '../../client/errors.ts'
import { byTopic, describeTopics, listTopics, partitionKey } from '../../client/topics.ts'
import type { TopicPartition } from '../../client/topics.ts'

export type ProducerState =
  ResponseOf<'DescribeProducers'>['topics'][number]['partitions'][number]['activeProducers'][number]

/** A transaction that is open in a partition's log. */
export interface OpenTransaction extends TopicPartition {
  readonly producer: ProducerState
}

export interface HangingSearch {
  readonly topic: string | undefined
  readonly partition: number | undefined
  readonly brokerId: number | undefined
  /** Younger transactions are not looked at. */
  readonly openLongerThanMs: number
  readonly nowMs: number
}

/** Partitions in one DescribeProducers request. */
const partitionsPerRequest = 500

/** Open transactions of the partitions searched that nobody is going to end. @throws ClientError */
export async function findHanging(
  cluster: Cluster,
  search: HangingSearch,
): Promise<readonly OpenTransaction[]> {
  const open: OpenTransaction[] = []
  for (const [broker, places] of await placesByBroker(cluster, search)) {
    for (let first = 0; first < places.length; first += partitionsPerRequest) {
      const some = places.slice(first, first + partitionsPerRequest)
      open.push(...(await openTransactions(cluster, broker, some)))
    }
  }
  const old = open.filter(
    ({ producer }) => search.nowMs - producer.lastTimestamp > search.openLongerThanMs,
  )
  return old.length === 0 ? [] : hangingAmong(old, await coordinatedPartitions(cluster, old))
}

/**
 * Those that no coordinator knows of. `coordinated`: the partitions of each producer's transaction, for the producers
 * that have one.
 */
export function hangingAmong(
  open: readonly OpenTransaction[],
  coordinated: ReadonlyMap<number, ReadonlySet<string>>,
): readonly OpenTransaction[] {
  return open.filter(({ topic, partition, producer }) => {
    const partitions = coordinated.get(producer.producerId)
    return partitions === undefined || !partitions.has(partitionKey(topic, partition))
  })
}

async function placesByBroker(
  cluster: Cluster,
  { topic, partition, brokerId }: HangingSearch,
): Promise<ReadonlyMap<number, readonly TopicPartition[]>> {
  const names = topic === undefined ? (await listTopics(cluster)).map(({ name }) => name) : [topic]
  const places = new Map<number, TopicPartition[]>()
  for (const { name, partitions } of await describeTopics(cluster, names)) {
    for (const { partition: number, leader, replicas } of partitions) {
      if (partition !== undefined && number !== partition) continue
      if (brokerId !== undefined && !replicas.includes(brokerId)) continue
      const broker = brokerId ?? leader
      const list = places.get(broker) ?? []
      list.push({ topic: name, partition: number })
      places.set(broker, list)
    }
  }
  return places
}

async function openTransactions(
  cluster: Cluster,
  broker: number,
  places: readonly TopicPartition[],
): Promise<readonly OpenTransaction[]> {
  const topics = [...byTopic(places)].map(([name, items]) => ({
    name,
    partitionIndexes: items.map(({ partition }) => partition),
  }))
  const response = await cluster.node(broker, 'DescribeProducers', { topics })
  return response.topics.flatMap(({ name, partitions }) =>
    partitions.flatMap(({ partitionIndex, errorCode, errorMessage, activeProducers }) => {
      throwOnError(errorCode, errorMessage)
      return activeProducers
        .filter(({ currentTxnStartOffset }) => currentTxnStartOffset >= 0)
        .map((producer) => ({ topic: name, partition: partitionIndex, producer }))
    }),
  )
}

/** The partitions that coordinators count to the transactions of these producers. */
async function coordinatedPartitions(
  cluster: Cluster,
  open: readonly OpenTransaction[],
): Promise<ReadonlyMap<number, ReadonlySet<string>>> {
  const producerIdFilters = [...new Set(open.map(({ producer }) => producer.producerId))]
  const partitions = new Map<number, ReadonlySet<string>>()
  for (const { id } of await cluster.brokers()) {
    const response = await cluster.node(id, 'ListTransactions', {
      stateFilters: [],
      producerIdFilters,
    })
    throwOnError(response.errorCode)
    const transactionalIds = response.transactionStates.map((state) => state.transactionalId)
    if (transactionalIds.length === 0) continue
    const described = await cluster.node(id, 'DescribeTransactions', { transactionalIds })
    for (const { errorCode, producerId, topics } of described.transactionStates) {
      if (errorCode !== 0) continue // gone in the meantime
      const keys = topics.flatMap(({ topic, partitions: numbers }) =>
        numbers.map((partition) => partitionKey(topic, partition)),
      )
      partitions.set(producerId, new Set(keys))
    }
  }
  return partitions
}
