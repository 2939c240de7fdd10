// The settings of a client under Kafka's names, from `--command-config` files and `--command-property` flags.
import { parseProperties } from '../config/properties.ts'
import { ClientConfigRefused, clientSecurity, type ClientSecurity } from './client-security.ts'
import type { Address } from './connection.ts'

export { ClientConfigRefused } from './client-security.ts'

/** Keys and values in the order in which they were given; the last one counts. */
export type Properties = ReadonlyMap<string, string>

export interface ClientConfig {
  /** `bootstrap.servers`. */
  readonly bootstrap: readonly Address[]
  /** `client.id`. */
  readonly clientId: string
  /** `request.timeout.ms`. */
  readonly requestTimeoutMs: number
  /** `default.api.timeout.ms`: how long a call is tried again. */
  readonly apiTimeoutMs: number
  /** `retry.backoff.ms`. */
  readonly retryBackoffMs: number
  /** `socket.connection.setup.timeout.ms`. */
  readonly setupTimeoutMs: number
  /** `security.protocol` and what belongs to it; null: PLAINTEXT. */
  readonly security: ClientSecurity | null
}

const defaultPort = 9092

/** The properties in the text of a file. */
export function propertiesOf(text: string): Map<string, string> {
  return new Map(parseProperties(text).map(({ key, value }) => [key, value]))
}

/** Where `bootstrap.servers` points: `host:port,[::1]:port`. @throws ClientConfigRefused */
export function parseBootstrap(list: string): readonly Address[] {
  const addresses = list
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const [, host, port] = /^(?:[A-Z_]+:\/\/)?(\[[^\]]+\]|[^\s:]+):(\d+)$/i.exec(part) ?? []
      if (host === undefined || Number(port) > 65535) {
        throw new ClientConfigRefused(`Invalid url in bootstrap.servers: ${part}`)
      }
      return { host: host.replace(/^\[|\]$/g, ''), port: Number(port ?? defaultPort) }
    })
  if (addresses.length === 0) {
    throw new ClientConfigRefused('No resolvable bootstrap urls given in bootstrap.servers')
  }
  return addresses
}

/** The settings in `properties`. @throws ClientConfigRefused for what this client cannot do or read. */
export function clientConfig(properties: Properties, defaults: { clientId: string }): ClientConfig {
  return {
    bootstrap: parseBootstrap(properties.get('bootstrap.servers') ?? ''),
    clientId: properties.get('client.id') ?? defaults.clientId,
    requestTimeoutMs: numberIn(properties, 'request.timeout.ms', 30_000),
    apiTimeoutMs: numberIn(properties, 'default.api.timeout.ms', 60_000),
    retryBackoffMs: numberIn(properties, 'retry.backoff.ms', 100),
    setupTimeoutMs: numberIn(properties, 'socket.connection.setup.timeout.ms', 10_000),
    security: clientSecurity(properties),
  }
}

/** A whole number among the properties. @throws ClientConfigRefused */
export function numberIn(properties: Properties, key: string, fallback: number): number {
  const text = properties.get(key)
  if (text === undefined) return fallback
  if (!/^-?\d+$/.test(text.trim())) {
    throw new ClientConfigRefused(`Invalid value ${text} for configuration ${key}: Not a number`)
  }
  return Number(text)
}

/** `true` or `false` among the properties. @throws ClientConfigRefused */
export function booleanIn(properties: Properties, key: string, fallback: boolean): boolean {
  const text = properties.get(key)?.trim().toLowerCase()
  if (text === undefined) return fallback
  if (text !== 'true' && text !== 'false') {
    throw new ClientConfigRefused(
      `Invalid value ${text} for configuration ${key}: Expected value to be either true or false`,
    )
  }
  return text === 'true'
}
