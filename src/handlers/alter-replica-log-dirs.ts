/**
 * AlterReplicaLogDirs (34), v0-2: moves replicas between the log directories of this broker.
 * v1 throttleTimeMs · v2 flexible.
 * Differs from Kafka: v0 is still served; a replica that would have to move stays where it is, and
 * INVALID_REQUEST says so.
 */
import type {
  AlterReplicaLogDirsRequest,
  AlterReplicaLogDirsResponseInput,
} from '../../protocol/codecs/alter-replica-log-dirs.ts'
import { errorCode } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import type { LogDirectoryInfo } from '../storage/engine.ts'
import { clusterResource } from './authorized-operations.ts'
import type { BrokerServices, Handler } from './context.ts'

export const handleAlterReplicaLogDirs: Handler<
  AlterReplicaLogDirsRequest,
  AlterReplicaLogDirsResponseInput
> = (broker, { dirs }, context) => {
  const may = broker.authorize(context, 'alter', 'cluster', clusterResource)
  const directories = may ? broker.storage.logDirectories() : []
  const results = new Map<string, { partitionIndex: number; errorCode: number }[]>()
  for (const { path, topics } of dirs) {
    const directory = directories.find((one) => one.path === path)
    for (const { name, partitions } of topics) {
      const list = results.get(name) ?? []
      results.set(name, list)
      for (const partitionIndex of partitions) {
        const error = may
          ? moveError(broker, directory, { topic: name, partition: partitionIndex })
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

function moveError(
  broker: BrokerServices,
  directory: LogDirectoryInfo | undefined,
  { topic, partition }: { topic: string; partition: number },
): ErrorName {
  if (directory === undefined) return 'LOG_DIR_NOT_FOUND'
  if (!directory.online) return 'KAFKA_STORAGE_ERROR'
  const store = broker.storage.partition(topic, partition)
  if (store === undefined) return 'UNKNOWN_TOPIC_OR_PARTITION'
  if (directory.partitions.includes(store)) return 'NONE'
  const fields = { topic, partition, to: directory.path }
  broker.logger.warn(fields, 'replica not moved: moves between log.dirs are not supported')
  return 'INVALID_REQUEST'
}
