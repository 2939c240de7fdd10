// What every API asks of the authorizer, as data: docs/authorization.md is made of it, and
// test/conformance/authorization.test.ts holds it against what the handlers really ask. A new API
// stands here with the checks that Kafka has, before its handler makes them.
import { clusterResource } from '../catalog/acl.ts'
import type { Operation, ResourceType } from '../catalog/acl.ts'
import { servedApis } from './index.ts'

/**
 * What a missing right leads to: the whole request is refused, the item is, or the item is left out
 * in silence. `widens`: nothing is refused; with the right, the other checks fall away.
 */
export type Consequence = 'request' | 'item' | 'filter' | 'widens'

/** One question that an API asks. */
export interface AuthorizationCheck {
  readonly operation: Operation
  readonly type: ResourceType
  readonly consequence: Consequence
  /** When the question is asked, or what about; empty: always. */
  readonly note: string
  /** The right to any one resource of the type is enough (KIP-679). */
  readonly some?: true
}

/** The checks of an API, and of which resources it may show what the client can do (KIP-430). */
export interface ApiAuthorization {
  readonly checks: readonly AuthorizationCheck[]
  readonly shows: readonly ('topic' | 'group' | 'cluster')[]
}

const check = (
  operation: Operation,
  type: ResourceType,
  consequence: Consequence,
  note = '',
): AuthorizationCheck => ({ operation, type, consequence, note })

const asks = (...checks: readonly AuthorizationCheck[]): ApiAuthorization => ({ checks, shows: [] })
const free = asks()
const onCluster = (operation: Operation): ApiAuthorization =>
  asks(check(operation, 'cluster', 'request'))
const onGroup = (operation: Operation): ApiAuthorization =>
  asks(check(operation, 'group', 'request'))

const configChecks = (operation: 'describe-configs' | 'alter-configs'): ApiAuthorization =>
  asks(
    check(operation, 'topic', 'item', 'configs of topics'),
    check(operation, 'group', 'item', 'configs of groups'),
    check(operation, 'cluster', 'item', 'configs of brokers, loggers and client metrics'),
  )

