// What one listener asks of its clients: TLS and SASL settings, each looked up behind the prefixes
// of listener and mechanism first, then plain. Pure: files are read by those who use them.
import type { ProvidedConfig, ProvidedValue } from './broker-config.ts'
import { securityTable } from './broker-security-table.ts'
import type { ValueOf } from './entry.ts'
import { isSensitive } from './entry.ts'
import { parseJaas, parseLoginFile } from './jaas.ts'
import type { JaasEntry } from './jaas.ts'
import { hiddenValue } from './refused.ts'
import type { Refusal } from './refused.ts'

export type SecurityProtocol = 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL'

/** Kafka's numbers of the protocols. */
export const securityProtocolIds: Readonly<Record<SecurityProtocol, number>> = {
  PLAINTEXT: 0,
  SSL: 1,
  SASL_PLAINTEXT: 2,
  SASL_SSL: 3,
}

/** The mechanisms that are served. */
export const saslMechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'] as const
export type SaslMechanism = (typeof saslMechanisms)[number]

/** Where keys or certificates come from: a file, or PEM text. */
export interface StoreSettings {
  readonly type: string
  readonly location: string | null
  readonly password: string | null
  /** PEM certificates in the configuration itself. */
  readonly certificates: string | null
}

export interface TlsSettings {
  readonly keyStore: StoreSettings & {
    /** The PEM key in the configuration itself. */
    readonly key: string | null
    readonly keyPassword: string | null
  }
  readonly trustStore: StoreSettings
  readonly clientAuth: 'none' | 'requested' | 'required'
  readonly protocols: readonly string[]
  readonly cipherSuites: readonly string[]
  readonly principalMappingRules: string
  /** Whether another distinguished name may take over while the broker runs. */
  readonly allowDnChanges: boolean
  /** Whether alternative names may go while the broker runs. */
  readonly allowSanChanges: boolean
}

export interface OauthSettings {
  /** Null: only unsigned tokens are accepted. */
  readonly jwksUrl: string | null
  readonly refreshMs: number
  readonly retryBackoffMs: number
  readonly retryBackoffMaxMs: number
  readonly audiences: readonly string[]
  readonly issuer: string | null
  readonly clockSkewSeconds: number
  readonly scopeClaim: string
  readonly subClaim: string
}

export interface MechanismSettings {
  /** 0: a log-in counts for ever. */
  readonly maxReauthMs: number
  readonly jaas: readonly JaasEntry[]
  readonly oauth: OauthSettings
}

export interface SaslSettings {
  /** In the order of the configuration. */
  readonly mechanisms: readonly SaslMechanism[]
  readonly byMechanism: ReadonlyMap<SaslMechanism, MechanismSettings>
  readonly receiveBytesMax: number
}

export interface ListenerSecurity {
  readonly tls: TlsSettings | null
  readonly sasl: SaslSettings | null
}

export const noSecurity: ListenerSecurity = { tls: null, sasl: null }

const unsecuredValidator =
  'org.apache.kafka.common.security.oauthbearer.internals.unsecured.OAuthBearerUnsecuredValidatorCallbackHandler'

/** The settings of the listener; what is wrong with them goes to `refusals`. */
export function listenerSecurity(
  listener: { readonly name: string; readonly securityProtocol: SecurityProtocol },
  provided: ProvidedConfig,
  refusals: Refusal[],
): ListenerSecurity {
  const settings = new Settings(provided, listener.name, refusals)
  const protocol = listener.securityProtocol
  return {
    tls: protocol.endsWith('SSL') ? tlsSettings(settings, protocol) : null,
    sasl: protocol.startsWith('SASL') ? saslSettings(settings) : null,
  }
}

type SecurityKey = keyof typeof securityTable
type SecurityValue<K extends SecurityKey> = ValueOf<(typeof securityTable)[K]>

const loginFileKey = 'ottla.jaas.config'
const serverContext = 'KafkaServer'

/** Looks keys up behind their prefixes. */
class Settings {
  /** In lower case. */
  readonly listener: string
  readonly #provided: ProvidedConfig
  readonly #prefix: string
  readonly #refusals: Refusal[]

  constructor(provided: ProvidedConfig, listenerName: string, refusals: Refusal[]) {
    this.#provided = provided
    this.listener = listenerName.toLowerCase()
    this.#prefix = listenerPrefix(listenerName)
    this.#refusals = refusals
  }

  /** A login file as it was provided. */
  get loginFile(): ProvidedValue | undefined {
    return this.#provided.get(loginFileKey)
  }

