/**
 * DescribeLogDirs (35), v0-5: log directories, their space, and the sizes of the replicas in them.
 * v3 errorCode · v4 total and usable bytes (KIP-827) · v5 isCordoned.
 * Differs from Kafka: v0 is still served; no directory is ever cordoned.
 */
import type {
  DescribeLogDirsRequest,
  DescribeLogDirsResponseInput,
  DescribeLogDirsResultInput,
  DescribeLogDirsTopicInput,
} from '../../protocol/codecs/describe-log-dirs.ts'
import { errorCode } from '../../protocol/errors.ts'
import { clusterMetadataTopic } from '../catalog/topic-names.ts'
import type { LogDirectoryInfo, TopicPartition } from '../storage/engine.ts'
import { clusterResource } from './authorized-operations.ts'
import type { Handler } from './context.ts'

const errorCodeFrom = 3

/** Whether a replica was asked for. */
type Filter = (topic: string, partition: number) => boolean

export const handleDescribeLogDirs: Handler<
  DescribeLogDirsRequest,
  DescribeLogDirsResponseInput
> = (broker, { topics }, context) => {
  if (!broker.authorize(context, 'describe', 'cluster', clusterResource)) {
    const isSaid = context.apiVersion >= errorCodeFrom
    const error = isSaid ? 'CLUSTER_AUTHORIZATION_FAILED' : 'NONE'
    return { throttleTimeMs: 0, errorCode: errorCode(error), results: [] }
  }
  const wanted = filterOf(topics)
  const results = broker.storage.logDirectories().map((directory) => describe(directory, wanted))
  return { throttleTimeMs: 0, errorCode: 0, results }
}

function filterOf(topics: DescribeLogDirsRequest['topics']): Filter {
  if (topics === null) return () => true
  const wanted = new Map<string, Set<number>>()
  for (const { topic, partitions } of topics) {
    wanted.set(topic, new Set([...(wanted.get(topic) ?? []), ...partitions]))
  }
  return (topic, partition) => wanted.get(topic)?.has(partition) ?? false
}

function describe(directory: LogDirectoryInfo, isWanted: Filter): DescribeLogDirsResultInput {
  const { path, online, totalBytes, freeBytes, partitions, futures } = directory
  const topics = new Map<string, DescribeLogDirsTopicInput & { partitions: object[] }>()
  const add = (of: TopicPartition, byteLength: number, offsetLag: number, isFutureKey: boolean) => {
    const { topic, partition: partitionIndex } = of
    if (topic === clusterMetadataTopic || !isWanted(topic, partitionIndex)) return
    const entry = topics.get(topic) ?? { name: topic, partitions: [] }
    topics.set(topic, entry)
    entry.partitions.push({ partitionIndex, partitionSize: byteLength, offsetLag, isFutureKey })
  }
  for (const store of partitions) add(store, store.byteLength, 0, false)
  for (const future of futures) add(future, future.byteLength, future.offsetLag, true)
  return {
    errorCode: errorCode(online ? 'NONE' : 'KAFKA_STORAGE_ERROR'),
    logDir: path,
    topics: [...topics.values()],
    totalBytes,
    usableBytes: freeBytes,
    isCordoned: false,
  }
}
