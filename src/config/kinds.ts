// The types that a configuration value can have, read as Kafka reads them: blanks around a value
// are dropped, numbers are Java's, an unknown word is refused with the reason that Kafka gives.
import type { ConfigKind, ConfigType, Parsed } from './entry.ts'

/**
 * Kafka's Long.MAX_VALUE, which it uses for "no limit". Kept as text: our numbers are exact to
 * 2^53 only.
 */
export const longMax = '9223372036854775807'
const longMinDigits = '9223372036854775808'
const int32 = { min: -(2 ** 31), max: 2 ** 31 - 1 }
const int16 = { min: -(2 ** 15), max: 2 ** 15 - 1 }

/** A rule on a value beyond its type. */
export interface Check<T> {
  /** In Kafka's notation. */
  readonly text: string
  /** The reason of the refusal, or null. */
  readonly problem: (value: T) => string | null
}

/** Not less than `min`. */
export function atLeast(min: number): Check<number> {
  return {
    text: `[${min},...]`,
    problem: (value) => (value >= min ? null : `Value must be at least ${min}`),
  }
}

/** From `min` to `max`, both included. */
export function between(min: number, max: number): Check<number> {
  const problem = (value: number): string | null => {
    if (value < min) return `Value must be at least ${min}`
    return value <= max ? null : `Value must be no more than ${max}`
  }
  return { text: `[${min},...,${max}]`, problem }
}

/** From `min` to `max`, or exactly `other`. */
export function betweenOr(min: number, max: number, other: number): Check<number> {
  const reason = `Value must be between ${min} and ${max} or equal to ${other}`
  const problem = (value: number): string | null =>
    value === other || (value >= min && value <= max) ? null : reason
  return { text: `[${min},...,${max}] or ${other}`, problem }
}

/** `true` or `false` in any case. */
export function bool(fallback: boolean): ConfigKind<boolean> {
  return kind('BOOLEAN', String(fallback), fallback, null, (text) => {
    const word = text.toLowerCase()
    if (word === 'true' || word === 'false') return parsed(word === 'true', word)
    return refused('Expected value to be either true or false')
  })
}

/** A 32-bit integer. */
export function int(fallback: number, check?: Check<number>): ConfigKind<number>
export function int(fallback: null, check?: Check<number>): ConfigKind<number | null>
export function int(fallback: number | null, check?: Check<number>): ConfigKind<number | null> {
  return integer<number | null>('INT', fallback, int32, check)
}

/** A 16-bit integer. */
export function short(fallback: number, check?: Check<number>): ConfigKind<number> {
  return integer('SHORT', fallback, int16, check)
}

/**
 * A 64-bit integer: beyond 2^53 the value saturates, its text is kept. A default beyond 2^53 is
 * given as text.
 */
export function long(fallback: number | string, check?: Check<number>): ConfigKind<number>
export function long(fallback: null, check?: Check<number>): ConfigKind<number | null>
export function long(
  fallback: number | string | null,
  check?: Check<number>,
): ConfigKind<number | null> {
  const text = fallback === null ? null : String(fallback)
  const unset = text === null ? null : saturated(text)
  return kind('LONG', text, unset, check?.text ?? null, (given) => {
    const canonical = canonicalLong(given)
    if (canonical === null) return notANumber('LONG')
    const value = saturated(canonical)
    const reason = check?.problem(value) ?? null
    return reason === null ? parsed(value, canonical) : refused(reason)
  })
}

