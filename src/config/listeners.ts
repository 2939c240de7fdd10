// Listener strings, as Kafka writes them: NAME://host:port between commas, names mapped to
// protocols. Decides where to bind and what to advertise; opens nothing.

import type { ListenerLimits } from './listener-limits.ts'
import type { ListenerSecurity, SecurityProtocol } from './listener-security.ts'

/** A listener to open. */
export interface Listener extends ListenerPlace {
  readonly security: ListenerSecurity
  readonly limits: ListenerLimits
}

/** Where a listener is bound, and what it speaks. */
export interface ListenerPlace {
  readonly name: string
  readonly securityProtocol: SecurityProtocol
  /**
   * Addresses to bind, in this order, all on the same port (with port 0: on the one that the first
   * gets). An IPv6 address is bound for IPv6 only; one that the machine does not have is skipped
   * unless it is the only one.
   */
  readonly hosts: readonly string[]
  /** 0: any free port. */
  readonly port: number
  /** As it was configured. */
  readonly text: string
}

/** What the clients of the listener called `name` are told. */
export interface AdvertisedListener {
  readonly name: string
  readonly host: string
  readonly port: number
}

/** The settings that decide about listeners. */
export interface ListenerSettings {
  readonly listeners: readonly string[]
  /** null: not set, each client is told the address that it came by. */
  readonly advertised: readonly string[] | null
  readonly protocolMap: string
  readonly controllerNames: readonly string[]
}

export type ListenerKey = 'listeners' | 'advertised.listeners' | 'listener.security.protocol.map'

export interface ListenerProblem {
  readonly key: ListenerKey
  readonly reason: string
  readonly remedy: string
}

export interface ListenerPlan {
  readonly listeners: readonly ListenerPlace[]
  readonly advertised: readonly AdvertisedListener[] | null
  /** Listeners that only KRaft's controllers would use: not opened. */
  readonly controllerOnly: readonly string[]
}

const loopbacks = ['127.0.0.1', '::1'] as const
const everyInterface = ['0.0.0.0', '::'] as const
const portMax = 65535
const example = 'Write for example listeners=PLAINTEXT://localhost:9092'

/** What to open and what to advertise, or the first thing that is wrong. */
export function planListeners(settings: ListenerSettings): ListenerPlan | ListenerProblem {
  const protocols = protocolsByName(settings.protocolMap)
  if (!(protocols instanceof Map)) return protocols
  const controllers = new Set(settings.controllerNames.map((name) => name.toUpperCase()))
  const listeners: ListenerPlace[] = []
  const controllerOnly: string[] = []
  for (const text of settings.listeners) {
    const endpoint = readEndpoint(text, 'listeners')
    if ('reason' in endpoint) return endpoint
    if (controllers.has(endpoint.name)) {
      controllerOnly.push(text)
      continue
    }
    const protocol = protocols.get(endpoint.name)
    if (protocol === undefined || !isSecurityProtocol(protocol)) {
      return unservedProtocol(endpoint.name, protocol)
    }
    const { name, host, port } = endpoint
    listeners.push({ name, securityProtocol: protocol, hosts: bindAddresses(host), port, text })
  }
  const conflict = conflictAmong(listeners)
  if (conflict !== null) return conflict
  const advertised = readAdvertised(settings.advertised, { controllers, listeners })
  if (advertised !== null && 'reason' in advertised) return advertised
  return { listeners, advertised, controllerOnly }
}

/**
 * `listeners` for a container that only says what to advertise: the same names and ports on every
 * interface.
 */
export function listenersFromAdvertised(advertised: string): string {
  return advertised.replace(/:\/\/(\[[^\]]*\]|[^:,]*):/g, '://0.0.0.0:')
}

/** An address that answers HTTP alone. */
export interface HttpListener {
  readonly hosts: readonly string[]
  /** 0: any free port. */
  readonly port: number
  readonly text: string
}

/** What ottla.http.listeners names, or the first thing that is wrong with it. */
export function planHttpListeners(
  texts: readonly string[],
): readonly HttpListener[] | { readonly reason: string; readonly remedy: string } {
  const listeners: HttpListener[] = []
  for (const text of texts) {
    const endpoint = readEndpoint(text.replace(/\/$/, ''), 'listeners')
    if ('reason' in endpoint || endpoint.name !== 'HTTP') {
      const remedy = 'Write for example ottla.http.listeners=http://127.0.0.1:8080'
      return { reason: `"${text}" is not http://host:port`, remedy }
    }
    listeners.push({ hosts: bindAddresses(endpoint.host), port: endpoint.port, text })
  }
  return listeners
}

interface Endpoint {
  readonly name: string
  readonly host: string
  readonly port: number
}

