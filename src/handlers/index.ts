// The APIs that this broker serves: name, versions, handler. What is not here is neither served nor
// advertised. `letsOthersPass`: a parked fetch or an unsynced produce holds up the answers of its
// connection, but not the requests behind it.
import { handleAlterClientQuotas } from './alter-client-quotas.ts'
import { handleAlterConfigs } from './alter-configs.ts'
import { handleAlterPartitionReassignments } from './alter-partition-reassignments.ts'
import { handleAlterReplicaLogDirs } from './alter-replica-log-dirs.ts'
import { handleAlterUserScramCredentials } from './alter-user-scram-credentials.ts'
import { createApiVersionsHandler } from './api-versions.ts'
import { handleCreateAcls } from './create-acls.ts'
import { handleCreateDelegationToken } from './create-delegation-token.ts'
import { handleConsumerGroupDescribe } from './consumer-group-describe.ts'
import { handleConsumerGroupHeartbeat } from './consumer-group-heartbeat.ts'
import { handleAddOffsetsToTxn } from './add-offsets-to-txn.ts'
import { handleAddPartitionsToTxn } from './add-partitions-to-txn.ts'
import { handleAddRaftVoter } from './add-raft-voter.ts'
import { handleCreatePartitions } from './create-partitions.ts'
import { handleCreateTopics } from './create-topics.ts'
import { handleDeleteAcls } from './delete-acls.ts'
import { handleDeleteGroups } from './delete-groups.ts'
import { handleDeleteRecords } from './delete-records.ts'
import { handleDeleteTopics } from './delete-topics.ts'
import { handleDescribeAcls } from './describe-acls.ts'
import { handleDescribeClientQuotas } from './describe-client-quotas.ts'
import { handleDescribeCluster } from './describe-cluster.ts'
import { handleDescribeConfigs } from './describe-configs.ts'
import { handleDescribeDelegationToken } from './describe-delegation-token.ts'
import { handleDescribeGroups } from './describe-groups.ts'
import { handleDescribeLogDirs } from './describe-log-dirs.ts'
import { handleDescribeProducers } from './describe-producers.ts'
import { handleDescribeQuorum } from './describe-quorum.ts'
import { handleDescribeTopicPartitions } from './describe-topic-partitions.ts'
import { handleDescribeUserScramCredentials } from './describe-user-scram-credentials.ts'
import { handleElectLeaders } from './elect-leaders.ts'
import { handleExpireDelegationToken } from './expire-delegation-token.ts'
import { handleDescribeTransactions } from './describe-transactions.ts'
import { handleEndTxn } from './end-txn.ts'
import { handleFetch } from './fetch.ts'
import { handleFindCoordinator } from './find-coordinator.ts'
import { handleGetTelemetrySubscriptions } from './get-telemetry-subscriptions.ts'
import { handleHeartbeat } from './heartbeat.ts'
import { handleIncrementalAlterConfigs } from './incremental-alter-configs.ts'
import { handleInitProducerId } from './init-producer-id.ts'
import { handleJoinGroup } from './join-group.ts'
import { handleLeaveGroup } from './leave-group.ts'
import { handleListConfigResources } from './list-config-resources.ts'
import { handleListGroups } from './list-groups.ts'
import { handleListOffsets } from './list-offsets.ts'
import { handleListPartitionReassignments } from './list-partition-reassignments.ts'
import { handleListTransactions } from './list-transactions.ts'
import { handleMetadata } from './metadata.ts'
import { handleOffsetCommit } from './offset-commit.ts'
import { handleOffsetDelete } from './offset-delete.ts'
import { handleOffsetFetch } from './offset-fetch.ts'
import { handleOffsetForLeaderEpoch } from './offset-for-leader-epoch.ts'
import { handleProduce } from './produce.ts'
import { handlePushTelemetry } from './push-telemetry.ts'
import { handleRemoveRaftVoter } from './remove-raft-voter.ts'
import { handleRenewDelegationToken } from './renew-delegation-token.ts'
import { handleSaslAuthenticate } from './sasl-authenticate.ts'
import { handleSaslHandshake } from './sasl-handshake.ts'
import { serve } from './served-api.ts'
import type { ServedApi } from './served-api.ts'
import { handleAlterShareGroupOffsets } from './alter-share-group-offsets.ts'
import { handleDeleteShareGroupOffsets } from './delete-share-group-offsets.ts'
import { handleDeleteShareGroupState } from './delete-share-group-state.ts'
import { handleDescribeShareGroupOffsets } from './describe-share-group-offsets.ts'
import { handleInitializeShareGroupState } from './initialize-share-group-state.ts'
import { handleReadShareGroupStateSummary } from './read-share-group-state-summary.ts'
import { handleReadShareGroupState } from './read-share-group-state.ts'
import { handleShareAcknowledge } from './share-acknowledge.ts'
import { handleShareFetch } from './share-fetch.ts'
import { handleShareGroupDescribe } from './share-group-describe.ts'
import { handleShareGroupHeartbeat } from './share-group-heartbeat.ts'
import { handleStreamsGroupDescribe } from './streams-group-describe.ts'
import { handleStreamsGroupHeartbeat } from './streams-group-heartbeat.ts'
import { handleWriteShareGroupState } from './write-share-group-state.ts'
import { handleSyncGroup } from './sync-group.ts'
import { handleUnregisterBroker } from './unregister-broker.ts'
import { handleUpdateFeatures } from './update-features.ts'
import { handleTxnOffsetCommit } from './txn-offset-commit.ts'
import { handleWriteTxnMarkers } from './write-txn-markers.ts'