  /** The key as the user would write it for this listener. */
  name(key: string, mechanism?: string): string {
    return `${this.#prefix}${mechanism === undefined ? '' : `${mechanism.toLowerCase()}.`}${key}`
  }

  isOwn(key: SecurityKey): boolean {
    return this.#provided.has(this.name(key))
  }

  get<K extends SecurityKey>(key: K, mechanism?: string): SecurityValue<K> {
    const names =
      mechanism === undefined
        ? [this.name(key), key]
        : [this.name(key, mechanism), this.name(key), `${mechanism.toLowerCase()}.${key}`, key]
    return this.first(key, names)
  }

  /** The value of the first of `names` that was provided. */
  first<K extends SecurityKey>(key: K, names: readonly string[]): SecurityValue<K> {
    const entry = securityTable[key]
    for (const name of names) {
      const given = this.#provided.get(name)
      if (given === undefined) continue
      const outcome = entry.parse(given.value)
      // The table's own types say what the key holds.
      if (outcome.ok) return outcome.value as SecurityValue<K>
      this.refuse(name, { reason: outcome.reason, remedy: `See ${key}` })
    }
    return entry.unset as SecurityValue<K>
  }

  refuse(name: string, problem: { readonly reason: string; readonly remedy: string }): void {
    const given = this.#provided.get(name)
    const entry = securityEntry(name)
    const secret = entry === undefined || isSensitive(entry.type)
    const value = secret && given !== undefined ? hiddenValue : (given?.value ?? '')
    this.#refusals.push({ key: name, value, origin: given?.origin ?? 'not set', ...problem })
  }
}

/** `listener.name.external.` of the listener EXTERNAL. */
export function listenerPrefix(listenerName: string): string {
  return `listener.name.${listenerName.toLowerCase()}.`
}

/** The entry that a key with the prefix of a listener, or of a listener and a mechanism, means. */
export function prefixedEntry(name: string): (typeof securityTable)[SecurityKey] | undefined {
  return name.startsWith('listener.name.') ? securityEntry(name) : undefined
}

function securityEntry(name: string): (typeof securityTable)[SecurityKey] | undefined {
  const words = name.split('.')
  const prefixLengths = name.startsWith('listener.name.') ? [3, 4] : [0, 1]
  for (const length of prefixLengths) {
    const key = words.slice(length).join('.')
    if (isSecurityKey(key)) return securityTable[key]
  }
  return undefined
}

function isSecurityKey(key: string): key is SecurityKey {
  return Object.hasOwn(securityTable, key)
}

function tlsSettings(settings: Settings, protocol: SecurityProtocol): TlsSettings {
  const saslDecides = protocol === 'SASL_SSL' && !settings.isOwn('ssl.client.auth')
  const tls: TlsSettings = {
    keyStore: {
      type: settings.get('ssl.keystore.type'),
      location: settings.get('ssl.keystore.location'),
      password: settings.get('ssl.keystore.password'),
      certificates: settings.get('ssl.keystore.certificate.chain'),
      key: settings.get('ssl.keystore.key'),
      keyPassword: settings.get('ssl.key.password'),
    },
    trustStore: {
      type: settings.get('ssl.truststore.type'),
      location: settings.get('ssl.truststore.location'),
      password: settings.get('ssl.truststore.password'),
      certificates: settings.get('ssl.truststore.certificates'),
    },
    clientAuth: saslDecides ? 'none' : settings.get('ssl.client.auth'),
    protocols: settings.get('ssl.enabled.protocols'),
    cipherSuites: settings.get('ssl.cipher.suites'),
    principalMappingRules: settings.get('ssl.principal.mapping.rules'),
    allowDnChanges: settings.get('ssl.allow.dn.changes'),
    allowSanChanges: settings.get('ssl.allow.san.changes'),
  }
  if (tls.keyStore.location === null && tls.keyStore.key === null) {
    settings.refuse(settings.name('ssl.keystore.location'), {
      reason: 'the listener speaks TLS and has no key',
      remedy:
        'Name a key store, or set ssl.keystore.type=PEM with ssl.keystore.key and ssl.keystore.certificate.chain; ottla dev-certs DIR makes one for trying out',
    })
  }
  return tls
}

