// One request per way that an API authorizes, and the rights that it may need: the test asks with
// every combination of them. `t-a`, `g-a`, `x-a` are what the rights name; `t-b`, `g-b`, `x-b` are
// there too and nobody but the administrator may touch them.
import { buildRecordBatch } from '../../protocol/records.ts'
import type { Operation } from '../../src/catalog/acl.ts'
import { ask, both, cluster, group, numbered, topic, txn } from './authorization-case.ts'
import type { AuthorizationCase } from './authorization-case.ts'
import { credentialCases } from './authorization-credential-cases.ts'
import { shareCases } from './authorization-share-cases.ts'
import { streamsCases } from './authorization-streams-cases.ts'

const onePartition = [{ partitionIndex: 0 }]
const producer = { producerId: 4000, producerEpoch: 0 }
const offset = { partitionIndex: 0, committedOffset: 1, committedMetadata: '' }

const fetchPartition = {
  partition: 0,
  fetchOffset: 0,
  partitionMaxBytes: 1000,
  currentLeaderEpoch: -1,
  lastFetchedEpoch: -1,
  logStartOffset: -1,
}
const fetchRequest = { maxWaitMs: 0, minBytes: 1, maxBytes: 100_000, forgottenTopicsData: [] }

function records(isTransactional: boolean): Buffer {
  const value = { timestamp: 1_700_000_000_000, key: null, value: Buffer.from('v') }
  const { producerId, producerEpoch } = producer
  const of = isTransactional ? { producerId, producerEpoch, baseSequence: 0, isTransactional } : {}
  return buildRecordBatch({ records: [value], ...of })
}

const newTopic = (name: string) => ({
  name,
  numPartitions: 1,
  replicationFactor: 1,
  assignments: [],
  configs: [],
})

const data: readonly AuthorizationCase[] = [
  ask('produce', ['Produce', 9], [topic('write')], () => ({
    transactionalId: null,
    acks: -1,
    timeoutMs: 5000,
    topicData: both.map((name) => ({
      name,
      partitionData: [{ index: 0, records: records(false) }],
    })),
  })),
  ask('produce by id', ['Produce', 13], [topic('write')], ({ topicIds }) => ({
    transactionalId: null,
    acks: -1,
    timeoutMs: 5000,
    topicData: both.map((name) => ({
      topicId: topicIds[name],
      partitionData: [{ index: 0, records: records(false) }],
    })),
  })),
  ask('produce to nothing', ['Produce', 9], [topic('write', 'none')], () => ({
    transactionalId: null,
    acks: -1,
    timeoutMs: 5000,
    topicData: [{ name: 'none', partitionData: [{ index: 0, records: records(false) }] }],
  })),
  ask('produce in a transaction', ['Produce', 9], [topic('write'), txn('write')], () => ({
    transactionalId: 'x-a',
    acks: -1,
    timeoutMs: 5000,
    topicData: [{ name: 't-a', partitionData: [{ index: 0, records: records(true) }] }],
  })),
  ask('fetch', ['Fetch', 12], [topic('read'), topic('describe')], () => ({
    ...fetchRequest,
    topics: both.map((name) => ({ topic: name, partitions: [fetchPartition] })),
  })),
  ask('fetch by id', ['Fetch', 13], [topic('read')], ({ topicIds }) => ({
    ...fetchRequest,
    topics: both.map((name) => ({ topicId: topicIds[name], partitions: [fetchPartition] })),
  })),
  ask('fetch nothing', ['Fetch', 12], [topic('read', 'none')], () => ({
    ...fetchRequest,
    topics: [{ topic: 'none', partitions: [fetchPartition] }],
  })),
  ask('fetch as a follower', ['Fetch', 12], [cluster('cluster-action'), topic('read')], () => ({
    ...fetchRequest,
    replicaId: 7,
    topics: [{ topic: 't-a', partitions: [fetchPartition] }],
  })),
  ask(
    'fetch by id as a follower',
    ['Fetch', 15],
    [cluster('cluster-action'), topic('read')],
    ({ topicIds }) => ({
      ...fetchRequest,
      replicaState: { replicaId: 7, replicaEpoch: -1 },
      topics: [{ topicId: topicIds['t-a'], partitions: [fetchPartition] }],
    }),
  ),
  ask('list offsets', ['ListOffsets', 7], [topic('describe')], () => ({
    replicaId: -1,
    isolationLevel: 0,
    topics: [...both, 'none'].map((name) => ({
      name,
      partitions: [{ partitionIndex: 0, timestamp: -1 }],
    })),
  })),
  ask('list offsets of readers', ['ListOffsets', 7], [topic('read'), topic('write')], () => ({
    replicaId: -1,
    isolationLevel: 0,
    topics: both.map((name) => ({ name, partitions: [{ partitionIndex: 0, timestamp: -1 }] })),
  })),
  ask(
    'offsets for epochs',
    ['OffsetForLeaderEpoch', 4],
    [topic('describe'), cluster('cluster-action')],
    () => ({
      replicaId: -1,
      topics: both.map((name) => ({
        topic: name,
        partitions: [{ partition: 0, currentLeaderEpoch: -1, leaderEpoch: 0 }],
      })),
    }),
  ),
  ask('delete records', ['DeleteRecords', 2], [topic('delete'), topic('describe')], () => ({
    topics: [...both, 'none'].map((name) => ({
      name,
      partitions: [{ partitionIndex: 0, offset: 0 }],
    })),
    timeoutMs: 5000,
  })),
  ask('describe producers', ['DescribeProducers', 0], [topic('read'), topic('describe')], () => ({
    topics: [...both, 'none'].map((name) => ({ name, partitionIndexes: [0] })),
  })),
]

