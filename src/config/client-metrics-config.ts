// The keys of a client metrics subscription (KIP-714): which clients push which metrics, how often.
import { minuteMs, hourMs } from '../base/units.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { configProblem, type ConfigKind } from './entry.ts'
import { int, list } from './kinds.ts'

const intervalMinMs = 100
const intervalMaxMs = hourMs
const matchNames = [
  'client_instance_id',
  'client_id',
  'client_software_name',
  'client_software_version',
  'client_source_address',
  'client_source_port',
]

/** Every key of a subscription. interval.ms: ms between pushes, 100 to an hour. */
export const clientMetricsTable: Readonly<Record<string, ConfigKind<unknown>>> = {
  'interval.ms': int(5 * minuteMs),
  match: list(''),
  metrics: list(''),
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
  const wrong = patterns.find((pattern) => pattern !== '' && !isPattern(pattern))
  if (wrong === undefined) return null
  const message = `Illegal client matching pattern: ${wrong}`
  return { error: 'INVALID_CONFIG' as const, message }
}

/** `name=regular expression` */
function isPattern(pattern: string): boolean {
  const [name, expression, ...rest] = pattern.split('=').map((part) => part.trim())
  if (name === undefined || expression === undefined || rest.length > 0) return false
  return matchNames.includes(name) && isRegularExpression(expression)
}

function isRegularExpression(text: string): boolean {
  try {
    return new RegExp(text).source !== ''
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}
