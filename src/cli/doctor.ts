// `ottla doctor`: says what in a configuration, and on the machine that it is for, is dangerous or
// useless, and what to do about it.
import { loadConfig } from '../config/load.ts'
import { ConfigRefused } from '../config/refused.ts'
import type { ExplainHost } from './config.ts'
import { gatherFacts, type Facts, type Machine } from './doctor/facts.ts'
import { rules, type Finding } from './doctor/rules.ts'
import type { DoctorCommand } from './flags.ts'
import { readSources } from './read-sources.ts'

/** How `ottla doctor` ends. */
export const doctorExitCodes = { healthy: 0, failing: 1, warned: 3 } as const

export interface DoctorHost extends ExplainHost, Machine {}

/** A finding and the rule that found it. */
export interface NamedFinding extends Finding {
  readonly rule: string
}

/** The exit code. */
export async function doctor(command: DoctorCommand, host: DoctorHost): Promise<number> {
  const findings = await diagnose(command, host)
  host.writeOut(command.asJson ? `${JSON.stringify(findings, null, 2)}\n` : asText(findings))
  if (findings.some(({ severity }) => severity === 'error')) return doctorExitCodes.failing
  return findings.length > 0 ? doctorExitCodes.warned : doctorExitCodes.healthy
}

async function diagnose(
  command: DoctorCommand,
  host: DoctorHost,
): Promise<readonly NamedFinding[]> {
  try {
    const { config, notices } = loadConfig(readSources(command, host))
    return judge(await gatherFacts(config, notices, host))
  } catch (error) {
    if (!(error instanceof ConfigRefused)) throw error
    return error.refusals.map(({ key, value, origin, reason, remedy }) => ({
      rule: 'refused-value',
      severity: 'error',
      about: key,
      problem: `${value} (${origin}) is refused: ${reason}`,
      remedy,
    }))
  }
}

/** What all rules say, errors first. */
export function judge(facts: Facts): readonly NamedFinding[] {
  const findings = Object.entries(rules).flatMap(([rule, look]) =>
    look(facts).map((finding) => ({ rule, ...finding })),
  )
  const rank = ({ severity }: Finding): number => (severity === 'error' ? 0 : 1)
  return findings.sort((a, b) => rank(a) - rank(b))
}

function asText(findings: readonly NamedFinding[]): string {
  if (findings.length === 0) return 'nothing found\n'
  return findings
    .map(
      ({ severity, rule, about, problem, remedy }) =>
        `${severity} (${rule}): ${about}: ${problem}\n  → ${remedy}\n`,
    )
    .join('')
}
