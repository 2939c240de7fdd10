// Kafka's metrics of the metadata log's quorum (KIP-595), of which this broker is the only voter.
import { clusterMetadataTopic } from '../catalog/topic-names.ts'
import type { BrokerServices } from '../handlers/context.ts'
import { constant } from './broker-metrics.ts'
import { gauge } from './metric.ts'
import type { Metric } from './metric.ts'

const raft = 'kafka_server_raftmetrics'

function ofQuorum(name: string, help: string, read: (services: BrokerServices) => number): Metric {
  return gauge(`${raft}_${name}`, help, ({ services }) => [[read(services)]])
}

function epoch({ storage }: BrokerServices): number {
  return storage.partition(clusterMetadataTopic, 0)?.leaderEpoch ?? 0
}

export const quorumMetrics: readonly Metric[] = [
  gauge(
    `${raft}_current_state`,
    'Always 1; the label says what the broker is in the quorum: its leader.',
    () => [[1, 'leader']],
    ['current_state'],
  ),
  ofQuorum(
    'current_leader',
    'The id of the leader: this broker.',
    (broker) => broker.catalog.nodeId,
  ),
  ofQuorum('current_vote', 'The id that this broker voted for: its own.', ({ catalog }) => {
    return catalog.nodeId
  }),
  ofQuorum('current_epoch', 'The epoch of the metadata log: 1 more with every start.', epoch),
  ofQuorum('high_watermark', 'Metadata records that are committed: all.', ({ catalog }) => {
    return catalog.lastOffset + 1
  }),
  ofQuorum('log_end_offset', 'The offset that the next metadata record gets.', ({ catalog }) => {
    return catalog.lastOffset + 1
  }),
  ofQuorum('log_end_epoch', 'The epoch of the last metadata record.', epoch),
  constant(`${raft}_number_of_voters`, 'Always 1: this broker.', 1),
  constant(`${raft}_number_of_observers`, 'Always 0.', 0),
  constant(`${raft}_fetch_records_rate`, 'Always 0: there is nobody to fetch metadata from.', 0),
]
