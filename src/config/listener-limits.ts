// How many connections one listener takes, and how fast: Kafka's keys behind the prefix of the
// listener, else those of the broker.
import type { ProvidedConfig } from './broker-config.ts'
import { networkTable } from './broker-network-table.ts'
import { listenerPrefix } from './listener-security.ts'
import type { Refusal } from './refused.ts'

export interface ListenerLimits {
  /** At one time. */
  readonly connectionsMax: number
  /** New ones per second. */
  readonly connectionRateMax: number
}

type LimitKey = 'max.connections' | 'max.connection.creation.rate'

/** The limits of the listener; what is wrong with them goes to `refusals`. */
export function listenerLimits(
  listener: { readonly name: string },
  provided: ProvidedConfig,
  refusals: Refusal[],
): ListenerLimits {
  const valueOf = (key: LimitKey): number => {
    const name = `${listenerPrefix(listener.name)}${key}`
    const given = provided.get(name) ?? provided.get(key)
    const entry = networkTable[key]
    if (given === undefined) return entry.unset
    const outcome = entry.parse(given.value)
    if (outcome.ok) return outcome.value
    const remedy = `It takes a value of type ${entry.type} ${entry.validValues ?? ''}`
    refusals.push({ key: name, ...given, reason: outcome.reason, remedy })
    return entry.unset
  }
  return {
    connectionsMax: valueOf('max.connections'),
    connectionRateMax: valueOf('max.connection.creation.rate'),
  }
}

/** The entry that such a key with a listener's prefix means. */
export function limitEntry(name: string): (typeof networkTable)[LimitKey] | undefined {
  const key = /^listener\.name\.[^.]+\.(.+)$/.exec(name)?.[1]
  if (key !== 'max.connections' && key !== 'max.connection.creation.rate') return undefined
  return networkTable[key]
}