function readEndpoint(text: string, key: ListenerKey): Endpoint | ListenerProblem {
  const [, name, bracketed, plain, digits] =
    /^([A-Za-z0-9_-]*):\/\/(?:\[([0-9A-Fa-f:.%a-zA-Z]*)\]|([0-9a-zA-Z\-._]*)):(\d+)$/.exec(text) ??
    []
  if (name === undefined || digits === undefined) {
    const reason = `"${text}" is not NAME://host:port (an IPv6 address stands in brackets)`
    return { key, reason, remedy: example }
  }
  const port = Number(digits)
  if (port > portMax) {
    return { key, reason: `the port ${port} of "${text}" is above ${portMax}`, remedy: example }
  }
  return {
    name: name === '' ? 'PLAINTEXT' : name.toUpperCase(),
    host: bracketed ?? plain ?? '',
    port,
  }
}

function bindAddresses(host: string): readonly string[] {
  if (host === '') return everyInterface
  return host === 'localhost' ? loopbacks : [host]
}

function conflictAmong(listeners: readonly ListenerPlace[]): ListenerProblem | null {
  if (listeners.length === 0) {
    return {
      key: 'listeners',
      reason: 'there is no listener for clients (controller listeners do not count)',
      remedy: example,
    }
  }
  const names = new Set<string>()
  const addresses = new Set<string>()
  for (const { name, hosts, port } of listeners) {
    if (names.has(name)) {
      const remedy =
        'Give each listener a name of its own and map it in listener.security.protocol.map'
      return { key: 'listeners', reason: `two listeners are called ${name}`, remedy }
    }
    names.add(name)
    for (const host of port === 0 ? [] : hosts) {
      const address = `${host}:${port}`
      if (addresses.has(address)) {
        const remedy = 'Give each listener a port of its own'
        return { key: 'listeners', reason: `two listeners want the address ${address}`, remedy }
      }
      addresses.add(address)
    }
  }
  return null
}

function readAdvertised(
  texts: readonly string[] | null,
  opened: {
    readonly controllers: ReadonlySet<string>
    readonly listeners: readonly ListenerPlace[]
  },
): readonly AdvertisedListener[] | ListenerProblem | null {
  if (texts === null) return null
  const key = 'advertised.listeners'
  const advertised: AdvertisedListener[] = []
  for (const text of texts) {
    const endpoint = readEndpoint(text, key)
    if ('reason' in endpoint) return endpoint
    if (opened.controllers.has(endpoint.name)) continue
    const remedy = 'Name an address that clients can reach, or leave the key out'
    if (endpoint.host === '' || endpoint.host === '0.0.0.0' || endpoint.host === '::') {
      return { key, reason: `clients cannot connect to the address of "${text}"`, remedy }
    }
    if (!opened.listeners.some((listener) => listener.name === endpoint.name)) {
      const names = opened.listeners.map((listener) => listener.name).join(', ')
      const reason = `there is no listener called ${endpoint.name} (there is ${names})`
      return { key, reason, remedy: 'Use the names of the key listeners' }
    }
    advertised.push({ name: endpoint.name, host: endpoint.host, port: endpoint.port })
  }
  return advertised.length === 0 ? null : advertised
}

function protocolsByName(map: string): Map<string, string> | ListenerProblem {
  const protocols = new Map<string, string>()
  for (const pair of map.split(',').filter((text) => text.trim() !== '')) {
    const [, name, protocol] = /^\s*([A-Za-z0-9_-]+)\s*:\s*([A-Za-z_]+)\s*$/.exec(pair) ?? []
    if (name === undefined || protocol === undefined) {
      const reason = `"${pair.trim()}" is not NAME:PROTOCOL`
      const remedy = 'Write for example PLAINTEXT:PLAINTEXT,EXTERNAL:PLAINTEXT'
      return { key: 'listener.security.protocol.map', reason, remedy }
    }
    protocols.set(name.toUpperCase(), protocol.toUpperCase())
  }
  return protocols
}

function unservedProtocol(name: string, protocol: string | undefined): ListenerProblem {
  if (protocol === undefined) {
    return {
      key: 'listener.security.protocol.map',
      reason: `the listener ${name} has no protocol`,
      remedy: `Add ${name}:PLAINTEXT to listener.security.protocol.map`,
    }
  }
  return {
    key: 'listener.security.protocol.map',
    reason: `the listener ${name} speaks ${protocol}, which is no protocol of Kafka’s`,
    remedy: `Map ${name} to one of ${securityProtocols.join(', ')}`,
  }
}

const securityProtocols: readonly SecurityProtocol[] = [
  'PLAINTEXT',
  'SSL',
  'SASL_PLAINTEXT',
  'SASL_SSL',
]

function isSecurityProtocol(name: string): name is SecurityProtocol {
  return securityProtocols.some((protocol) => protocol === name)
}
