// Which address a client is told to connect to. Unless advertised.listeners says, it is the one
// that this client reached us by, so that neither containers nor several networks need settings.
import type { BrokerConfig } from '../config/broker-config.ts'
import type { Endpoint } from '../handlers/context.ts'
import type { Disk } from '../io/disk.ts'

/** What the broker knows of the machine it runs on. */
export interface HostFacts {
  /** True inside a container, where the gateway's address hides the real peer. */
  readonly inContainer: boolean
  /** IPv4 addresses of default gateways. */
  readonly gatewayAddresses: ReadonlySet<string>
}

/** What a connection tells of the way that its client came. */
export interface Arrival {
  readonly localAddress?: string | undefined
  readonly localPort?: number | undefined
  readonly remoteAddress?: string | undefined
  /** The name that the client asked for in the TLS handshake (SNI); null: none, or no TLS. */
  readonly serverName: string | null
}

const mappedPrefix = '::ffff:'

/** 127.0.0.1 rather than ::ffff:127.0.0.1, and no zone (%eth0). */
export function plainAddress(address: string): string {
  const unmapped = address.startsWith(mappedPrefix) ? address.slice(mappedPrefix.length) : address
  return unmapped.replace(/%.*$/, '')
}

/** The endpoint for the client that arrived so on the listener of this name. */
export function advertisedEndpoint(
  config: BrokerConfig,
  listenerName: string,
  arrival: Arrival,
  host: HostFacts,
): Endpoint {
  const configured = config.advertisedListeners?.find((listener) => listener.name === listenerName)
  if (configured !== undefined) return { host: configured.host, port: configured.port }
  const port = arrival.localPort ?? 0
  // The name is one that this client can resolve, and one that the certificate is held against.
  if (arrival.serverName !== null) return { host: arrival.serverName, port }
  const peer = plainAddress(arrival.remoteAddress ?? '')
  // Through the container's gateway comes who reached a published port of the host.
  if (host.inContainer && host.gatewayAddresses.has(peer)) return { host: 'localhost', port }
  return { host: plainAddress(arrival.localAddress ?? 'localhost'), port }
}

/** Default gateways in the text of /proc/net/route (addresses in little-endian hexadecimal). */
export function parseGateways(routeTable: string): Set<string> {
  const gateways = new Set<string>()
  for (const line of routeTable.split('\n').slice(1)) {
    const [, destination, gateway] = line.trim().split(/\s+/)
    if (destination !== '00000000' || gateway === undefined || gateway === '00000000') continue
    gateways.add([...Buffer.from(gateway, 'hex')].reverse().join('.'))
  }
  return gateways
}

const containerMarks = ['/.dockerenv', '/run/.containerenv']
const routeTablePath = '/proc/net/route'

/** What can be learnt of the machine; nothing is, where there is no /proc. */
export function readHostFacts(disk: Pick<Disk, 'exists' | 'readFile'>): HostFacts {
  const inContainer = containerMarks.some((path) => disk.exists(path))
  const gatewayAddresses =
    inContainer && disk.exists(routeTablePath)
      ? parseGateways(disk.readFile(routeTablePath).toString('latin1'))
      : new Set<string>()
  return { inContainer, gatewayAddresses }
}