/** By the API's name; an API that is served and not here fails the test. */
export const authorizationTable: Readonly<Record<string, ApiAuthorization>> = {
  Produce: asks(
    check('write', 'transactional-id', 'request', 'transactional records'),
    check('write', 'topic', 'item'),
  ),
  Fetch: asks(
    check('read', 'topic', 'item'),
    check('cluster-action', 'cluster', 'item', 'instead, by a follower'),
  ),
  ListOffsets: asks(check('describe', 'topic', 'item')),
  Metadata: {
    checks: [
      check('describe', 'topic', 'item', 'left out where all topics are asked for'),
      check('create', 'topic', 'item', 'where a missing topic would be created'),
      check('create', 'cluster', 'widens', 'in place of CREATE on the topic'),
      check('describe', 'cluster', 'filter', 'operations of the cluster, until v10'),
    ],
    shows: ['topic', 'cluster'],
  },
  OffsetCommit: asks(check('read', 'group', 'request'), check('read', 'topic', 'item')),
  OffsetFetch: asks(
    check('describe', 'group', 'item'),
    check('describe', 'topic', 'item', 'left out where all topics are asked for'),
  ),
  FindCoordinator: asks(
    check('describe', 'group', 'item', 'groups'),
    check('describe', 'transactional-id', 'item', 'transactional ids'),
    check('cluster-action', 'cluster', 'item', 'share partitions'),
  ),
  JoinGroup: onGroup('read'),
  Heartbeat: onGroup('read'),
  LeaveGroup: onGroup('read'),
  SyncGroup: onGroup('read'),
  DescribeGroups: { checks: [check('describe', 'group', 'item')], shows: ['group'] },
  ListGroups: asks(check('describe', 'cluster', 'widens'), check('describe', 'group', 'filter')),
  SaslHandshake: free,
  ApiVersions: free,
  SaslAuthenticate: free,
  CreateTopics: asks(
    check('create', 'cluster', 'widens', 'in place of CREATE on the topics'),
    check('create', 'topic', 'item'),
    check('describe-configs', 'topic', 'filter', 'the configs in the answer'),
  ),
  DeleteTopics: asks(
    check('delete', 'cluster', 'widens', 'in place of the rights to the topics'),
    check('delete', 'topic', 'item'),
    check('describe', 'topic', 'item', 'whether the client may learn that a topic exists'),
  ),
  DeleteRecords: asks(check('delete', 'topic', 'item')),
  InitProducerId: asks(
    check('write', 'transactional-id', 'request', 'with a transactional id'),
    check('idempotent-write', 'cluster', 'widens', 'without one'),
    { ...check('write', 'topic', 'request', 'without one: some topic'), some: true },
  ),
  OffsetForLeaderEpoch: asks(
    check('cluster-action', 'cluster', 'widens'),
    check('describe', 'topic', 'item'),
  ),
  AddPartitionsToTxn: asks(
    check('cluster-action', 'cluster', 'request', 'from v4 on, by brokers'),
    check('write', 'transactional-id', 'request', 'until v3'),
    check('write', 'topic', 'item', 'until v3; never an internal topic'),
  ),
  AddOffsetsToTxn: asks(
    check('write', 'transactional-id', 'request'),
    check('read', 'group', 'request'),
  ),
  EndTxn: asks(check('write', 'transactional-id', 'request')),
  WriteTxnMarkers: asks(
    check('alter', 'cluster', 'widens', 'in place of CLUSTER_ACTION'),
    check('cluster-action', 'cluster', 'request'),
  ),
  TxnOffsetCommit: asks(
    check('write', 'transactional-id', 'request'),
    check('read', 'group', 'request'),
    check('read', 'topic', 'item'),
  ),
  DescribeAcls: onCluster('describe'),
  CreateAcls: onCluster('alter'),
  DeleteAcls: onCluster('alter'),
  DescribeConfigs: configChecks('describe-configs'),
  AlterConfigs: configChecks('alter-configs'),
  IncrementalAlterConfigs: configChecks('alter-configs'),
  ListConfigResources: onCluster('describe-configs'),
  AlterReplicaLogDirs: onCluster('alter'),
  DescribeLogDirs: onCluster('describe'),
  CreatePartitions: asks(check('alter', 'topic', 'item')),
  CreateDelegationToken: asks(check('create-tokens', 'user', 'request', 'tokens of somebody else')),
  // It is the token's owner and renewers who may, whatever the rules say.
  RenewDelegationToken: free,
  ExpireDelegationToken: free,
  DescribeDelegationToken: asks(
    check('describe', 'delegation-token', 'filter', 'tokens of somebody else'),
    check('describe-tokens', 'user', 'filter', 'instead, on the owner'),
  ),
  DescribeUserScramCredentials: onCluster('describe'),
  AlterUserScramCredentials: onCluster('alter'),
  DeleteGroups: asks(check('delete', 'group', 'item')),
  OffsetDelete: asks(check('delete', 'group', 'request'), check('read', 'topic', 'item')),
  ElectLeaders: onCluster('alter'),
  AlterPartitionReassignments: onCluster('alter'),
  ListPartitionReassignments: onCluster('describe'),
  DescribeClientQuotas: onCluster('describe-configs'),
  AlterClientQuotas: onCluster('alter-configs'),
  GetTelemetrySubscriptions: free,
  PushTelemetry: free,
  DescribeQuorum: onCluster('describe'),
  UpdateFeatures: onCluster('alter'),
  UnregisterBroker: onCluster('alter'),
  AddRaftVoter: onCluster('alter'),
  RemoveRaftVoter: onCluster('alter'),
  DescribeCluster: {
    checks: [check('describe', 'cluster', 'filter', 'operations of the cluster')],
    shows: ['cluster'],
  },
  DescribeTransactions: asks(
    check('describe', 'transactional-id', 'item'),
    check('describe', 'topic', 'filter', 'the topics of the transaction'),
  ),
  ListTransactions: asks(check('describe', 'transactional-id', 'filter')),
  DescribeProducers: asks(check('read', 'topic', 'item')),
  ConsumerGroupHeartbeat: asks(
    check('read', 'group', 'request'),
    check('describe', 'topic', 'request', 'topics by name; what a pattern finds is filtered'),
  ),
  ConsumerGroupDescribe: {
    checks: [
      check('describe', 'group', 'item'),
      check('describe', 'topic', 'item', 'the topics of the group, all of them'),
    ],
    shows: ['group'],
  },
  ShareGroupHeartbeat: asks(
    check('read', 'group', 'request'),
    check('describe', 'topic', 'request', 'all subscribed topics'),
  ),
  ShareGroupDescribe: {
    checks: [
      check('describe', 'group', 'item'),
      check('describe', 'topic', 'item', 'the topics of the group, all of them'),
    ],
    shows: ['group'],
  },
  ShareFetch: asks(check('read', 'group', 'request'), check('read', 'topic', 'item')),
  ShareAcknowledge: asks(check('read', 'group', 'request'), check('read', 'topic', 'item')),
  InitializeShareGroupState: asks(check('cluster-action', 'cluster', 'item')),
  ReadShareGroupState: asks(check('cluster-action', 'cluster', 'item')),
  WriteShareGroupState: asks(check('cluster-action', 'cluster', 'item')),
  DeleteShareGroupState: asks(check('cluster-action', 'cluster', 'item')),
  ReadShareGroupStateSummary: asks(check('cluster-action', 'cluster', 'item')),
  DescribeShareGroupOffsets: asks(
    check('describe', 'group', 'item'),
    check('describe', 'topic', 'item', 'left out where all topics are asked for'),
  ),
  AlterShareGroupOffsets: asks(check('read', 'group', 'request'), check('read', 'topic', 'item')),
  DeleteShareGroupOffsets: asks(
    check('delete', 'group', 'request'),
    check('read', 'topic', 'item'),
  ),
  StreamsGroupHeartbeat: asks(
    check('read', 'group', 'request'),
    check('describe', 'topic', 'request', 'the topics of the topology, internal ones too'),
    check('create', 'cluster', 'widens', 'internal topics that are missing'),
    check('create', 'topic', 'item', 'internal topics that are missing; the status says so'),
  ),
  StreamsGroupDescribe: {
    checks: [
      check('describe', 'group', 'item'),
      check('describe', 'topic', 'item', 'the topics of the topology, all of them'),
    ],
    shows: ['group'],
  },
  DescribeTopicPartitions: {
    checks: [check('describe', 'topic', 'item', 'left out where all topics are asked for')],
    shows: ['topic'],
  },
}