/** A floating-point number in Java's notation; NaN is refused. */
export function double(fallback: number | string, check?: Check<number>): ConfigKind<number> {
  const unset = Number(fallback)
  return kind('DOUBLE', javaDouble(unset), unset, check?.text ?? null, (text) => {
    if (!/^[+-]?(Infinity|(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[fFdD]?)$/.test(text)) {
      return notANumber('DOUBLE')
    }
    const value = Number(text.replace(/(?<=[\d.])[fFdD]$/, ''))
    const reason = check?.problem(value) ?? null
    return reason === null ? parsed(value, javaDouble(value)) : refused(reason)
  })
}

/** Any text. */
export function string(fallback: string, check?: Check<string>): ConfigKind<string>
export function string(fallback: null, check?: Check<string>): ConfigKind<string | null>
export function string(fallback: string | null, check?: Check<string>): ConfigKind<string | null> {
  return kind('STRING', fallback, fallback, check?.text ?? null, (text) => {
    const reason = check?.problem(text) ?? null
    return reason === null ? parsed(text, text) : refused(reason)
  })
}

/** Text that is not empty. */
export const nonEmptyText: Check<string> = {
  text: 'non-empty string',
  problem: (value) => (value === '' ? 'String must be non-empty' : null),
}

/** A URL of http or https. */
export const httpUrl: Check<string> = {
  text: 'http or https URL',
  problem: (value) =>
    URL.canParse(value) && /^https?:/i.test(value) ? null : 'String must be an http or https URL',
}

/** Text that may be empty. */
export const anyText: Check<string> = { text: 'non-null string', problem: () => null }

/**
 * The name of a Java class. Nothing is loaded: the text is kept so that DescribeConfigs shows it.
 */
export function javaClass(fallback: string | null): ConfigKind<string | null> {
  return kind('CLASS', fallback, fallback, null, (text) => parsed(text, text))
}

/** Kafka's authorizer, whose semantics are built in. */
export const standardAuthorizerClass = 'org.apache.kafka.metadata.authorizer.StandardAuthorizer'

/** The authorizers whose rules this broker follows, by the names of Kafka's classes. */
const authorizers: Readonly<Record<string, 'standard' | 'none'>> = {
  '': 'none',
  [standardAuthorizerClass]: 'standard',
  'kafka.security.authorizer.AclAuthorizer': 'standard',
  'kafka.security.auth.SimpleAclAuthorizer': 'standard',
}

/** The class name of an authorizer that this broker stands in for. */
export function standardAuthorizer(): ConfigKind<'standard' | 'none'> {
  return kind<'standard' | 'none'>('STRING', '', 'none', anyText.text, (text) => {
    const found = Object.hasOwn(authorizers, text) ? authorizers[text] : undefined
    if (found !== undefined) return parsed(found, text)
    return refused(`this broker runs no Java class; ${standardAuthorizerClass} is built in`)
  })
}

/** Principals, `Type:name` between semicolons. */
export function principals(): ConfigKind<ReadonlySet<string>> {
  return kind<ReadonlySet<string>>('STRING', '', new Set(), null, (text) => {
    const members = text.split(';').map((member) => member.trim())
    const given = members.filter((member) => member !== '')
    const wrong = given.find((member) => !/^[^:]+:./.test(member))
    if (wrong === undefined) return parsed(new Set(given), text)
    return refused(`expected a string in format principalType:principalName but got ${wrong}`)
  })
}

/** A secret: read, never shown. */
export function password(): ConfigKind<string | null> {
  return kind('PASSWORD', null, null, null, (text) => parsed(text, text))
}

/** One of some words, spelt exactly (Kafka's lists of words know case). */
export function oneOf<const W extends string>(fallback: W, words: readonly W[]): ConfigKind<W> {
  return kind('STRING', fallback, fallback, `[${words.join(', ')}]`, (text) => {
    const word = words.find((candidate) => candidate === text)
    if (word !== undefined) return parsed(word, word)
    return refused(`String must be one of: ${words.join(', ')}`)
  })
}

/** One of some words in any case; the text is kept as it was given. */
export function oneOfAnyCase(fallback: string, words: readonly string[]): ConfigKind<string> {
  const allowed = `(case insensitive) [${words.join(', ')}]`
  return kind('STRING', fallback, fallback, allowed, (text) => {
    if (words.some((word) => word.toLowerCase() === text.toLowerCase())) return parsed(text, text)
    return refused(`String must be one of (case insensitive): ${words.join(', ')}`)
  })
}

/** Which members a list may have, and whether it may be empty. */
export interface ListRules {
  /** The only words allowed; absent: any. */
  readonly words?: readonly string[]
  readonly nonEmpty?: boolean
}

/** Words between commas; repeated ones count once, empty ones are refused. */
export function list(fallback: string, rules?: ListRules): ConfigKind<readonly string[]>
export function list(fallback: null, rules?: ListRules): ConfigKind<readonly string[] | null>
export function list(
  fallback: string | null,
  rules: ListRules = {},
): ConfigKind<readonly string[] | null> {
  const unset = fallback === null ? null : splitList(fallback)
  return kind('LIST', fallback, unset, listNotation(rules), (text) => readList(text, rules))
}

/** cleanup.policy: an empty list deletes nothing (as Kafka 4: kept for ever). */
export interface CleanupPolicy {
  readonly compact: boolean
  readonly delete: boolean
}

export function cleanupPolicy(fallback: string): ConfigKind<CleanupPolicy> {
  const words = ['compact', 'delete']
  const toPolicy = (policies: readonly string[]): CleanupPolicy => ({
    compact: policies.includes('compact'),
    delete: policies.includes('delete'),
  })
  return kind('LIST', fallback, toPolicy(splitList(fallback)), listNotation({ words }), (text) => {
    const policies = readList(text, { words })
    return policies.ok ? parsed(toPolicy(policies.value), policies.text) : policies
  })
}

/** `*`, or `partition:broker` pairs: which replicas a replication quota holds back. */
export function throttledReplicas(): ConfigKind<readonly string[]> {
  const notation = '[partitionId]:[brokerId],[partitionId]:[brokerId],...'
  return kind<readonly string[]>('LIST', '', [], notation, (text) => {
    const members = splitList(text)
    if (text === '*' || members.every((member) => /^(\d+:\d+)?$/.test(member))) {
      return parsed(members, members.join(','))
    }
    return refused(`must be the literal '*' or a list of replicas in the format ${notation}`)
  })
}

/** `host:count` pairs between commas: connection limits of single addresses. */
export function countPerHost(): ConfigKind<ReadonlyMap<string, number>> {
  return kind<ReadonlyMap<string, number>>('STRING', '', new Map(), null, (text) => {
    const counts = new Map<string, number>()
    for (const pair of splitList(text)) {
      const [, host, count] = /^(.+):(\d+)$/.exec(pair) ?? []
      if (host === undefined || count === undefined) {
        return refused(`Expected host:count pairs between commas, found "${pair}"`)
      }
      counts.set(host.replace(/^\[|\]$/g, ''), Number(count))
    }
    return parsed(counts, text)
  })
}

/** A double as Java prints it: `0.5`, `1.0`, `1.0E-5`. */
export function javaDouble(value: number): string {
  const size = Math.abs(value)
  if (!Number.isFinite(value)) return String(value)
  if (size === 0 || (size >= 1e-3 && size < 1e7)) {
    return Number.isInteger(value) ? `${value}.0` : String(value)
  }
  const [digits = '', exponent = ''] = value.toExponential().split('e')
  return `${digits.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`
}

function integer<F extends number | null>(
  type: 'INT' | 'SHORT',
  fallback: F,
  range: { readonly min: number; readonly max: number },
  check: Check<number> | undefined,
): ConfigKind<F | number> {
  const text = fallback === null ? null : String(fallback)
  return kind<F | number>(type, text, fallback, check?.text ?? null, (given) => {
    const canonical = canonicalLong(given)
    if (canonical === null) return notANumber(type)
    const value = saturated(canonical)
    if (value > range.max || value < range.min) return notANumber(type)
    const reason = check?.problem(value) ?? null
    return reason === null ? parsed(value, canonical) : refused(reason)
  })
}

/** The digits as Java prints a long, or null where Java's parser refuses them. */
function canonicalLong(text: string): string | null {
  const [, sign, digits] = /^([+-]?)0*(\d+)$/.exec(text) ?? []
  if (digits === undefined) return null
  const limit = sign === '-' ? longMinDigits : longMax
  // Digits of equal number compare as text.
  if (digits.length > limit.length) return null
  if (digits.length === limit.length && digits > limit) return null
  return sign === '-' && digits !== '0' ? `-${digits}` : digits
}

function saturated(canonical: string): number {
  const value = Number(canonical)
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, value))
}

