// The topics that coordinators keep their state in: partitions and configs, made on first need.
import type { BrokerConfig } from '../config/broker-config.ts'
import { groupMetadataTopic, shareGroupStateTopic, transactionStateTopic } from './topic-names.ts'

/**
 * How an internal topic is made; replication is that of the one node whatever the config asks for.
 */
export interface InternalTopicSpec {
  readonly name: string
  readonly partitionCount: number
  readonly configs: ReadonlyMap<string, string>
}

/** Null for names that are no internal topic's. */
export function internalTopicSpec(name: string, broker: BrokerConfig): InternalTopicSpec | null {
  switch (name) {
    case groupMetadataTopic:
      return {
        name,
        partitionCount: broker.offsetsTopicNumPartitions,
        configs: compacted('producer', broker.offsetsTopicSegmentBytes),
      }
    case transactionStateTopic:
      return {
        name,
        partitionCount: broker.transactionStateLogNumPartitions,
        configs: compacted('uncompressed', broker.transactionStateLogSegmentBytes, [
          ['min.insync.replicas', '1'],
          ['unclean.leader.election.enable', 'false'],
        ]),
      }
    case shareGroupStateTopic:
      return {
        name,
        partitionCount: broker.shareCoordinatorStateTopicNumPartitions,
        // Not compacted: the coordinator deletes what newer snapshots have overtaken (KIP-932).
        configs: new Map([
          ['compression.type', 'producer'],
          ['cleanup.policy', 'delete'],
          ['segment.bytes', String(broker.shareCoordinatorStateTopicSegmentBytes)],
          ['min.insync.replicas', String(broker.shareCoordinatorStateTopicMinIsr)],
          ['retention.ms', '-1'],
        ]),
      }
    default:
      return null
  }
}

function compacted(
  compression: string,
  segmentBytes: number,
  more: readonly (readonly [string, string])[] = [],
): ReadonlyMap<string, string> {
  return new Map([
    ['compression.type', compression],
    ['cleanup.policy', 'compact'],
    ['segment.bytes', String(segmentBytes)],
    ...more,
  ])
}
