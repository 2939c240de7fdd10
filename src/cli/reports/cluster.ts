// The cluster, its features and its transactions as JSON documents.
import { clientError, throwOnError } from '../../client/errors.ts'
import { levelText } from '../tools/metadata-versions.ts'
import { UsageError } from '../tools/tool.ts'
import type { Report } from './report.ts'

export const clusterId: Report = {
  text: 'The id of the cluster.',
  fields: { clusterId: '22 characters of base64url' },
  read: async (cluster) => ({ clusterId: (await cluster.metadata([])).clusterId }),
}

export const clusterEndpoints: Report = {
  text: 'The brokers.',
  fields: {
    'brokers[].id': 'the id',
    'brokers[].host': 'where clients find it',
    'brokers[].port': 'where clients find it',
    'brokers[].rack': 'its rack, or null',
    'brokers[].isFenced': 'whether it is kept out',
  },
  read: async (cluster) => {
    const answer = await cluster.any('DescribeCluster', {
      includeClusterAuthorizedOperations: false,
      includeFencedBrokers: true,
    })
    throwOnError(answer.errorCode, answer.errorMessage)
    return {
      brokers: answer.brokers.map(({ brokerId, host, port, rack, isFenced }) => ({
        id: brokerId,
        host,
        port,
        rack,
        isFenced,
      })),
    }
  },
}

export const featuresDescribe: Report = {
  text: 'The features of the cluster and their levels.',
  fields: {
    epoch: 'how often levels have changed; -1: unknown',
    'features[].name': 'the name',
    'features[].minLevel': 'the lowest level that the broker knows',
    'features[].maxLevel': 'the highest',
    'features[].level': 'the level in force; 0: off',
    'features[].version': 'the same as text: a version of Kafka for metadata.version',
  },
  read: async (cluster) => {
    const [first] = await cluster.brokers()
    const { apiVersions } = await cluster.connectionTo(first?.id ?? -1)
    const levels = new Map(
      apiVersions?.finalizedFeatures.map(({ name, maxVersionLevel }) => [name, maxVersionLevel]),
    )
    return {
      epoch: apiVersions?.finalizedFeaturesEpoch ?? -1,
      features: (apiVersions?.supportedFeatures ?? []).map(({ name, minVersion, maxVersion }) => {
        const level = levels.get(name) ?? 0
        const version = levelText(name, level)
        return { name, minLevel: minVersion, maxLevel: maxVersion, level, version }
      }),
    }
  },
}

export const transactionsList: Report = {
  text: 'All transactional ids.',
  fields: {
    'transactions[].transactionalId': 'the id',
    'transactions[].coordinatorId': 'the broker that coordinates it',
    'transactions[].producerId': 'the producer',
    'transactions[].state': "the state, in Kafka's words: Ongoing, Empty, …",
  },
  read: async (cluster) => {
    const transactions = []
    for (const { id } of await cluster.brokers()) {
      const answer = await cluster.node(id, 'ListTransactions', {
        stateFilters: [],
        producerIdFilters: [],
        durationFilter: -1,
        transactionalIdPattern: null,
      })
      throwOnError(answer.errorCode)
      for (const { transactionalId, producerId, transactionState } of answer.transactionStates) {
        const state = transactionState
        transactions.push({ transactionalId, coordinatorId: id, producerId, state })
      }
    }
    return { transactions }
  },
}

export const transactionsDescribe: Report = {
  text: 'Transactions, by their ids.',
  subject: 'transactional-id',
  fields: {
    'transactions[].transactionalId': 'the id',
    'transactions[].coordinatorId': 'the broker that coordinates it',
    'transactions[].producerId': 'the producer',
    'transactions[].producerEpoch': 'its epoch',
    'transactions[].state': "the state, in Kafka's words",
    'transactions[].timeoutMs': 'after how long it is aborted',
    'transactions[].startedMs': 'when it began, ms since 1970; null: none is open',
    'transactions[].partitions[].topic': 'a topic with records of it',
    'transactions[].partitions[].partition': 'and the partition',
  },
  read: async (cluster, { names }) => {
    if (names.length === 0) throw new UsageError('Name a transactional id.')
    const transactions = []
    for (const id of names) {
      const answer = await cluster.coordinator(
        'transaction',
        id,
        'DescribeTransactions',
        { transactionalIds: [id] },
        ({ transactionStates }) => transactionStates[0]?.errorCode ?? 0,
      )
      const [found] = answer.transactionStates
      if (found === undefined) throw clientError(unknownServerErrorCode)
      throwOnError(found.errorCode)
      const started = found.transactionStartTimeMs
      transactions.push({
        transactionalId: id,
        coordinatorId: (await cluster.findCoordinator('transaction', id)).id,
        producerId: found.producerId,
        producerEpoch: found.producerEpoch,
        state: found.transactionState,
        timeoutMs: found.transactionTimeoutMs,
        startedMs: started < 0 ? null : started,
        partitions: found.topics.flatMap(({ topic, partitions }) =>
          partitions.map((partition) => ({ topic, partition })),
        ),
      })
    }
    return { transactions }
  },
}

const unknownServerErrorCode = -1
