// The metadata records that this broker writes and obeys, as values. Their bytes: record-frame.ts.
// Versions are those that the declared metadata.version (features.ts) demands.
import type { TopicId } from '../base/brands.ts'
import type {
  AbortTransactionRecord,
  AccessControlEntryRecord,
  BeginTransactionRecord,
  BrokerRegistrationChangeRecord,
  ClearElrRecord,
  ClientQuotaRecord,
  ConfigRecord,
  EndTransactionRecord,
  FeatureLevelRecord,
  PartitionChangeRecord,
  PartitionRecord,
  ProducerIdsRecord,
  RegisterBrokerRecord,
  RemoveAccessControlEntryRecord,
  RemoveTopicRecord,
  TopicRecord,
  UnregisterBrokerRecord,
} from '../../protocol/codecs/metadata-records.ts'
import type { CredentialRecord } from './credentials.ts'

/** A record's type and fields; `type` is Kafka's record name without the word Record. */
export type MetadataRecord =
  | CredentialRecord
  | { readonly type: 'RegisterBroker'; readonly data: RegisterBrokerRecord }
  | { readonly type: 'UnregisterBroker'; readonly data: UnregisterBrokerRecord }
  | { readonly type: 'BrokerRegistrationChange'; readonly data: BrokerRegistrationChangeRecord }
  | { readonly type: 'Topic'; readonly data: TopicRecord }
  | { readonly type: 'Partition'; readonly data: PartitionRecord }
  | { readonly type: 'PartitionChange'; readonly data: PartitionChangeRecord }
  | { readonly type: 'RemoveTopic'; readonly data: RemoveTopicRecord }
  | { readonly type: 'Config'; readonly data: ConfigRecord }
  | { readonly type: 'FeatureLevel'; readonly data: FeatureLevelRecord }
  | { readonly type: 'ProducerIds'; readonly data: ProducerIdsRecord }
  | { readonly type: 'AccessControlEntry'; readonly data: AccessControlEntryRecord }
  | { readonly type: 'RemoveAccessControlEntry'; readonly data: RemoveAccessControlEntryRecord }
  | { readonly type: 'ClearElr'; readonly data: ClearElrRecord }
  | { readonly type: 'ClientQuota'; readonly data: ClientQuotaRecord }
  | { readonly type: 'BeginTransaction'; readonly data: BeginTransactionRecord }
  | { readonly type: 'EndTransaction'; readonly data: EndTransactionRecord }
  | { readonly type: 'AbortTransaction'; readonly data: AbortTransactionRecord }

/** A record that this broker does not obey (of controllers, or unknown): kept in the log, counted, skipped. */
export interface UnsupportedRecord {
  readonly type: 'Unsupported'
  readonly apiKey: number
  readonly version: number
}

/** Kafka's ids of config resources. */
export const configResourceTypes = { topic: 2, broker: 4, clientMetrics: 16, group: 32 } as const
export type ConfigResource = keyof typeof configResourceTypes

/** DirectoryId.UNASSIGNED: the broker picks the directory. */
export const unassignedDirectory = 'AAAAAAAAAAAAAAAAAAAAAQ'
export const noLeader = -1
/** In a PartitionChange: the leader stays. */
export const sameLeader = -2

export function topicRecord(name: string, topicId: TopicId): MetadataRecord {
  return { type: 'Topic', data: { name, topicId } }
}

export function removeTopicRecord(topicId: TopicId): MetadataRecord {
  return { type: 'RemoveTopic', data: { topicId } }
}

/** A new partition: the first replica leads, all are in sync. */
export function newPartitionRecord(
  topicId: TopicId,
  partitionId: number,
  placement: { replicas: readonly number[]; directory: string },
): MetadataRecord {
  const replicas = [...placement.replicas]
  return {
    type: 'Partition',
    data: {
      partitionId,
      topicId,
      replicas,
      isr: [...replicas],
      removingReplicas: [],
      addingReplicas: [],
      leader: replicas[0] ?? noLeader,
      leaderRecoveryState: 0,
      leaderEpoch: 0,
      partitionEpoch: 0,
      directories: replicas.map(() => placement.directory),
      eligibleLeaderReplicas: null,
      lastKnownElr: null,
    },
  }
}

/** `leader` takes over a partition that another node led or that had no leader. */
export function leaderChangeRecord(
  topicId: TopicId,
  partitionId: number,
  change: { leader: number; isr: readonly number[] | null },
): MetadataRecord {
  const { leader, isr } = change
  return partitionChange(topicId, partitionId, { leader, isr: isr === null ? null : [...isr] })
}

/** The partition has these replicas from now on, all in sync; null directories: as they are. */
export function replicasRecord(
  topicId: TopicId,
  partitionId: number,
  to: { replicas: readonly number[]; directories: readonly string[] | null },
): MetadataRecord {
  const replicas = [...to.replicas]
  const directories = to.directories === null ? null : [...to.directories]
  return partitionChange(topicId, partitionId, { replicas, isr: [...replicas], directories })
}

/** The partition's replicas lie in these directories, in the order of the replicas (KIP-858). */
export function directoriesRecord(
  topicId: TopicId,
  partitionId: number,
  directories: readonly string[],
): MetadataRecord {
  return partitionChange(topicId, partitionId, { directories: [...directories] })
}

function partitionChange(
  topicId: TopicId,
  partitionId: number,
  changes: Partial<PartitionChangeRecord>,
): MetadataRecord {
  const unchanged: PartitionChangeRecord = {
    partitionId,
    topicId,
    isr: null,
    leader: sameLeader,
    replicas: null,
    removingReplicas: null,
    addingReplicas: null,
    leaderRecoveryState: -1,
    directories: null,
    eligibleLeaderReplicas: null,
    lastKnownElr: null,
  }
  return { type: 'PartitionChange', data: { ...unchanged, ...changes } }
}

/** Sets a config of a resource; null removes it. */
export function configRecord(
  resource: ConfigResource,
  resourceName: string,
  config: { name: string; value: string | null },
): MetadataRecord {
  const resourceType = configResourceTypes[resource]
  return { type: 'Config', data: { resourceType, resourceName, ...config } }
}

export function featureLevelRecord(name: string, featureLevel: number): MetadataRecord {
  return { type: 'FeatureLevel', data: { name, featureLevel } }
}

/** From now on producer ids start at `nextProducerId`: everything below is given away. */
export function producerIdsRecord(
  broker: { brokerId: number; brokerEpoch: number },
  nextProducerId: number,
): MetadataRecord {
  return { type: 'ProducerIds', data: { ...broker, nextProducerId } }
}

/** The broker is gone for good. */
export function unregisterBrokerRecord(broker: {
  readonly brokerId: number
  readonly brokerEpoch: number
}): MetadataRecord {
  const { brokerId, brokerEpoch } = broker
  return { type: 'UnregisterBroker', data: { brokerId, brokerEpoch } }
}
