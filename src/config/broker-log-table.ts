// The broker keys that Ottla obeys about topics and their logs.
import { MiB, dayMs, hourMs, minuteMs, secondMs } from '../base/units.ts'
import { hidden, inherits, key, type BrokerTable } from './broker-key.ts'
import { atLeast, bool, double, int, list, long, longMax, string } from './kinds.ts'
import { topicConfigTable as topic } from './topic-table.ts'

/** Topics and their logs. */
export const logTable = {
  'log.dir': key(
    list('./ottla-data', { nonEmpty: true }),
    'high',
    'The data directory, where log.dirs is not set.',
  ),
  'log.dirs': key(
    list(null),
    'high',
    'The data directories, between commas. New partitions go to the one with the fewest.',
  ),
  'metadata.log.dir': key(
    string(null),
    'high',
    'Where the metadata log lies. Unset: in the first of log.dirs.',
  ),
  'metadata.log.segment.bytes': key(
    int(1024 * MiB, atLeast(8 * MiB)),
    'high',
    'A segment of the metadata log rolls before it would grow past this size.',
  ),
  'internal.metadata.log.segment.bytes': hidden(
    int(null),
    'low',
    'Stands in for metadata.log.segment.bytes, below its minimum too.',
  ),
  'metadata.log.segment.ms': key(
    long(7 * dayMs),
    'high',
    'A segment of the metadata log rolls when it is this old. Milliseconds.',
  ),
  'metadata.log.max.record.bytes.between.snapshots': key(
    long(20 * MiB, atLeast(1)),
    'high',
    'A snapshot of the metadata is written after so many bytes of records: a start reads it and what follows.',
  ),
  'metadata.log.max.snapshot.interval.ms': key(
    long(hourMs, atLeast(0)),
    'high',
    'A snapshot of the metadata is written with the first change that is so long after the last one. Milliseconds; 0: only by size.',
  ),
  'metadata.max.retention.bytes': key(
    long(100 * MiB),
    'high',
    'What the metadata log and its snapshots may take, before old ones go. The newest snapshot and what follows it always stay. Negative: no limit.',
  ),
  'metadata.max.retention.ms': key(
    long(7 * dayMs),
    'high',
    'How long snapshots of the metadata are kept, and the log between them. The newest always stays. Negative: no limit.',
  ),
  'num.partitions': key(
    int(1, atLeast(1)),
    'medium',
    'How many partitions a topic gets that does not say.',
  ),
  'default.replication.factor': key(
    int(1),
    'medium',
    'The replication factor of topics that do not say. One node keeps one replica whatever it is.',
  ),
  'auto.create.topics.enable': key(
    bool(true),
    'high',
    'Whether a client that names an unknown topic creates it.',
  ),
  'delete.topic.enable': key(bool(true), 'high', 'Whether DeleteTopics is allowed.'),
  'message.max.bytes': key(
    topic['max.message.bytes'],
    'high',
    'The largest record batch, in bytes, of topics without max.message.bytes.',
    'cluster-wide',
  ),
  'max.decompressed.message.bytes': inherits(topic['max.decompressed.message.bytes'], 'medium'),
  'min.insync.replicas': inherits(topic['min.insync.replicas'], 'high'),
  'unclean.leader.election.enable': inherits(topic['unclean.leader.election.enable'], 'high'),
  'compression.type': inherits(topic['compression.type'], 'high'),
  'compression.gzip.level': inherits(topic['compression.gzip.level'], 'medium'),
  'compression.lz4.level': inherits(topic['compression.lz4.level'], 'medium'),
  'compression.zstd.level': inherits(topic['compression.zstd.level'], 'medium'),
  'log.segment.bytes': inherits(topic['segment.bytes'], 'high'),
  'log.segment.delete.delay.ms': inherits(topic['file.delete.delay.ms'], 'high'),
  'log.roll.ms': key(
    long(null),
    'high',
    'segment.ms of topics without an override. Unset: log.roll.hours.',
    'cluster-wide',
  ),
  'log.roll.hours': key(int(168, atLeast(1)), 'high', 'log.roll.ms in hours.'),
  'log.roll.jitter.ms': key(
    long(null),
    'high',
    'segment.jitter.ms of topics without an override. Unset: log.roll.jitter.hours.',
    'cluster-wide',
  ),
  'log.roll.jitter.hours': key(int(0, atLeast(0)), 'high', 'log.roll.jitter.ms in hours.'),
  'log.retention.ms': key(
    long(null),
    'high',
    'retention.ms of topics without an override. Unset: log.retention.minutes, then log.retention.hours.',
    'cluster-wide',
  ),
  'log.retention.minutes': key(int(null), 'high', 'log.retention.ms in minutes.'),
  'log.retention.hours': key(int(168), 'high', 'log.retention.ms in hours.'),
  'log.retention.bytes': inherits(topic['retention.bytes'], 'high'),
  'log.retention.check.interval.ms': key(
    long(5 * minuteMs, atLeast(1)),
    'medium',
    'How often retention looks for data to drop. Milliseconds.',
  ),
  'log.cleanup.policy': inherits(topic['cleanup.policy'], 'medium'),
  'log.index.size.max.bytes': inherits(topic['segment.index.bytes'], 'medium'),
  'log.index.interval.bytes': inherits(topic['index.interval.bytes'], 'medium'),
  'log.flush.interval.messages': inherits(topic['flush.messages'], 'high'),
  'log.flush.interval.ms': key(
    long(null),
    'high',
    'flush.ms of topics without an override. Unset: log.flush.scheduler.interval.ms.',
    'cluster-wide',
  ),
  'log.flush.scheduler.interval.ms': key(
    long(longMax),
    'high',
    'How often logs are looked through for data to sync. Milliseconds.',
  ),
  'log.flush.offset.checkpoint.interval.ms': key(
    int(minuteMs, atLeast(0)),
    'high',
    'How often recovery points are written, which bound the work after a crash. Milliseconds.',
  ),
  'log.flush.start.offset.checkpoint.interval.ms': key(
    int(minuteMs, atLeast(0)),
    'high',
    'How often log start offsets are written. Milliseconds. Kept; they are written whenever they move.',
  ),
  'log.preallocate': inherits(topic.preallocate, 'medium'),
  'log.initial.task.delay.ms': hidden(
    long(30 * secondMs, atLeast(0)),
    'low',
    'How long after the start the first background tasks run. Milliseconds. Kept; they first run after their own interval.',
  ),
  'log.message.timestamp.type': inherits(topic['message.timestamp.type'], 'medium'),
  'log.message.timestamp.before.max.ms': inherits(
    topic['message.timestamp.before.max.ms'],
    'medium',
  ),
  'log.message.timestamp.after.max.ms': inherits(topic['message.timestamp.after.max.ms'], 'medium'),
  'log.local.retention.bytes': inherits(topic['local.retention.bytes'], 'medium'),
  'log.local.retention.ms': inherits(topic['local.retention.ms'], 'medium'),
  'log.remote.copy.lag.bytes': inherits(topic['remote.copy.lag.bytes'], 'medium'),
  'log.remote.copy.lag.ms': inherits(topic['remote.copy.lag.ms'], 'medium'),
  'log.cleaner.enable': key(bool(true), 'medium', 'Whether compaction runs at all.'),
  'log.cleaner.backoff.ms': key(
    long(15 * secondMs, atLeast(0)),
    'medium',
    'How long compaction rests when there is nothing to do. Milliseconds.',
    'cluster-wide',
  ),
  'log.cleaner.dedupe.buffer.size': key(
    long(128 * MiB),
    'medium',
    'How much memory compaction may use to remember keys. Bytes.',
    'cluster-wide',
  ),
  'log.cleaner.io.max.bytes.per.second': key(
    double('1.7976931348623157E308'),
    'medium',
    'How fast compaction may read and write, in sum. Bytes per second.',
    'cluster-wide',
  ),
  'log.cleaner.delete.retention.ms': inherits(topic['delete.retention.ms'], 'medium'),
  'log.cleaner.min.cleanable.ratio': inherits(topic['min.cleanable.dirty.ratio'], 'medium'),
  'log.cleaner.min.compaction.lag.ms': inherits(topic['min.compaction.lag.ms'], 'medium'),
  'log.cleaner.max.compaction.lag.ms': inherits(topic['max.compaction.lag.ms'], 'medium'),
} as const satisfies BrokerTable
