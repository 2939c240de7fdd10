// How a client proves who it is and whom it trusts: `security.protocol`, `ssl.*` and `sasl.*` under the keys
// of Java's clients. Pure: files are read by who connects.
import { parseJaas } from '../config/jaas.ts'
import { saslMechanisms } from '../config/listener-security.ts'
import type { SaslMechanism, StoreSettings, TlsSettings } from '../config/listener-security.ts'

/** The settings cannot be used; the message says which and why. */
export class ClientConfigRefused extends Error {
  override readonly name = 'ClientConfigRefused'
}

export interface ClientTls {
  /** Null: the client shows no certificate. */
  readonly keyStore: TlsSettings['keyStore'] | null
  readonly trustStore: StoreSettings
  /** False where `ssl.endpoint.identification.algorithm` is empty. */
  readonly checksHostname: boolean
}

export interface ClientSasl {
  readonly mechanism: SaslMechanism
  /** Options of the login module in `sasl.jaas.config`. */
  readonly options: ReadonlyMap<string, string>
  /** `sasl.oauthbearer.token.endpoint.url` where it names a file with the token. */
  readonly tokenFile: string | null
}

export interface ClientSecurity {
  readonly tls: ClientTls | null
  readonly sasl: ClientSasl | null
}

const protocols = {
  PLAINTEXT: { tls: false, sasl: false },
  SSL: { tls: true, sasl: false },
  SASL_PLAINTEXT: { tls: false, sasl: true },
  SASL_SSL: { tls: true, sasl: true },
} as const

type Properties = ReadonlyMap<string, string>

/** Null for PLAINTEXT. @throws ClientConfigRefused */
export function clientSecurity(properties: Properties): ClientSecurity | null {
  const name = (properties.get('security.protocol') ?? 'PLAINTEXT').trim().toUpperCase()
  const names = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const
  const known = names.find((protocol) => protocol === name)
  if (known === undefined) {
    throw new ClientConfigRefused(
      `Invalid value ${name} for configuration security.protocol: String must be one of (case insensitive): ${names.join(', ')}`,
    )
  }
  const { tls, sasl } = protocols[known]
  if (!tls && !sasl) return null
  return { tls: tls ? tlsOf(properties) : null, sasl: sasl ? saslOf(properties) : null }
}

function tlsOf(properties: Properties): ClientTls {
  const text = (key: string): string | null => {
    const value = properties.get(key)?.trim() ?? ''
    return value === '' ? null : value
  }
  const keyStore = {
    type: text('ssl.keystore.type') ?? 'JKS',
    location: text('ssl.keystore.location'),
    password: text('ssl.keystore.password'),
    certificates: text('ssl.keystore.certificate.chain'),
    key: text('ssl.keystore.key'),
    keyPassword: text('ssl.key.password'),
  }
  const algorithm = properties.get('ssl.endpoint.identification.algorithm') ?? 'https'
  return {
    keyStore: keyStore.location === null && keyStore.key === null ? null : keyStore,
    trustStore: {
      type: text('ssl.truststore.type') ?? 'JKS',
      location: text('ssl.truststore.location'),
      password: text('ssl.truststore.password'),
      certificates: text('ssl.truststore.certificates'),
    },
    checksHostname: algorithm.trim() !== '',
  }
}

function saslOf(properties: Properties): ClientSasl {
  const name = (properties.get('sasl.mechanism') ?? 'GSSAPI').trim()
  const mechanism = saslMechanisms.find((each) => each === name)
  if (mechanism === undefined) {
    throw new ClientConfigRefused(
      `sasl.mechanism=${name} is not supported by these tools: they know ${saslMechanisms.join(', ')}`,
    )
  }
  const jaas = properties.get('sasl.jaas.config')
  if (jaas === undefined && mechanism !== 'OAUTHBEARER') {
    throw new ClientConfigRefused('sasl.jaas.config is missing: it holds the user and password')
  }
  const parsed = jaas === undefined ? null : parseJaas(jaas)
  if (parsed?.ok === false) {
    throw new ClientConfigRefused(
      `Invalid value [hidden] for configuration sasl.jaas.config: ${parsed.reason}`,
    )
  }
  const [entry] = parsed?.entries ?? []
  const endpoint = properties.get('sasl.oauthbearer.token.endpoint.url')?.trim()
  return { mechanism, options: entry?.options ?? new Map(), tokenFile: fileOf(endpoint) }
}

function fileOf(url: string | undefined): string | null {
  if (url === undefined) return null
  if (url.startsWith('file:')) return decodeURIComponent(new URL(url).pathname)
  throw new ClientConfigRefused(
    'sasl.oauthbearer.token.endpoint.url: these tools take a token from a file: URL only',
  )
}
