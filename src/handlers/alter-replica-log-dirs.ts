/**
 * AlterReplicaLogDirs (34), v0-2: moves replicas between the log directories of this broker; the
 * answer says what was begun, DescribeLogDirs how far it is.
 * v1 throttleTimeMs · v2 flexible.
 * Differs from Kafka: v0 is still served.
 */
import type {
  AlterReplicaLogDirsRequest,
  AlterReplicaLogDirsResponseInput,
} from '../../protocol/codecs/alter-replica-log-dirs.ts'
import { errorCode } from '../../protocol/errors.ts'
import { clusterResource } from './authorized-operations.ts'
import type { Handler } from './context.ts'

export const handleAlterReplicaLogDirs: Handler<
  AlterReplicaLogDirsRequest,
  AlterReplicaLogDirsResponseInput
> = (broker, { dirs }, context) => {
  const may = broker.authorize(context, 'alter', 'cluster', clusterResource)
  const results = new Map<string, { partitionIndex: number; errorCode: number }[]>()
  for (const { path, topics } of dirs) {
    for (const { name, partitions } of topics) {
      const list = results.get(name) ?? []
      results.set(name, list)
      for (const partitionIndex of partitions) {
        const error = may
          ? broker.storage.movePartition(name, partitionIndex, path)
          : 'CLUSTER_AUTHORIZATION_FAILED'
        list.push({ partitionIndex, errorCode: errorCode(error) })
      }
    }
  }
  return {
    throttleTimeMs: 0,
    results: [...results].map(([topicName, partitions]) => ({ topicName, partitions })),
  }
}