export const servedApis: readonly ServedApi[] = [
  serve('Produce', [0, 13], handleProduce, { borrowsFrame: true, letsOthersPass: true }),
  serve('Fetch', [0, 18], handleFetch, {
    borrowsFrame: true,
    letsOthersPass: true,
    chargesTime: true,
  }),
  serve('ListOffsets', [0, 11], handleListOffsets),
  serve('Metadata', [0, 13], handleMetadata),
  serve('OffsetCommit', [0, 10], handleOffsetCommit),
  serve('OffsetFetch', [0, 10], handleOffsetFetch),
  serve('FindCoordinator', [0, 6], handleFindCoordinator),
  serve('JoinGroup', [0, 9], handleJoinGroup),
  serve('Heartbeat', [0, 4], handleHeartbeat),
  serve('LeaveGroup', [0, 5], handleLeaveGroup),
  serve('SyncGroup', [0, 5], handleSyncGroup),
  serve('DescribeGroups', [0, 6], handleDescribeGroups),
  serve('ListGroups', [0, 5], handleListGroups),
  serve('SaslHandshake', [0, 1], handleSaslHandshake),
  serve(
    'ApiVersions',
    [0, 5],
    createApiVersionsHandler(() => servedApis),
  ),
  serve('CreateTopics', [0, 7], handleCreateTopics),
  serve('DeleteTopics', [0, 6], handleDeleteTopics),
  serve('DeleteRecords', [0, 2], handleDeleteRecords),
  serve('InitProducerId', [0, 5], handleInitProducerId),
  serve('OffsetForLeaderEpoch', [0, 4], handleOffsetForLeaderEpoch),
  serve('DescribeAcls', [0, 3], handleDescribeAcls),
  serve('CreateAcls', [0, 3], handleCreateAcls),
  serve('DeleteAcls', [0, 3], handleDeleteAcls),
  serve('AddPartitionsToTxn', [0, 5], handleAddPartitionsToTxn),
  serve('AddOffsetsToTxn', [0, 4], handleAddOffsetsToTxn),
  serve('EndTxn', [0, 5], handleEndTxn),
  serve('WriteTxnMarkers', [1, 2], handleWriteTxnMarkers, { exempt: true }),
  serve('TxnOffsetCommit', [0, 6], handleTxnOffsetCommit),
  serve('DescribeConfigs', [0, 4], handleDescribeConfigs),
  serve('AlterConfigs', [0, 2], handleAlterConfigs),
  serve('AlterReplicaLogDirs', [0, 2], handleAlterReplicaLogDirs),
  serve('DescribeLogDirs', [0, 5], handleDescribeLogDirs),
  serve('SaslAuthenticate', [0, 2], handleSaslAuthenticate),
  serve('CreatePartitions', [0, 3], handleCreatePartitions),
  serve('CreateDelegationToken', [0, 3], handleCreateDelegationToken),
  serve('RenewDelegationToken', [0, 2], handleRenewDelegationToken),
  serve('ExpireDelegationToken', [0, 2], handleExpireDelegationToken),
  serve('DescribeDelegationToken', [0, 3], handleDescribeDelegationToken),
  serve('DeleteGroups', [0, 3], handleDeleteGroups),
  serve('ElectLeaders', [0, 2], handleElectLeaders),
  serve('IncrementalAlterConfigs', [0, 1], handleIncrementalAlterConfigs),
  serve('AlterPartitionReassignments', [0, 1], handleAlterPartitionReassignments),
  serve('ListPartitionReassignments', [0, 0], handleListPartitionReassignments),
  serve('OffsetDelete', [0, 0], handleOffsetDelete),
  serve('DescribeClientQuotas', [0, 1], handleDescribeClientQuotas),
  serve('AlterClientQuotas', [0, 1], handleAlterClientQuotas),
  serve('DescribeUserScramCredentials', [0, 0], handleDescribeUserScramCredentials),
  serve('AlterUserScramCredentials', [0, 0], handleAlterUserScramCredentials),
  serve('DescribeQuorum', [0, 2], handleDescribeQuorum),
  serve('UpdateFeatures', [0, 2], handleUpdateFeatures),
  serve('DescribeTransactions', [0, 0], handleDescribeTransactions),
  serve('ListTransactions', [0, 2], handleListTransactions),
  serve('DescribeCluster', [0, 2], handleDescribeCluster),
  serve('DescribeProducers', [0, 0], handleDescribeProducers),
  serve('UnregisterBroker', [0, 0], handleUnregisterBroker),
  serve('GetTelemetrySubscriptions', [0, 0], handleGetTelemetrySubscriptions),
  serve('PushTelemetry', [0, 0], handlePushTelemetry),
  serve('AddRaftVoter', [0, 1], handleAddRaftVoter),
  serve('RemoveRaftVoter', [0, 0], handleRemoveRaftVoter),
  serve('ListConfigResources', [0, 1], handleListConfigResources),
  serve('ConsumerGroupHeartbeat', [0, 1], handleConsumerGroupHeartbeat),
  serve('ConsumerGroupDescribe', [0, 1], handleConsumerGroupDescribe),
  serve('DescribeTopicPartitions', [0, 0], handleDescribeTopicPartitions),
  serve('ShareGroupHeartbeat', [1, 1], handleShareGroupHeartbeat),
  serve('ShareGroupDescribe', [1, 1], handleShareGroupDescribe),
  serve('ShareFetch', [1, 2], handleShareFetch),
  serve('ShareAcknowledge', [1, 2], handleShareAcknowledge),
  serve('InitializeShareGroupState', [0, 0], handleInitializeShareGroupState),
  serve('ReadShareGroupState', [0, 0], handleReadShareGroupState),
  serve('WriteShareGroupState', [0, 1], handleWriteShareGroupState),
  serve('DeleteShareGroupState', [0, 0], handleDeleteShareGroupState),
  serve('ReadShareGroupStateSummary', [0, 1], handleReadShareGroupStateSummary),
  serve('StreamsGroupHeartbeat', [0, 1], handleStreamsGroupHeartbeat),
  serve('StreamsGroupDescribe', [0, 1], handleStreamsGroupDescribe),
  serve('DescribeShareGroupOffsets', [0, 1], handleDescribeShareGroupOffsets),
  serve('AlterShareGroupOffsets', [0, 0], handleAlterShareGroupOffsets),
  serve('DeleteShareGroupOffsets', [0, 0], handleDeleteShareGroupOffsets),
]

/** The rows of README's table of APIs; a test holds the two together. */
export function documentApis(): string {
  const rows = [...servedApis]
    .sort((a, b) => a.key - b.key)
    .map((api) => `| ${api.name} | ${api.key} | ${api.minVersion}-${api.maxVersion} |`)
  return ['| API | key | versions |', '|---|---|---|', ...rows].join('\n')
}
