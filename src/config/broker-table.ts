// Every broker key that Ottla obeys: type, default, valid values, importance, when a change takes
// effect, meaning. Keys of Kafka that one node does not need are in broker-known.ts.
import { authorizerTable } from './authorizer-table.ts'
import { coordinatorTable } from './broker-coordinator-table.ts'
import type { BrokerTable } from './broker-key.ts'
import { logTable } from './broker-log-table.ts'
import { securityTable } from './broker-security-table.ts'
import { networkTable } from './broker-network-table.ts'
import { shareTable } from './broker-share-table.ts'
import { streamsTable } from './broker-streams-table.ts'
import { ottlaTable } from './ottla-table.ts'

/** Every key that Ottla obeys. */
export const brokerConfigTable = {
  ...networkTable,
  ...securityTable,
  ...logTable,
  ...coordinatorTable,
  ...authorizerTable,
  ...shareTable,
  ...streamsTable,
  ...ottlaTable,
} as const satisfies BrokerTable

/** The tables as README shows them. */
export const brokerConfigChapters = [
  { title: 'Listeners and network', table: networkTable },
  { title: 'Security: TLS, SASL and tokens', table: securityTable },
  { title: 'Topics and logs', table: logTable },
  { title: 'Groups, offsets, producers and transactions', table: coordinatorTable },
  { title: 'Authorization', table: authorizerTable },
  { title: 'Share groups', table: shareTable },
  { title: 'Streams groups', table: streamsTable },
  { title: 'Ottla’s own', table: ottlaTable },
] as const