const allOfATopic = (
  ['read', 'write', 'create', 'delete', 'alter', 'describe', 'describe-configs'] as const
).map((operation) => topic(operation))

const metadata: readonly AuthorizationCase[] = [
  ask(
    'metadata',
    ['Metadata', 10],
    [topic('describe'), cluster('describe'), cluster('create')],
    () => ({
      topics: [...both, 'none'].map((name) => ({ name })),
      allowAutoTopicCreation: false,
      includeClusterAuthorizedOperations: true,
      includeTopicAuthorizedOperations: true,
    }),
  ),
  ask('metadata of all', ['Metadata', 12], [topic('describe')], () => ({
    topics: null,
    allowAutoTopicCreation: false,
    includeTopicAuthorizedOperations: true,
  })),
  ask('metadata by id', ['Metadata', 12], [topic('describe')], ({ topicIds }) => ({
    topics: [
      { topicId: topicIds['t-a'], name: null },
      { topicId: topicIds['t-b'], name: null },
    ],
    allowAutoTopicCreation: false,
    includeTopicAuthorizedOperations: false,
  })),
  ask(
    'metadata that creates',
    ['Metadata', 12],
    [numbered('describe', 'auto'), numbered('create', 'auto'), cluster('create')],
    ({ n }) => ({
      topics: [{ name: `auto-${n}` }],
      allowAutoTopicCreation: true,
      includeTopicAuthorizedOperations: false,
    }),
  ),
  ask('operations of a topic', ['Metadata', 12], allOfATopic, () => ({
    topics: both.map((name) => ({ name })),
    allowAutoTopicCreation: false,
    includeTopicAuthorizedOperations: true,
  })),
  ask('describe topic partitions', ['DescribeTopicPartitions', 0], [topic('describe')], () => ({
    topics: [...both, 'none'].map((name) => ({ name })),
    responsePartitionLimit: 100,
    cursor: null,
  })),
  ask('describe all topic partitions', ['DescribeTopicPartitions', 0], [topic('describe')], () => ({
    topics: [],
    responsePartitionLimit: 100,
    cursor: null,
  })),
  ask(
    'describe the cluster',
    ['DescribeCluster', 1],
    (['describe', 'create', 'alter', 'alter-configs', 'idempotent-write'] as const).map(cluster),
    () => ({ includeClusterAuthorizedOperations: true, endpointType: 1 }),
  ),
  ask(
    'describe the quorum',
    ['DescribeQuorum', 1],
    [cluster('describe'), cluster('alter')],
    () => ({
      topics: [{ topicName: '__cluster_metadata', partitions: onePartition }],
    }),
  ),
  ask('api versions', ['ApiVersions', 3], [], () => ({
    clientSoftwareName: 'test',
    clientSoftwareVersion: '1',
    fetchPace: null,
  })),
]