function splitList(text: string): readonly string[] {
  return text === '' ? [] : text.split(/\s*,\s*/)
}

function readList(text: string, rules: ListRules): Parsed<readonly string[]> {
  const members = [...new Set(splitList(text))]
  if (members.includes('')) return refused('The members of the list must not be empty')
  if (rules.nonEmpty === true && members.length === 0) return refused('The list must not be empty')
  const { words } = rules
  if (words !== undefined && members.some((member) => !words.includes(member))) {
    return refused(`String must be one of: ${words.join(', ')}`)
  }
  return parsed(members, members.join(','))
}

function listNotation(rules: ListRules): string {
  if (rules.words !== undefined) return `[${rules.words.join(', ')}]`
  return rules.nonEmpty === true ? 'non-empty list' : ''
}

function kind<T>(
  type: ConfigType,
  fallback: string | null,
  unset: T,
  validValues: string | null,
  parse: (trimmed: string) => Parsed<T>,
): ConfigKind<T> {
  return { type, fallback, unset, validValues, parse: (text) => parse(text.trim()) }
}

function parsed<T>(value: T, text: string): Parsed<T> {
  return { ok: true, value, text }
}

function refused(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason }
}

function notANumber(type: ConfigType): { readonly ok: false; readonly reason: string } {
  return refused(`Not a number of type ${type}`)
}
