// What the durability setting keeps, in a line for people: printed at every start.
import type { BrokerConfig } from '../config/broker-config.ts'
import { unreachable } from '../base/assert.ts'

type DurabilityConfig = Pick<BrokerConfig, 'ottlaDurability' | 'ottlaDurabilityIntervalMs'>

/** What a killed process and a power failure cost with `ottla.durability` as it is. */
export function describeDurability(config: DurabilityConfig): string {
  const killed = 'acknowledged records survive a killed process'
  switch (config.ottlaDurability) {
    case 'interval':
      return `${killed}; a power failure costs at most the last ${config.ottlaDurabilityIntervalMs} ms, and what is just being synced`
    case 'fsync':
      return `${killed}, and with acks=all a power failure`
    case 'os':
      return `${killed}; a power failure costs what the system has not written yet`
    default:
      return unreachable(config.ottlaDurability)
  }
}