function saslSettings(settings: Settings): SaslSettings {
  const mechanisms: SaslMechanism[] = []
  for (const name of settings.get('sasl.enabled.mechanisms')) {
    const mechanism = saslMechanisms.find((served) => served === name)
    if (mechanism !== undefined) mechanisms.push(mechanism)
    else settings.refuse('sasl.enabled.mechanisms', unservedMechanism(name))
  }
  return {
    mechanisms,
    byMechanism: new Map(mechanisms.map((name) => [name, mechanismSettings(settings, name)])),
    receiveBytesMax: settings.get('sasl.server.max.receive.size'),
  }
}

function unservedMechanism(name: string): { reason: string; remedy: string } {
  const remedy = `Set sasl.enabled.mechanisms to some of ${saslMechanisms.join(', ')}`
  const reason =
    name === 'GSSAPI'
      ? 'GSSAPI (Kerberos), Kafka’s default, is not served'
      : `the mechanism ${name} is not served`
  return { reason, remedy }
}

function mechanismSettings(settings: Settings, mechanism: SaslMechanism): MechanismSettings {
  const jaas = jaasEntries(settings, mechanism)
  if (mechanism === 'PLAIN' && jaas.length === 0) {
    const { loginFile } = settings
    const place = loginFile === undefined ? '' : `; there are none in ${loginFile.origin}`
    settings.refuse(settings.name('sasl.jaas.config', mechanism), {
      reason: `PLAIN is enabled and has no users${place}`,
      remedy:
        'Set it to org.apache.kafka.common.security.plain.PlainLoginModule required user_alice="<password>";',
    })
  }
  const oauth: OauthSettings = {
    jwksUrl: settings.get('sasl.oauthbearer.jwks.endpoint.url', mechanism),
    refreshMs: settings.get('sasl.oauthbearer.jwks.endpoint.refresh.ms', mechanism),
    retryBackoffMs: settings.get('sasl.oauthbearer.jwks.endpoint.retry.backoff.ms', mechanism),
    retryBackoffMaxMs: settings.get(
      'sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms',
      mechanism,
    ),
    audiences: settings.get('sasl.oauthbearer.expected.audience', mechanism),
    issuer: settings.get('sasl.oauthbearer.expected.issuer', mechanism),
    clockSkewSeconds: settings.get('sasl.oauthbearer.clock.skew.seconds', mechanism),
    scopeClaim: settings.get('sasl.oauthbearer.scope.claim.name', mechanism),
    subClaim: settings.get('sasl.oauthbearer.sub.claim.name', mechanism),
  }
  if (mechanism === 'OAUTHBEARER' && oauth.jwksUrl === null && !acceptsUnsigned(settings, jaas)) {
    settings.refuse('sasl.oauthbearer.jwks.endpoint.url', {
      reason: 'OAUTHBEARER is enabled, and there are no keys to check tokens with',
      remedy: `Name a JSON Web Key Set, or accept unsigned tokens (for trying out) by ${settings.name('sasl.server.callback.handler.class', mechanism)}=${unsecuredValidator}`,
    })
  }
  return { maxReauthMs: settings.get('connections.max.reauth.ms', mechanism), jaas, oauth }
}

/** Only with the prefix of listener and mechanism, as in Kafka; else what the login file says. */
function jaasEntries(settings: Settings, mechanism: SaslMechanism): readonly JaasEntry[] {
  const name = settings.name('sasl.jaas.config', mechanism)
  const text = settings.first('sasl.jaas.config', [name])
  if (text === null) return loginFileEntries(settings)
  const outcome = parseJaas(text)
  if (outcome.ok) return outcome.entries
  const remedy = 'Write: <module class> required name="value" name="value";'
  settings.refuse(name, { reason: outcome.reason, remedy })
  return []
}

/** Of the listener's own context, or of the one for all. */
function loginFileEntries(settings: Settings): readonly JaasEntry[] {
  const { loginFile } = settings
  if (loginFile === undefined) return []
  const outcome = parseLoginFile(loginFile.value)
  if (!outcome.ok) {
    const remedy = 'Write: KafkaServer { <module class> required name="value"; };'
    settings.refuse(loginFileKey, { reason: outcome.reason, remedy })
    return []
  }
  const { contexts } = outcome
  return contexts.get(`${settings.listener}.${serverContext}`) ?? contexts.get(serverContext) ?? []
}

/** Asked for by Kafka's class, or by the options that its unsecured log-in takes. */
function acceptsUnsigned(settings: Settings, jaas: readonly JaasEntry[]): boolean {
  const handler = settings.get('sasl.server.callback.handler.class', 'OAUTHBEARER')
  if (handler !== null) return handler === unsecuredValidator
  return jaas.some(({ options }) => [...options.keys()].some((name) => /^unsecured/.test(name)))
}
