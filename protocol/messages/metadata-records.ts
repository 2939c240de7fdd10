// Records in __cluster_metadata: what a KRaft cluster is, event by event.

import {
  array,
  bool,
  bytes,
  defineMessage,
  float64,
  int16,
  int32,
  int64,
  int8,
  nullable,
  since,
  string,
  struct,
  tagged,
  topicName,
  uint16,
  uuid,
  withDefault,
} from '../schema.ts'

export const registerBrokerRecord = defineMessage({
  name: 'RegisterBrokerRecord',
  recordType: 0,
  versions: [0, 4],
  flexibleFrom: 0,
  fields: {
    brokerId: int32(),
    isMigratingZkBroker: since(2, bool(), false),
    incarnationId: uuid(),
    brokerEpoch: int64(),
    endPoints: array(
      struct('BrokerEndpoint', {
        name: string(),
        host: string(),
        port: uint16(),
        securityProtocol: int16(),
      }),
    ),
    features: array(
      struct('BrokerFeature', {
        name: string(),
        minSupportedVersion: int16(),
        maxSupportedVersion: int16(),
      }),
    ),
    rack: nullable(string()),
    fenced: withDefault(bool(), true),
    inControlledShutdown: since(1, bool(), false),
    logDirs: since(3, tagged(0, array(uuid()))),
    cordonedLogDirs: since(4, tagged(1, nullable(array(uuid())), null)),
  },
})

export const unregisterBrokerRecord = defineMessage({
  name: 'UnregisterBrokerRecord',
  recordType: 1,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    brokerId: int32(),
    brokerEpoch: int64(),
  },
})

export const topicRecord = defineMessage({
  name: 'TopicRecord',
  recordType: 2,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    name: topicName(),
    topicId: uuid(),
  },
})

export const partitionRecord = defineMessage({
  name: 'PartitionRecord',
  recordType: 3,
  versions: [0, 2],
  flexibleFrom: 0,
  fields: {
    partitionId: withDefault(int32(), -1),
    topicId: uuid(),
    replicas: array(int32()),
    isr: array(int32()),
    removingReplicas: array(int32()),
    addingReplicas: array(int32()),
    leader: withDefault(int32(), -1),
    leaderRecoveryState: tagged(0, int8(), 0),
    leaderEpoch: withDefault(int32(), -1),
    partitionEpoch: withDefault(int32(), -1),
    directories: since(1, array(uuid())),
    eligibleLeaderReplicas: since(2, tagged(1, nullable(array(int32())), null)),
    lastKnownElr: since(2, tagged(2, nullable(array(int32())), null)),
  },
})

export const configRecord = defineMessage({
  name: 'ConfigRecord',
  recordType: 4,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    resourceType: int8(),
    resourceName: string(),
    name: string(),
    value: nullable(string()),
  },
})

export const partitionChangeRecord = defineMessage({
  name: 'PartitionChangeRecord',
  recordType: 5,
  versions: [0, 2],
  flexibleFrom: 0,
  fields: {
    partitionId: withDefault(int32(), -1),
    topicId: uuid(),
    isr: tagged(0, nullable(array(int32())), null),
    leader: tagged(1, int32(), -2),
    replicas: tagged(2, nullable(array(int32())), null),
    removingReplicas: tagged(3, nullable(array(int32())), null),
    addingReplicas: tagged(4, nullable(array(int32())), null),
    leaderRecoveryState: tagged(5, int8(), -1),
    directories: since(1, tagged(8, nullable(array(uuid())), null)),
    eligibleLeaderReplicas: since(2, tagged(6, nullable(array(int32())), null)),
    lastKnownElr: since(2, tagged(7, nullable(array(int32())), null)),
  },
})

export const fenceBrokerRecord = defineMessage({
  name: 'FenceBrokerRecord',
  recordType: 7,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    id: int32(),
    epoch: int64(),
  },
})

export const unfenceBrokerRecord = defineMessage({
  name: 'UnfenceBrokerRecord',
  recordType: 8,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    id: int32(),
    epoch: int64(),
  },
})

export const removeTopicRecord = defineMessage({
  name: 'RemoveTopicRecord',
  recordType: 9,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    topicId: uuid(),
  },
})

