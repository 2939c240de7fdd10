// The keys of a client metrics subscription (KIP-714): which clients push which metrics, how often.
import { compilePattern, PatternRefused } from '../base/pattern.ts'
import { minuteMs, hourMs } from '../base/units.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { configProblem, type ConfigKind } from './entry.ts'
import { int, list } from './kinds.ts'

const intervalMinMs = 100
const intervalMaxMs = hourMs
/** Between pushes of a client that no subscription fits. */
export const pushIntervalDefaultMs = 5 * minuteMs

const clientAttributes = [
  'client_instance_id',
  'client_id',
  'client_software_name',
  'client_software_version',
  'client_source_address',
  'client_source_port',
] as const

/** What a subscription may match clients by. */
export type ClientAttribute = (typeof clientAttributes)[number]

const subscriptionKinds = {
  'interval.ms': int(pushIntervalDefaultMs),
  match: list(''),
  metrics: list(''),
}

/** Every key of a subscription. interval.ms: ms between pushes, 100 to an hour. */
export const clientMetricsTable: Readonly<Record<string, ConfigKind<unknown>>> = subscriptionKinds

/** A subscription's settings. */
export interface ClientMetrics {
  readonly intervalMs: number
  readonly metrics: readonly string[]
  /** Regular expressions (RE2's syntax) that whole values have to fit. */
  readonly match: ReadonlyMap<ClientAttribute, string>
}

/** The settings that valid values stand for. */
export function clientMetricsOf(values: ReadonlyMap<string, string>): ClientMetrics {
  const match = new Map<ClientAttribute, string>()
  for (const text of valueOf(subscriptionKinds.match, values.get('match'))) {
    const pattern = patternOf(text)
    if (pattern !== null) match.set(pattern.attribute, pattern.expression)
  }
  return {
    intervalMs: valueOf(subscriptionKinds['interval.ms'], values.get('interval.ms')),
    metrics: valueOf(subscriptionKinds.metrics, values.get('metrics')),
    match,
  }
}

function valueOf<Value>(kind: ConfigKind<Value>, text: string | undefined): Value {
  if (text === undefined) return kind.unset
  const outcome = kind.parse(text)
  return outcome.ok ? outcome.value : kind.unset
}

/** Why a subscription cannot have this whole set of values, or null. */
export function validateClientMetrics(
  values: ReadonlyMap<string, string>,
): { readonly error: ErrorName; readonly message: string } | null {
  for (const name of values.keys()) {
    if (Object.hasOwn(clientMetricsTable, name)) continue
    return { error: 'INVALID_REQUEST', message: `Unknown client metrics configuration: ${name}` }
  }
  for (const [name, value] of values) {
    const outcome = clientMetricsTable[name]?.parse(value)
    if (outcome?.ok === false) {
      const { message } = configProblem(name, value, outcome.reason)
      return { error: 'INVALID_CONFIG', message }
    }
  }
  return intervalProblem(values.get('interval.ms')) ?? matchProblem(values.get('match') ?? '')
}

function intervalProblem(text: string | undefined) {
  const interval = Number(text)
  if (text === undefined || (interval >= intervalMinMs && interval <= intervalMaxMs)) return null
  const range = `between ${intervalMinMs} and ${intervalMaxMs} (1 hour)`
  const message = `Invalid value ${text} for interval.ms, interval must be ${range}`
  return { error: 'INVALID_REQUEST' as const, message }
}

function matchProblem(text: string) {
  const patterns = text.split(',').map((pattern) => pattern.trim())
  const wrong = patterns.find((pattern) => pattern !== '' && patternOf(pattern) === null)
  if (wrong === undefined) return null
  const message = `Illegal client matching pattern: ${wrong}`
  return { error: 'INVALID_CONFIG' as const, message }
}

/** Reads `attribute=regular expression`; null where it is none. */
function patternOf(
  text: string,
): { readonly attribute: ClientAttribute; readonly expression: string } | null {
  const [name, expression, ...rest] = text.split('=').map((part) => part.trim())
  const attribute = clientAttributes.find((known) => known === name)
  if (attribute === undefined || expression === undefined || rest.length > 0) return null
  return isRegularExpression(expression) ? { attribute, expression } : null
}

/** In RE2's syntax, which takes no longer than the value is long; Kafka's is Java's. */
function isRegularExpression(text: string): boolean {
  try {
    compilePattern(text)
    return true
  } catch (error) {
    if (error instanceof PatternRefused) return false
    throw error
  }
}
