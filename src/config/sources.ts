// Where configuration comes from: server.properties, the environment in the dialects of the
// container images, --override. Later ones win: file, environment, override. The only module that
// reads process.env.
import type { ProvidedConfig, ProvidedValue } from './broker-config.ts'
import { listenersFromAdvertised } from './listeners.ts'
import { parseProperties } from './properties.ts'
import { ConfigRefused } from './refused.ts'

/** What the environment names as Java's login file, and where that is. */
export interface LoginFile {
  readonly origin: string
  readonly text: string
}

/** What a start was given. */
export interface ConfigSources {
  /** server.properties: its path (for messages) and its text. */
  readonly file: { readonly path: string; readonly text: string } | null
  /** Empty where it cannot be read; its origin says why. */
  readonly loginFile?: LoginFile | null
  readonly environment: Readonly<Record<string, string | undefined>>
  /** `key=value` each. */
  readonly overrides: readonly string[]
}

/** The environment of this process. */
export function processEnvironment(): Readonly<Record<string, string | undefined>> {
  return process.env
}

/**
 * Everything that was set, the later source in place of the earlier. @throws ConfigRefused for an
 * override without `=`
 */
export function provide(sources: ConfigSources): ProvidedConfig {
  const provided = new Map<string, ProvidedValue>()
  if (sources.loginFile) {
    const { origin, text } = sources.loginFile
    provided.set('ottla.jaas.config', { value: text, origin })
  }
  if (sources.file !== null) {
    const { path, text } = sources.file
    for (const { key, value, line } of parseProperties(text)) {
      provided.set(key, { value, origin: `${path} line ${line}` })
    }
  }
  for (const [key, value] of environmentSettings(sources.environment)) provided.set(key, value)
  for (const override of sources.overrides) {
    const [key, value] = splitOverride(override)
    provided.set(key, { value, origin: '--override' })
  }
  return withDerivedListeners(provided)
}

