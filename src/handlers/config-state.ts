// What the answers about configs are made of: the configuration at start and what has been set
// since.
import type { ConfigState } from '../config/describe.ts'
import type { BrokerServices } from './context.ts'

export function configStateOf({ config, catalog }: BrokerServices): ConfigState {
  const broker = catalog.configs('broker', String(catalog.nodeId))
  return { broker: config, dynamic: { broker, cluster: catalog.configs('broker', '') } }
}