export const delegationTokenRecord = defineMessage({
  name: 'DelegationTokenRecord',
  recordType: 10,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    owner: string(),
    requester: string(),
    renewers: array(string()),
    issueTimestamp: int64(),
    maxTimestamp: int64(),
    expirationTimestamp: int64(),
    tokenId: string(),
  },
})

export const userScramCredentialRecord = defineMessage({
  name: 'UserScramCredentialRecord',
  recordType: 11,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    name: string(),
    mechanism: int8(),
    salt: bytes(),
    storedKey: bytes(),
    serverKey: bytes(),
    iterations: int32(),
  },
})

export const featureLevelRecord = defineMessage({
  name: 'FeatureLevelRecord',
  recordType: 12,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    name: string(),
    featureLevel: int16(),
  },
})

export const clientQuotaRecord = defineMessage({
  name: 'ClientQuotaRecord',
  recordType: 14,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    entity: array(
      struct('EntityData', {
        entityType: string(),
        entityName: nullable(string()),
      }),
    ),
    key: string(),
    value: float64(),
    remove: bool(),
  },
})

export const producerIdsRecord = defineMessage({
  name: 'ProducerIdsRecord',
  recordType: 15,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    brokerId: int32(),
    brokerEpoch: withDefault(int64(), -1),
    nextProducerId: int64(),
  },
})

export const brokerRegistrationChangeRecord = defineMessage({
  name: 'BrokerRegistrationChangeRecord',
  recordType: 17,
  versions: [0, 3],
  flexibleFrom: 0,
  fields: {
    brokerId: int32(),
    brokerEpoch: int64(),
    fenced: tagged(0, int8()),
    inControlledShutdown: since(1, tagged(1, int8())),
    logDirs: since(2, tagged(2, array(uuid()))),
    cordonedLogDirs: since(3, tagged(3, nullable(array(uuid())), null)),
  },
})

export const accessControlEntryRecord = defineMessage({
  name: 'AccessControlEntryRecord',
  recordType: 18,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    id: uuid(),
    resourceType: int8(),
    resourceName: string(),
    patternType: int8(),
    principal: string(),
    host: string(),
    operation: int8(),
    permissionType: int8(),
  },
})

export const removeAccessControlEntryRecord = defineMessage({
  name: 'RemoveAccessControlEntryRecord',
  recordType: 19,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    id: uuid(),
  },
})

export const noOpRecord = defineMessage({
  name: 'NoOpRecord',
  recordType: 20,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {},
})

export const zkMigrationStateRecord = defineMessage({
  name: 'ZkMigrationStateRecord',
  recordType: 21,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    zkMigrationState: int8(),
  },
})

export const removeUserScramCredentialRecord = defineMessage({
  name: 'RemoveUserScramCredentialRecord',
  recordType: 22,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    name: string(),
    mechanism: int8(),
  },
})

export const beginTransactionRecord = defineMessage({
  name: 'BeginTransactionRecord',
  recordType: 23,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    name: tagged(0, nullable(string()), null),
  },
})

export const endTransactionRecord = defineMessage({
  name: 'EndTransactionRecord',
  recordType: 24,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {},
})

export const abortTransactionRecord = defineMessage({
  name: 'AbortTransactionRecord',
  recordType: 25,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    reason: tagged(0, nullable(string()), null),
  },
})

export const removeDelegationTokenRecord = defineMessage({
  name: 'RemoveDelegationTokenRecord',
  recordType: 26,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    tokenId: string(),
  },
})

export const registerControllerRecord = defineMessage({
  name: 'RegisterControllerRecord',
  recordType: 27,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    controllerId: int32(),
    incarnationId: uuid(),
    zkMigrationReady: bool(),
    endPoints: array(
      struct('ControllerEndpoint', {
        name: string(),
        host: string(),
        port: uint16(),
        securityProtocol: int16(),
      }),
    ),
    features: array(
      struct('ControllerFeature', {
        name: string(),
        minSupportedVersion: int16(),
        maxSupportedVersion: int16(),
      }),
    ),
  },
})

export const clearElrRecord = defineMessage({
  name: 'ClearElrRecord',
  recordType: 28,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    topicName: topicName(),
  },
})

export const unregisterControllerRecord = defineMessage({
  name: 'UnregisterControllerRecord',
  recordType: 29,
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    controllerId: int32(),
  },
})
