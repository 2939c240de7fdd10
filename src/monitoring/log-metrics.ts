// Metrics of logs: sizes and offsets of every partition, syncs, and the directories that hold them.
import type { PartitionStore } from '../storage/engine.ts'
import { quantileSamples } from './broker-metrics.ts'
import { counter, gauge } from './metric.ts'
import type { Metric, MonitoredBroker, Sample } from './metric.ts'

const partitionLabels = ['topic', 'partition'] as const

function ofPartitions(read: (store: PartitionStore) => number): Metric['samples'] {
  return function* ({ services }: MonitoredBroker): Iterable<Sample> {
    for (const { name, partitions } of services.catalog.topics()) {
      for (const { partition } of partitions) {
        const store = services.storage.partition(name, partition)
        if (store !== undefined) yield [read(store), name, String(partition)]
      }
    }
  }
}

const partitionMetrics: readonly Metric[] = [
  gauge(
    'kafka_log_log_size',
    'Bytes of all segments.',
    ofPartitions((store) => store.byteLength),
    partitionLabels,
  ),
  gauge(
    'kafka_log_log_logstartoffset',
    'The first offset that can be read.',
    ofPartitions((store) => store.logStartOffset),
    partitionLabels,
  ),
  gauge(
    'kafka_log_log_logendoffset',
    'The offset that the next record gets.',
    ofPartitions((store) => store.logEndOffset),
    partitionLabels,
  ),
  gauge(
    'kafka_topic_partition_current_offset',
    'The high watermark, as kafka_exporter says it.',
    ofPartitions((store) => store.highWatermark),
    partitionLabels,
  ),
  gauge(
    'kafka_topic_partition_oldest_offset',
    'The first offset that can be read, as kafka_exporter says it.',
    ofPartitions((store) => store.logStartOffset),
    partitionLabels,
  ),
  gauge(
    'kafka_topic_partitions',
    'Partitions of the topic, as kafka_exporter says it.',
    function* ({ services }) {
      for (const { name, partitions } of services.catalog.topics()) yield [partitions.length, name]
    },
    ['topic'],
  ),
]

const diskMetrics: readonly Metric[] = [
  gauge(
    'kafka_log_logflushstats_logflushrateandtimems',
    'How long a sync of a log took. Milliseconds, of the last two minutes.',
    ({ services }) => quantileSamples(services.instruments.syncs, services.clock.monotonicMs()),
    ['quantile'],
  ),
  counter(
    'kafka_log_logflushstats_logflushrateandtimems_count',
    'Syncs of logs since the start.',
    ({ services }) => [[services.instruments.syncs.count]],
  ),
  counter(
    'ottla_log_sync_seconds_total',
    'Time that syncs of logs took together, seconds.',
    ({ services }) => [[services.instruments.syncs.sumMs / 1000]],
  ),
  gauge(
    'kafka_log_logmanager_offlinelogdirectorycount',
    'Log directories that are out of use.',
    ({ services }) => [[services.storage.logDirectories().filter(({ online }) => !online).length]],
  ),
  gauge(
    'ottla_log_directory_free_bytes',
    'Free space of the file system that holds the directory.',
    function* ({ services }) {
      for (const { path, online, freeBytes } of services.storage.logDirectories()) {
        if (online) yield [freeBytes, path]
      }
    },
    ['directory'],
  ),
]

export const logMetrics: readonly Metric[] = [...partitionMetrics, ...diskMetrics]
