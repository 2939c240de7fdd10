// Metrics of logs: sizes and offsets of every partition, syncs, and the directories that hold them.
import type { PartitionStore } from '../storage/engine.ts'
import { counter, gauge } from './metric.ts'
import type { Metric, Reading, Sample } from './metric.ts'
import { quantileSamples } from './traffic-metrics.ts'

const partitionLabels = ['topic', 'partition'] as const

function ofPartitions(
  read: (store: PartitionStore, reading: Reading) => number,
): Metric['samples'] {
  return function* (reading): Iterable<Sample> {
    for (const { topic, label, store } of reading.partitions) {
      if (store !== undefined) yield [read(store, reading), topic, label]
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
    'kafka_topic_partition_leader',
    'The id of the broker that leads the partition: this one, or -1 while it is out of service. As kafka_exporter says it.',
    ofPartitions(({ online }, { services }) => (online ? services.catalog.nodeId : -1)),
    partitionLabels,
  ),
  gauge(
    'kafka_topic_partition_leader_is_preferred',
    'Always 1: there is no other. As kafka_exporter says it.',
    ofPartitions(() => 1),
    partitionLabels,
  ),
  gauge(
    'kafka_topic_partition_replicas',
    'Always 1: this broker holds all replicas there are. As kafka_exporter says it.',
    ofPartitions(() => 1),
    partitionLabels,
  ),
  gauge(
    'kafka_topic_partition_in_sync_replica',
    'Replicas in service: 1, or 0 when the disk has put the partition out of service. As kafka_exporter says it.',
    ofPartitions(({ online }) => (online ? 1 : 0)),
    partitionLabels,
  ),
  gauge(
    'kafka_topic_partition_under_replicated_partition',
    'Whether the partition is out of service: 1, else 0. As kafka_exporter says it.',
    ofPartitions(({ online }) => (online ? 0 : 1)),
    partitionLabels,
  ),
  gauge(
    'kafka_cluster_partition_replicascount',
    'Always 1: this broker holds all replicas there are.',
    ofPartitions(() => 1),
    partitionLabels,
  ),
  gauge(
    'kafka_cluster_partition_underminisr',
    'Whether acks=all is refused for want of replicas: 1 when the partition is out of service, else 0.',
    ofPartitions(({ online }) => (online ? 0 : 1)),
    partitionLabels,
  ),
  gauge(
    'kafka_cluster_partition_atminisr',
    'Whether acks=all would be refused with one replica less: 1, or 0 when the partition is out of service.',
    ofPartitions(({ online }) => (online ? 1 : 0)),
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
