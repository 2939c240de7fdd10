// `ottla health`: does the broker of this configuration answer? For the health checks of containers
// and service managers.
import type { BrokerConfig } from '../config/broker-config.ts'
import type { ListenerPlace } from '../config/listeners.ts'
import { loadConfig } from '../config/load.ts'
import { ConfigRefused } from '../config/refused.ts'
import type { ProbeTarget } from '../network/probe.ts'
import type { ExplainHost } from './config.ts'
import type { HealthCommand } from './flags.ts'
import { readSources } from './read-sources.ts'

export interface HealthHost extends ExplainHost {
  /** Null when a broker answers there, otherwise why not. */
  readonly probe: (target: ProbeTarget) => Promise<string | null>
}

/** The exit code: 0 when every listener answers. */
export async function health(command: HealthCommand, host: HealthHost): Promise<number> {
  try {
    const { config } = loadConfig(readSources(command, host))
    for (const target of probeTargets(config)) {
      const reason = await host.probe(target)
      const address = `${target.host}:${target.port}`
      if (reason !== null) {
        host.writeError(`ottla: ${address} does not answer: ${reason}\n`)
        return 1
      }
      host.writeOut(`${address} answers\n`)
    }
    return 0
  } catch (error) {
    if (!(error instanceof ConfigRefused)) throw error
    host.writeError(`ottla: ${error.message}\n`)
    return 1
  }
}

/** Where this machine reaches the listeners. Port 0 is known to the running broker only. */
export function probeTargets(config: Pick<BrokerConfig, 'listeners'>): readonly ProbeTarget[] {
  return config.listeners
    .filter(({ port }) => port !== 0)
    .map((listener) => ({
      host: reachableHost(listener),
      port: listener.port,
      tls: listener.securityProtocol.endsWith('SSL'),
    }))
}

function reachableHost({ hosts }: ListenerPlace): string {
  const host = hosts[0] ?? '127.0.0.1'
  if (host === '0.0.0.0') return '127.0.0.1'
  return host === '::' ? '::1' : host
}