const groups: readonly AuthorizationCase[] = [
  ask('commit offsets', ['OffsetCommit', 9], [group('read'), topic('read')], () => ({
    groupId: 'g-a',
    generationIdOrMemberEpoch: -1,
    memberId: '',
    topics: [...both, 'none'].map((name) => ({ name, partitions: [offset] })),
  })),
  ask(
    'commit offsets by id',
    ['OffsetCommit', 10],
    [group('read'), topic('read')],
    ({ topicIds }) => ({
      groupId: 'g-a',
      generationIdOrMemberEpoch: -1,
      memberId: '',
      topics: both.map((name) => ({ topicId: topicIds[name], partitions: [offset] })),
    }),
  ),
  ask('fetch offsets', ['OffsetFetch', 8], [group('describe'), topic('describe')], () => ({
    groups: ['g-a', 'g-b'].map((groupId) => ({
      groupId,
      topics: both.map((name) => ({ name, partitionIndexes: [0] })),
    })),
  })),
  ask('fetch all offsets', ['OffsetFetch', 8], [group('read'), topic('read')], () => ({
    groups: ['g-a', 'g-b'].map((groupId) => ({ groupId, topics: null })),
  })),
  ask(
    'fetch offsets of one group',
    ['OffsetFetch', 5],
    [group('describe'), topic('describe')],
    () => ({
      groupId: 'g-a',
      topics: both.map((name) => ({ name, partitionIndexes: [0] })),
    }),
  ),
  ask('find group coordinators', ['FindCoordinator', 4], [group('describe')], () => ({
    keyType: 0,
    coordinatorKeys: ['g-a', 'g-b'],
  })),
  ask('find one coordinator', ['FindCoordinator', 3], [group('read')], () => ({
    keyType: 0,
    key: 'g-a',
  })),
  ask('find transaction coordinators', ['FindCoordinator', 4], [txn('describe')], () => ({
    keyType: 1,
    coordinatorKeys: ['x-a', 'x-b'],
  })),
  ask('find share coordinators', ['FindCoordinator', 6], [cluster('describe')], () => ({
    keyType: 2,
    coordinatorKeys: ['g-a:yZc-Tb1eSB65A4eGrMSmIw:0'],
  })),
  ask('join', ['JoinGroup', 9], [group('read'), group('describe')], () => ({
    groupId: 'g-a',
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 10_000,
    memberId: '',
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
  })),
  ask('sync', ['SyncGroup', 5], [group('read')], () => ({
    groupId: 'g-a',
    generationId: 1,
    memberId: 'm',
    protocolType: 'consumer',
    protocolName: 'range',
    assignments: [],
  })),
  ask('heartbeat', ['Heartbeat', 4], [group('read')], () => ({
    groupId: 'g-a',
    generationId: 1,
    memberId: 'm',
  })),
  ask('leave', ['LeaveGroup', 5], [group('read')], () => ({
    groupId: 'g-a',
    members: [{ memberId: 'm' }],
  })),
  ask(
    'describe groups',
    ['DescribeGroups', 5],
    [group('describe'), group('read'), group('delete'), group('alter-configs')],
    () => ({ groups: ['g-a', 'g-b', 'g-none'], includeAuthorizedOperations: true }),
  ),
  ask('list groups', ['ListGroups', 5], [group('describe'), cluster('describe')], () => ({
    statesFilter: [],
    typesFilter: [],
  })),
  ask('delete groups', ['DeleteGroups', 2], [group('delete', 'g-none'), group('describe')], () => ({
    groupsNames: ['g-none', 'g-b'],
  })),
  ask('delete offsets', ['OffsetDelete', 0], [group('delete'), topic('read')], () => ({
    groupId: 'g-a',
    topics: [...both, 'none'].map((name) => ({ name, partitions: onePartition })),
  })),
  ask(
    'consumer group heartbeat',
    ['ConsumerGroupHeartbeat', 1],
    [group('read', 'c-new'), topic('describe')],
    () => ({
      groupId: 'c-new',
      memberId: 'AAAAAAAAAAAAAAAAAAAAAQ',
      memberEpoch: 5,
      rebalanceTimeoutMs: 10_000,
      subscribedTopicNames: ['t-a'],
      topicPartitions: [],
    }),
  ),
  ask(
    'consumer group heartbeat with a hidden topic',
    ['ConsumerGroupHeartbeat', 1],
    [group('read', 'c-new'), topic('describe')],
    () => ({
      groupId: 'c-new',
      memberId: 'AAAAAAAAAAAAAAAAAAAAAQ',
      memberEpoch: 5,
      rebalanceTimeoutMs: 10_000,
      subscribedTopicNames: ['t-a', 't-b'],
      topicPartitions: [],
    }),
  ),
  ask(
    'describe consumer groups',
    ['ConsumerGroupDescribe', 1],
    [group('describe', 'c-a'), topic('describe'), topic('describe', 't-b')],
    () => ({ groupIds: ['c-a', 'c-none'], includeAuthorizedOperations: true }),
  ),
]