const words: Readonly<Record<Consequence, string>> = {
  request: 'the request is refused',
  item: 'the item is refused',
  filter: 'it is left out',
  widens: '(enough by itself)',
}

/** The table of docs/authorization.md. */
export function documentAuthorization(): string {
  const rows = servedApis.flatMap(({ name, key }) => {
    const { checks, shows } = authorizationTable[name] ?? free
    const shown = shows.map((type) => [type, '', 'operations are shown on request (KIP-430)', ''])
    const asked = checks.map(({ operation, type, consequence, note }) => {
      return [resourceOf(type), kafkaWord(operation), note, words[consequence]]
    })
    const all = [...asked, ...shown]
    const cells = all.length === 0 ? [['none', '', '', '']] : all
    return cells.map(([type, operation, note, without], at) => {
      const api = at === 0 ? `${name} (${key})` : ''
      return `| ${api} | ${type} | ${operation} | ${note} | ${without} |`
    })
  })
  const header = ['| API | Resource | Operation | When | Without it |', '|---|---|---|---|---|']
  return [...header, ...rows].join('\n')
}

function resourceOf(type: ResourceType): string {
  return type === 'cluster' ? `cluster \`${clusterResource}\`` : type
}

function kafkaWord(operation: Operation): string {
  return operation.toUpperCase().replaceAll('-', '_')
}