/** The path of Java's login file, if `environment` names one for the broker as Kafka's scripts take it. */
export function loginFilePath(environment: ConfigSources['environment']): string | null {
  const found = /(?:^|\s)-Djava\.security\.auth\.login\.config==?(\S+)/.exec(
    environment['KAFKA_OPTS'] ?? '',
  )
  return found?.[1]?.replace(/^(["'])(.*)\1$/, '$2') ?? null
}

/** Variables that ask the images for something about logins and certificates. */
const imageSecurity: readonly RegExp[] = [
  /^KAFKA_SSL_[A-Z]+_(FILENAME|CREDENTIALS)$/,
  /^KAFKA_(TLS|ZOOKEEPER_TLS)_|^KAFKA_CERTIFICATE_PASSWORD$/,
  /^KAFKA_(CLIENT|BROKER|INTER_BROKER|CONTROLLER)_(USERS?|PASSWORDS?)$/,
  /^KAFKA_KRAFT_BOOTSTRAP_SCRAM_USERS$/,
]

/** Variables of Java and of the images' scripts: nothing is lost without them. */
const imageOnly: readonly RegExp[] = [
  /^KAFKA_(OPTS|HEAP_OPTS|GC_LOG_OPTS|CLASSPATH|DEBUG)$/,
  /^KAFKA_(JMX|JVM|LOG4J|TOOLS_LOG4J|EXTRA)_/,
  /^KAFKA_(CLIENT_LISTENER(_NAME)?|ENABLE_KRAFT|SKIP_KRAFT_STORAGE_INIT)$/,
  /^KAFKA_ZOOKEEPER_(PROTOCOL|USER|PASSWORD)$/,
  /^(KAFKA_)?ALLOW_(PLAINTEXT_LISTENER|ANONYMOUS_LOGIN)$/,
  /^(ZOOKEEPER|CONFLUENT)_[A-Z_]+$|^(JMX_PORT|BITNAMI_DEBUG)$/,
]

/** Variables of an image's own build, of clients and of Kubernetes' services: nobody asks for anything. */
const elsewhere: readonly RegExp[] = [
  /^KAFKA_(VERSION|SCALA_VERSION|HOME|KRAFT_CLUSTER_ID)$/,
  /^KAFKA_(USER|DATA_DIR|VOLUME_DIR|MOUNTED_CONF_DIR|CONF_DIR|CONF_FILE|DAEMON_(USER|GROUP))$/,
  /^KAFKA_((PORT|SERVICE)(_.*)?|BROKERS?|BOOTSTRAP_SERVERS?|URL)$/,
]

const notConfiguration: readonly RegExp[] = [...imageSecurity, ...imageOnly, ...elsewhere]

/** Variables of the container images that are set and mean nothing to this broker, sorted. */
export interface IgnoredVariables {
  readonly security: readonly string[]
  readonly other: readonly string[]
}

/** What `environment` asks of the container images' scripts and does not get here. */
export function ignoredVariables(environment: ConfigSources['environment']): IgnoredVariables {
  const set = Object.keys(environment)
    .filter((name) => (environment[name] ?? '') !== '')
    .sort()
  const matching = (patterns: readonly RegExp[]): readonly string[] =>
    set.filter((name) => patterns.some((pattern) => pattern.test(name)))
  const security = matching(imageSecurity)
  const understood = loginFilePath(environment) === null ? [] : ['KAFKA_OPTS']
  const told = [...security, ...understood]
  return { security, other: matching(imageOnly).filter((name) => !told.includes(name)) }
}

/** Older names that bitnami's image keeps. */
const bitnamiAliases: Readonly<Record<string, string>> = {
  KAFKA_LOGS_DIRS: 'log.dirs',
  KAFKA_SEGMENT_BYTES: 'log.segment.bytes',
  KAFKA_MAX_MESSAGE_BYTES: 'message.max.bytes',
  KAFKA_ZOOKEEPER_CONNECT_TIMEOUT_MS: 'zookeeper.connection.timeout.ms',
}

const bitnamiPrefix = 'KAFKA_CFG_'
const imagePrefix = 'KAFKA_'
const clusterIdVariables = ['KAFKA_KRAFT_CLUSTER_ID', 'CLUSTER_ID'] as const

/**
 * The settings in environment variables. `KAFKA_X_Y` (apache/kafka, confluentinc/cp-kafka): `_` is
 * a dot, `__` an underscore, `___` a dash. `KAFKA_CFG_X_Y` (bitnami): `_` is a dot, but in the
 * protocol names SASL_SSL and SASL_PLAINTEXT.
 */
function environmentSettings(
  environment: ConfigSources['environment'],
): ReadonlyMap<string, ProvidedValue> {
  const settings = new Map<string, ProvidedValue>()
  const names = Object.keys(environment).sort()
  const add = (key: string, name: string): void => {
    const value = environment[name]
    if (value !== undefined) settings.set(key, { value, origin: `environment variable ${name}` })
  }
  for (const name of clusterIdVariables) {
    if (environment[name] !== '') add('ottla.cluster.id', name)
  }
  for (const name of names) {
    if (!name.startsWith(imagePrefix) || name.startsWith(bitnamiPrefix)) continue
    if (notConfiguration.some((pattern) => pattern.test(name))) continue
    add(bitnamiAliases[name] ?? dotted(name.slice(imagePrefix.length)), name)
  }
  for (const name of names) {
    if (!name.startsWith(bitnamiPrefix)) continue
    const words = name.slice(bitnamiPrefix.length).toLowerCase()
    add(words.replaceAll('_', '.').replace(/sasl\.(ssl|plaintext)/g, 'sasl_$1'), name)
  }
  return settings
}

function dotted(words: string): string {
  const separators: Readonly<Record<string, string>> = { _: '.', __: '_', ___: '-' }
  return words.toLowerCase().replace(/_{1,3}/g, (run) => separators[run] ?? '.')
}

/**
 * advertised.listeners without listeners. From the environment, the images listen on the
 * advertised ports of every interface; otherwise Kafka listens on port 9092 of every interface.
 * Ours listens on loopback only where neither is set.
 */
function withDerivedListeners(provided: Map<string, ProvidedValue>): ProvidedConfig {
  const advertised = provided.get('advertised.listeners')
  if (advertised === undefined || advertised.value.trim() === '' || provided.has('listeners')) {
    return provided
  }
  const fromEnvironment = advertised.origin.startsWith('environment')
  const value = fromEnvironment ? listenersFromAdvertised(advertised.value) : 'PLAINTEXT://:9092'
  const origin = `derived from advertised.listeners, ${advertised.origin}`
  return provided.set('listeners', { value, origin })
}

function splitOverride(override: string): readonly [string, string] {
  const equals = override.indexOf('=')
  const key = override.slice(0, Math.max(0, equals)).trim()
  if (key !== '') return [key, override.slice(equals + 1)]
  const reason = 'it is not key=value'
  const remedy = 'Write for example --override num.partitions=3'
  throw new ConfigRefused([
    { key: '--override', value: override, origin: 'command line', reason, remedy },
  ])
}