const transactions: readonly AuthorizationCase[] = [
  ask(
    'idempotent producer',
    ['InitProducerId', 4],
    [cluster('idempotent-write'), topic('write'), topic('read')],
    () => ({ transactionalId: null, transactionTimeoutMs: 60_000 }),
  ),
  ask(
    'transactional producer',
    ['InitProducerId', 4],
    [txn('write'), txn('describe'), cluster('idempotent-write')],
    () => ({
      transactionalId: 'x-a',
      transactionTimeoutMs: 60_000,
      producerId: 77,
      producerEpoch: 3,
    }),
  ),
  ask(
    'add partitions',
    ['AddPartitionsToTxn', 3],
    [txn('write'), topic('write'), topic('write', 't-b')],
    () => ({
      v3AndBelowTransactionalId: 'x-a',
      v3AndBelowProducerId: 4000,
      v3AndBelowProducerEpoch: 0,
      v3AndBelowTopics: both.map((name) => ({ name, partitions: [0] })),
    }),
  ),
  ask(
    'add partitions as a broker',
    ['AddPartitionsToTxn', 4],
    [cluster('cluster-action'), txn('write')],
    () => ({
      transactions: [
        {
          transactionalId: 'x-a',
          ...producer,
          verifyOnly: true,
          topics: both.map((name) => ({ name, partitions: [0] })),
        },
      ],
    }),
  ),
  ask('add offsets', ['AddOffsetsToTxn', 3], [txn('write'), group('read')], () => ({
    transactionalId: 'x-a',
    ...producer,
    groupId: 'g-a',
  })),
  ask(
    'commit offsets in a transaction',
    ['TxnOffsetCommit', 3],
    [txn('write'), group('read'), topic('read')],
    () => ({
      transactionalId: 'x-a',
      groupId: 'g-a',
      ...producer,
      topics: [...both, 'none'].map((name) => ({ name, partitions: [offset] })),
    }),
  ),
  ask('end a transaction', ['EndTxn', 3], [txn('write'), txn('describe')], () => ({
    transactionalId: 'x-a',
    ...producer,
    committed: true,
  })),
  ask(
    'write markers',
    ['WriteTxnMarkers', 1],
    [cluster('cluster-action'), cluster('alter')],
    () => ({
      markers: [
        {
          ...producer,
          transactionResult: false,
          topics: [{ name: 'none', partitionIndexes: [0] }],
          coordinatorEpoch: 0,
        },
      ],
    }),
  ),
  ask(
    'describe transactions',
    ['DescribeTransactions', 0],
    [txn('describe'), topic('describe')],
    () => ({
      transactionalIds: ['x-a', 'x-b', 'x-none'],
    }),
  ),
  ask('list transactions', ['ListTransactions', 1], [txn('describe'), cluster('describe')], () => ({
    stateFilters: [],
    producerIdFilters: [],
  })),
]

