// Whether a broker's configuration may change while it runs, as Kafka's DynamicBrokerConfig decides
// it: which keys may change, on which level, to which values, and that the whole still fits
// together. Pure.
import { brokerEntry, withDynamicConfigs } from './broker-config.ts'
import type { ConfigState } from './describe.ts'
import { effectiveText, inForce } from './describe.ts'
import { configProblem } from './entry.ts'
import { ConfigRefused } from './refused.ts'

/** `broker`: one broker's values; `cluster`: those of all brokers. */
export type DynamicLevel = 'broker' | 'cluster'

/** Sockets are bound once: Kafka rebinds, this broker says that it does not. */
const boundAtStart = ['listeners', 'listener.security.protocol.map']

/**
 * Why `state.dynamic`, as it would be after a change of `level`, cannot be; null when it can.
 * Names that nobody knows are allowed: a plug-in might read them.
 */
export function dynamicConfigProblem(state: ConfigState, level: DynamicLevel): string | null {
  const names = [...state.dynamic[level].keys()]
  return (
    listed('Cannot update these configs dynamically', names, isReadOnly) ??
    listed(
      'These security configs can be dynamically updated only per-listener using the listener prefix',
      names,
      isListenerSecurity,
    ) ??
    valueProblem(state, level) ??
    (level === 'cluster'
      ? listed('Cannot update these configs at default cluster level', names, isPerBroker)
      : null) ??
    boundProblem(state) ??
    problemTogether(state)
  )
}

function listed(
  sentence: string,
  names: readonly string[],
  isMeant: (name: string) => boolean,
): string | null {
  const meant = names.filter(isMeant)
  return meant.length === 0 ? null : `${sentence}: [${meant.join(', ')}]`
}

/** Behind a listener's prefix nothing is, as in Kafka. */
function isReadOnly(name: string): boolean {
  return !name.startsWith('listener.name.') && brokerEntry(name)?.update === 'read-only'
}

function isPerBroker(name: string): boolean {
  return brokerEntry(name)?.update === 'per-broker'
}

function isListenerSecurity(name: string): boolean {
  return name.startsWith('ssl.') && isPerBroker(name)
}

function valueProblem(state: ConfigState, level: DynamicLevel): string | null {
  for (const [name, value] of state.dynamic[level]) {
    const outcome = brokerEntry(name)?.parse(value)
    if (outcome?.ok === false) return configProblem(name, value, outcome.reason).message
  }
  return null
}

function boundProblem(state: ConfigState): string | null {
  const asStarted = {
    broker: state.broker,
    dynamic: { broker: new Map<string, string>(), cluster: new Map<string, string>() },
  }
  const moved = boundAtStart.find(
    (name) => effectiveText(name, state) !== effectiveText(name, asStarted),
  )
  if (moved === undefined) return null
  return `${moved} cannot change while the broker runs: set it in the configuration and restart`
}

function problemTogether({ broker, dynamic }: ConfigState): string | null {
  try {
    withDynamicConfigs(broker, inForce(dynamic))
    return null
  } catch (error) {
    if (!(error instanceof ConfigRefused)) throw error
    return error.refusals
      .map(({ key, value, reason }) => configProblem(key, value, reason).message)
      .join('; ')
  }
}
