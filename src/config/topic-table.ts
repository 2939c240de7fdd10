// Every configuration key of a topic (Apache Kafka 4.4): type, default, valid values, the broker
// key behind it, meaning. The broker keys that give topics their values take type and default from
// here (broker-table.ts).
import { dayMs, GiB, hourMs, int32Max, MiB, minuteMs } from '../base/units.ts'
import type { ConfigEntry, ConfigKind } from './entry.ts'
import { atLeast, between, betweenOr, bool, cleanupPolicy, double } from './kinds.ts'
import { int, long, longMax, oneOf, throttledReplicas } from './kinds.ts'

/** What compression.type may say; `producer` keeps what the producer sent. */
export const compressionTypes = [
  'uncompressed',
  'zstd',
  'lz4',
  'snappy',
  'gzip',
  'producer',
] as const
export const timestampTypes = ['CreateTime', 'LogAppendTime'] as const

/** A topic's key, and the broker key that a topic without an override takes its value from. */
export interface TopicConfigEntry<T> extends ConfigEntry<T> {
  readonly brokerKey: string | null
}

/** Java's longest array: what Kafka takes as the largest size of one decompressed batch. */
const javaArrayBytesMax = int32Max - 8
const recordBatchOverheadBytes = 12

export const topicConfigTable = {
  'cleanup.policy': topicKey(
    cleanupPolicy('delete'),
    'log.cleanup.policy',
    'What happens to old data: delete drops whole segments by retention.ms and retention.bytes, compact keeps the last value of each key. Both may stand together; an empty list keeps everything.',
  ),
  'compression.gzip.level': topicKey(
    int(-1, betweenOr(1, 9, -1)),
    'compression.gzip.level',
    'The gzip level where compression.type is gzip; -1 is the library’s own default.',
  ),
  'compression.lz4.level': topicKey(
    int(9, between(1, 17)),
    'compression.lz4.level',
    'The lz4 level where compression.type is lz4.',
  ),
  'compression.type': topicKey(
    oneOf('producer', compressionTypes),
    'compression.type',
    'producer stores batches as they were sent; a codec recompresses what arrives otherwise; uncompressed inflates it.',
  ),
  'compression.zstd.level': topicKey(
    int(3, between(-131072, 22)),
    'compression.zstd.level',
    'The zstd level where compression.type is zstd.',
  ),
  'delete.retention.ms': topicKey(
    long(dayMs, atLeast(0)),
    'log.cleaner.delete.retention.ms',
    'How long compaction keeps a tombstone, so that a consumer that reads from the start sees the deletion. Milliseconds.',
  ),
  'errors.deadletterqueue.group.enable': topicKey(
    bool(false),
    null,
    'Whether share groups may use this topic as a dead-letter queue (KIP-1191).',
  ),
  'file.delete.delay.ms': topicKey(
    long(minuteMs, atLeast(0)),
    'log.segment.delete.delay.ms',
    'How long a segment that was dropped stays on disk, for reads that still hold it. Milliseconds.',
  ),
  'flush.messages': topicKey(
    long(longMax, atLeast(1)),
    'log.flush.interval.messages',
    'After how many records the log is synced to disk. The default leaves it to ottla.durability.',
  ),
  'flush.ms': topicKey(
    long(longMax, atLeast(0)),
    'log.flush.interval.ms',
    'After how many milliseconds the log is synced to disk. The default leaves it to ottla.durability.',
  ),
  'follower.replication.throttled.replicas': topicKey(
    throttledReplicas(),
    null,
    'Which follower replicas a replication quota slows down. Kept; one node replicates nothing.',
  ),
  'index.interval.bytes': topicKey(
    int(4096, atLeast(0)),
    'log.index.interval.bytes',
    'How many bytes of records lie between two entries of the offset index.',
  ),
  'internal.segment.bytes': topicKey(
    int(null),
    null,
    'For tests: a segment size without the lower bound of segment.bytes.',
    'internal',
  ),
  'leader.replication.throttled.replicas': topicKey(
    throttledReplicas(),
    null,
    'Which leader replicas a replication quota slows down. Kept; one node replicates nothing.',
  ),
  'local.retention.bytes': topicKey(
    long(-2, atLeast(-2)),
    'log.local.retention.bytes',
    'With tiered storage, how many bytes stay on the local disk; -2 means retention.bytes. Kept; there are no tiers.',
  ),
  'local.retention.ms': topicKey(
    long(-2, atLeast(-2)),
    'log.local.retention.ms',
    'With tiered storage, how long data stays on the local disk; -2 means retention.ms. Kept; there are no tiers.',
  ),
  'max.compaction.lag.ms': topicKey(
    long(longMax, atLeast(1)),
    'log.cleaner.max.compaction.lag.ms',
    'After how many milliseconds at most a record becomes subject to compaction.',
  ),
  'max.decompressed.message.bytes': topicKey(
    int(javaArrayBytesMax, between(1, javaArrayBytesMax)),
    'max.decompressed.message.bytes',
    'The largest size that one batch may inflate to when the broker must look inside it. Bytes.',
  ),
  'max.message.bytes': topicKey(
    int(MiB + recordBatchOverheadBytes, atLeast(0)),
    'message.max.bytes',
    'The largest record batch, as sent (after compression), in bytes. A larger one is refused with MESSAGE_TOO_LARGE.',
  ),
  'message.timestamp.after.max.ms': topicKey(
    long(hourMs, atLeast(0)),
    'log.message.timestamp.after.max.ms',
    'How far a record’s timestamp may lie ahead of the broker’s clock. Milliseconds; not applied to LogAppendTime.',
  ),
  'message.timestamp.before.max.ms': topicKey(
    long(longMax, atLeast(0)),
    'log.message.timestamp.before.max.ms',
    'How far a record’s timestamp may lie behind the broker’s clock. Milliseconds; not applied to LogAppendTime.',
  ),
  'message.timestamp.type': topicKey(
    oneOf('CreateTime', timestampTypes),
    'log.message.timestamp.type',
    'Whether a record keeps the producer’s timestamp (CreateTime) or gets the broker’s (LogAppendTime).',
  ),
  'min.cleanable.dirty.ratio': topicKey(
    double(0.5, between(0, 1)),
    'log.cleaner.min.cleanable.ratio',
    'Compaction starts when this share of the log has not been compacted yet.',
  ),
  'min.compaction.lag.ms': topicKey(
    long(0, atLeast(0)),
    'log.cleaner.min.compaction.lag.ms',
    'How long a record is safe from compaction. Milliseconds; not above max.compaction.lag.ms.',
  ),
  'min.insync.replicas': topicKey(
    int(1, atLeast(1)),
    'min.insync.replicas',
    'How many replicas must be in sync for acks=all. A single broker is always its only replica.',
  ),
  preallocate: topicKey(
    bool(false),
    'log.preallocate',
    'Whether a new segment reserves its whole size on disk. Kept; it gains nothing here.',
  ),
  'remote.copy.lag.bytes': topicKey(
    long(-1, atLeast(-1)),
    'log.remote.copy.lag.bytes',
    'With tiered storage, how many bytes may wait before they are copied. Kept; there are no tiers.',
  ),
  'remote.copy.lag.ms': topicKey(
    long(0, atLeast(-1)),
    'log.remote.copy.lag.ms',
    'With tiered storage, how long data may wait before it is copied. Kept; there are no tiers.',
  ),
  'remote.log.copy.disable': topicKey(
    bool(false),
    null,
    'With tiered storage, whether copying is stopped. Kept; there are no tiers.',
  ),
  'remote.log.delete.on.disable': topicKey(
    bool(false),
    null,
    'With tiered storage, whether switching it off deletes the copies. Kept; there are no tiers.',
  ),
  'remote.storage.enable': topicKey(
    bool(false),
    null,
    'Whether the topic uses tiered storage. true is refused: this broker has no tiers.',
  ),
  'retention.bytes': topicKey(
    long(-1),
    'log.retention.bytes',
    'How large a partition may grow before its oldest segments are dropped. Bytes; -1 is no limit.',
  ),
  'retention.ms': topicKey(
    long(7 * dayMs, atLeast(-1)),
    'log.retention.ms',
    'How long a record is kept, by its timestamp. Milliseconds; -1 keeps it for ever.',
  ),
  'segment.bytes': topicKey(
    int(GiB, atLeast(MiB)),
    'log.segment.bytes',
    'The active segment rolls before it would grow past this size. Bytes.',
  ),
  'segment.index.bytes': topicKey(
    int(10 * MiB, atLeast(4)),
    'log.index.size.max.bytes',
    'The largest offset index; a segment whose index is full rolls. Bytes.',
  ),
  'segment.jitter.ms': topicKey(
    long(0, atLeast(0)),
    'log.roll.jitter.ms',
    'A random time up to this is taken off segment.ms, so that segments do not all roll at once. Milliseconds.',
  ),
  'segment.ms': topicKey(
    long(7 * dayMs, atLeast(1)),
    'log.roll.ms',
    'The active segment rolls after this time even when it is not full. Milliseconds.',
  ),
  'unclean.leader.election.enable': topicKey(
    bool(false),
    'unclean.leader.election.enable',
    'Whether a replica that is not in sync may lead. Kept; a single broker has no other replica.',
  ),
} as const satisfies Readonly<Record<string, TopicConfigEntry<unknown>>>

function topicKey<T>(
  kind: ConfigKind<T>,
  brokerKey: string | null,
  doc: string,
  visibility: 'public' | 'internal' = 'public',
): TopicConfigEntry<T> {
  const internal = visibility === 'internal'
  return { ...kind, brokerKey, doc, internal, importance: 'medium', update: 'live' }
}
