// The APIs that this broker serves: name, versions, handler. What is not here is neither served nor
// advertised. `letsOthersPass`: a parked fetch or an unsynced produce holds up the answers of its
// connection, but not the requests behind it.
import { handleAlterConfigs } from './alter-configs.ts'
import { createApiVersionsHandler } from './api-versions.ts'
import { handleCreatePartitions } from './create-partitions.ts'
import { handleCreateTopics } from './create-topics.ts'
import { handleDeleteGroups } from './delete-groups.ts'
import { handleDeleteRecords } from './delete-records.ts'
import { handleDeleteTopics } from './delete-topics.ts'
import { handleDescribeCluster } from './describe-cluster.ts'
import { handleDescribeConfigs } from './describe-configs.ts'
import { handleDescribeGroups } from './describe-groups.ts'
import { handleDescribeTopicPartitions } from './describe-topic-partitions.ts'
import { handleFetch } from './fetch.ts'
import { handleFindCoordinator } from './find-coordinator.ts'
import { handleHeartbeat } from './heartbeat.ts'
import { handleIncrementalAlterConfigs } from './incremental-alter-configs.ts'
import { handleInitProducerId } from './init-producer-id.ts'
import { handleJoinGroup } from './join-group.ts'
import { handleLeaveGroup } from './leave-group.ts'
import { handleListConfigResources } from './list-config-resources.ts'
import { handleListGroups } from './list-groups.ts'
import { handleListOffsets } from './list-offsets.ts'
import { handleMetadata } from './metadata.ts'
import { handleOffsetCommit } from './offset-commit.ts'
import { handleOffsetDelete } from './offset-delete.ts'
import { handleOffsetFetch } from './offset-fetch.ts'
import { handleOffsetForLeaderEpoch } from './offset-for-leader-epoch.ts'
import { handleProduce } from './produce.ts'
import { serve } from './served-api.ts'
import type { ServedApi } from './served-api.ts'
import { handleSyncGroup } from './sync-group.ts'

export const servedApis: readonly ServedApi[] = [
  serve('Produce', [0, 13], handleProduce, { borrowsFrame: true, letsOthersPass: true }),
  serve('Fetch', [0, 18], handleFetch, { borrowsFrame: true, letsOthersPass: true }),
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
  serve('DescribeConfigs', [0, 4], handleDescribeConfigs),
  serve('AlterConfigs', [0, 2], handleAlterConfigs),
  serve('CreatePartitions', [0, 3], handleCreatePartitions),
  serve('DeleteGroups', [0, 3], handleDeleteGroups),
  serve('IncrementalAlterConfigs', [0, 1], handleIncrementalAlterConfigs),
  serve('OffsetDelete', [0, 0], handleOffsetDelete),
  serve('DescribeCluster', [0, 2], handleDescribeCluster),
  serve('ListConfigResources', [0, 1], handleListConfigResources),
  serve('DescribeTopicPartitions', [0, 0], handleDescribeTopicPartitions),
]

/** The rows of README's table of APIs; a test holds the two together. */
export function documentApis(): string {
  const rows = servedApis.map(
    (api) => `| ${api.name} | ${api.key} | ${api.minVersion}-${api.maxVersion} |`,
  )
  return ['| API | key | versions |', '|---|---|---|', ...rows].join('\n')
}