const config = (resourceType: number, resourceName: string, name: string, value: string) => ({
  resourceType,
  resourceName,
  configs: [{ name, value, configOperation: 0 }],
})
const configs = [
  config(2, 't-a', 'retention.ms', '1000000'),
  config(2, 't-b', 'retention.ms', '1000000'),
  config(2, 'none', 'retention.ms', '1000000'),
  config(4, '1', 'log.cleaner.threads', '1'),
  config(8, '1', 'kafka', 'INFO'),
  config(16, 'metrics', 'interval.ms', '1000'),
  config(32, 'g-a', 'consumer.session.timeout.ms', '45000'),
]
const configRights = (operation: Operation) => [
  topic(operation),
  cluster(operation),
  group(operation),
  topic(operation, 'none'),
]

const administration: readonly AuthorizationCase[] = [
  ask(
    'create topics',
    ['CreateTopics', 7],
    [numbered('create', 'new'), numbered('describe-configs', 'new'), cluster('create')],
    ({ n }) => ({ topics: [newTopic(`new-${n}`), newTopic('t-b')], timeoutMs: 5000 }),
  ),
  ask('try to create topics', ['CreateTopics', 7], [topic('create', 'new-a')], () => ({
    topics: [newTopic('new-a'), newTopic('new-b')],
    timeoutMs: 5000,
    validateOnly: true,
  })),
  ask(
    'delete topics',
    ['DeleteTopics', 6],
    [numbered('delete', 'old'), numbered('describe', 'old'), topic('describe', 't-b')],
    ({ n, topicIds }) => ({
      topics: [
        { name: `old-${n}`, topicId: 'AAAAAAAAAAAAAAAAAAAAAA' },
        { name: 'none', topicId: 'AAAAAAAAAAAAAAAAAAAAAA' },
        { name: null, topicId: topicIds['t-b'] },
      ],
      timeoutMs: 5000,
    }),
    ({ n }) => [`old-${n}`],
  ),
  ask(
    'delete topics of the cluster',
    ['DeleteTopics', 5],
    [cluster('delete'), cluster('alter')],
    ({ n }) => ({ topicNames: [`old-${n}`, 'none'], timeoutMs: 5000 }),
    ({ n }) => [`old-${n}`],
  ),
  ask(
    'add partitions to topics',
    ['CreatePartitions', 3],
    [topic('alter'), topic('describe')],
    () => ({
      topics: [...both, 'none'].map((name) => ({ name, count: 9, assignments: null })),
      timeoutMs: 5000,
      validateOnly: true,
    }),
  ),
  ask(
    'describe configs',
    ['DescribeConfigs', 4],
    [...configRights('describe-configs'), topic('alter-configs', 't-b')],
    () => ({
      resources: configs.map(({ resourceType, resourceName, configs: [first] }) => ({
        resourceType,
        resourceName,
        configurationKeys: [first?.name ?? ''],
      })),
    }),
  ),
  ask('alter configs', ['AlterConfigs', 2], configRights('alter-configs'), () => ({
    resources: configs.filter(({ resourceType }) => resourceType !== 8),
    validateOnly: true,
  })),
  ask('change configs', ['IncrementalAlterConfigs', 1], configRights('alter-configs'), () => ({
    resources: configs,
    validateOnly: true,
  })),
  ask(
    'list config resources',
    ['ListConfigResources', 1],
    [cluster('describe-configs'), cluster('describe')],
    () => ({
      resourceTypes: [16],
    }),
  ),
  ask('move replicas', ['AlterReplicaLogDirs', 2], [cluster('alter')], () => ({
    dirs: [{ path: '/nowhere', topics: [{ name: 't-a', partitions: [0] }] }],
  })),
  ask(
    'describe log dirs',
    ['DescribeLogDirs', 4],
    [cluster('describe'), topic('describe')],
    () => ({
      topics: [{ topic: 't-b', partitions: [0] }],
    }),
  ),
  ask('elect leaders', ['ElectLeaders', 2], [cluster('alter'), topic('alter')], () => ({
    electionType: 0,
    topicPartitions: [{ topic: 't-a', partitions: [0] }],
  })),
  ask('reassign', ['AlterPartitionReassignments', 0], [cluster('alter'), topic('alter')], () => ({
    topics: [{ name: 't-a', partitions: [{ partitionIndex: 0, replicas: [1] }] }],
  })),
  ask('list reassignments', ['ListPartitionReassignments', 0], [cluster('describe')], () => ({
    topics: null,
  })),
  ask(
    'update features',
    ['UpdateFeatures', 1],
    [cluster('alter'), cluster('alter-configs')],
    () => ({
      featureUpdates: [{ feature: 'no.such.feature', maxVersionLevel: 1, upgradeType: 1 }],
      validateOnly: true,
    }),
  ),
  ask('unregister a broker', ['UnregisterBroker', 0], [cluster('alter')], () => ({ brokerId: 99 })),
  ask('add a voter', ['AddRaftVoter', 1], [cluster('alter')], () => ({
    clusterId: null,
    timeoutMs: 1000,
    voterId: 1,
    voterDirectoryId: 'AAAAAAAAAAAAAAAAAAAAAQ',
    listeners: [{ name: 'CONTROLLER', host: 'localhost', port: 1 }],
  })),
  ask('remove a voter', ['RemoveRaftVoter', 0], [cluster('alter')], () => ({
    clusterId: null,
    voterId: 99,
    voterDirectoryId: 'AAAAAAAAAAAAAAAAAAAAAQ',
  })),
  ask(
    'describe quotas',
    ['DescribeClientQuotas', 1],
    [cluster('describe-configs'), cluster('alter-configs')],
    () => ({ components: [], strict: false }),
  ),
  ask(
    'alter quotas',
    ['AlterClientQuotas', 1],
    [cluster('alter-configs'), cluster('describe-configs')],
    () => ({
      entries: [
        {
          entity: [{ entityType: 'client-id', entityName: 'nobody' }],
          ops: [{ key: 'producer_byte_rate', value: 1e9, remove: false }],
        },
      ],
      validateOnly: true,
    }),
  ),
  ask('describe rules', ['DescribeAcls', 3], [cluster('describe'), cluster('alter')], () => ({
    resourceTypeFilter: 6,
    resourceNameFilter: null,
    patternTypeFilter: 1,
    principalFilter: null,
    hostFilter: null,
    operation: 1,
    permissionType: 1,
  })),
  ask('add rules', ['CreateAcls', 3], [cluster('alter'), cluster('describe')], () => ({
    creations: [
      {
        resourceType: 4,
        resourceName: 'other',
        resourcePatternType: 3,
        principal: 'User:x',
        host: '*',
        operation: 3,
        permissionType: 3,
      },
    ],
  })),
  ask('remove rules', ['DeleteAcls', 3], [cluster('alter')], () => ({
    filters: [
      {
        resourceTypeFilter: 6,
        resourceNameFilter: 'none',
        patternTypeFilter: 3,
        principalFilter: null,
        hostFilter: null,
        operation: 1,
        permissionType: 1,
      },
    ],
  })),
]

export const authorizationCases: readonly AuthorizationCase[] = [
  ...data,
  ...metadata,
  ...groups,
  ...transactions,
  ...administration,
  ...shareCases,
  ...credentialCases,
  ...streamsCases,
]

/** Every combination of the rights, none and all among them. */
export function combinationsOf<T>(rights: readonly T[]): readonly (readonly T[])[] {
  const counts = Array.from({ length: 2 ** rights.length }, (_, bits) => bits)
  const all = counts.map((bits) => rights.filter((_, at) => (bits & (1 << at)) !== 0))
  // Of many rights only none, each alone, all but each, and all.
  if (rights.length <= 4) return all
  const chosen = (count: number) => [0, 1, rights.length - 1, rights.length].includes(count)
  return all.filter(({ length }) => chosen(length))
}
