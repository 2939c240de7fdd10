// What one configuration key is: its type, how its text is read, its default, its valid values and
// how it may change. Knows no key by name: the tables are topic-config.ts, broker-table.ts,
// broker-known.ts and group-config.ts.

/** Kafka's own type names (ConfigDef). */
export type ConfigType =
  'BOOLEAN' | 'STRING' | 'INT' | 'SHORT' | 'LONG' | 'DOUBLE' | 'LIST' | 'CLASS' | 'PASSWORD'

export type Importance = 'high' | 'medium' | 'low'

/**
 * When a new value takes effect. Kafka's three modes of a broker key (`read-only`: restart;
 * `per-broker` and `cluster-wide`: by AlterConfigs), and `live` for topic and group keys.
 */
export type UpdateMode = 'read-only' | 'per-broker' | 'cluster-wide' | 'live'

/**
 * The outcome of reading a value: exact type and canonical text (what DescribeConfigs shows), or
 * why not.
 */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T; readonly text: string }
  | { readonly ok: false; readonly reason: string }

/**
 * The type of a value with its default and its valid values: the part that Kafka calls a ConfigDef
 * key.
 */
export interface ConfigKind<T> {
  readonly type: ConfigType
  /** The default as canonical text; null: unset. */
  readonly fallback: string | null
  /** Kafka's notation, `[0,...]`; null: anything of the type. */
  readonly validValues: string | null
  readonly parse: (text: string) => Parsed<T>
  /** Holds the value of a key that is not set. */
  readonly unset: T
}

/** One key of a configuration table. */
export interface ConfigEntry<T> extends ConfigKind<T> {
  readonly importance: Importance
  readonly update: UpdateMode
  /** Meant for Kafka's own tests and tuning: obeyed, never shown by DescribeConfigs. */
  readonly internal: boolean
  /**
   * Kafka's own table of keys does not have it: DescribeConfigs says no more than that it is set.
   */
  readonly unlisted?: true
  /** In our own words, for DescribeConfigs and README. */
  readonly doc: string
}

/** The type of the value that an entry holds. */
export type ValueOf<E> = E extends ConfigKind<infer T> ? T : never

/** `log.segment.bytes` → `logSegmentBytes`: Kafka's words, our case. */
export type CamelCase<K extends string> = K extends `${infer Head}.${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : K

/** The exactly typed object that a table describes: a field per key, named in camelCase. */
export type ValuesOf<Table extends Readonly<Record<string, ConfigKind<unknown>>>> = {
  readonly [K in keyof Table & string as CamelCase<K>]: ValueOf<Table[K]>
}

const camelCaseNames = new Map<string, string>()

/** `log.segment.bytes` → `logSegmentBytes`; for keys of our tables, whose names are remembered. */
export function camelCase(key: string): string {
  const known = camelCaseNames.get(key)
  if (known !== undefined) return known
  const name = key.replace(/\.(.)/g, (_, letter: string) => letter.toUpperCase())
  camelCaseNames.set(key, name)
  return name
}

/**
 * A value that was refused: where, what, why, and all three in a sentence for errorMessage and
 * log.
 */
export interface ConfigProblem {
  readonly key: string
  readonly value: string | null
  readonly reason: string
  readonly message: string
}

export function configProblem(key: string, value: string | null, reason: string): ConfigProblem {
  const message = `Invalid value ${value ?? 'null'} for configuration ${key}: ${reason}`
  return { key, value, reason, message }
}

/** Sensitive values are never shown, logged or answered. */
export function isSensitive(type: ConfigType): boolean {
  return type === 'PASSWORD'
}
