// A configuration that cannot be obeyed: every problem with its key, value, origin, reason and
// remedy.
import { StartupRefused } from '../base/startup-refused.ts'

/** Stands for a value that is never shown. */
export const hiddenValue = '[hidden]'

/** One value that cannot be obeyed. */
export interface Refusal {
  readonly key: string
  /** Secrets are given as `hiddenValue`. */
  readonly value: string
  /** Where the value was given, for the message: a file and line, a variable, `--override`. */
  readonly origin: string
  readonly reason: string
  /** What to write instead. */
  readonly remedy: string
}

/** Ends the start with exit code 1. */
export class ConfigRefused extends StartupRefused {
  override readonly name = 'ConfigRefused'
  readonly refusals: readonly Refusal[]

  constructor(refusals: readonly Refusal[]) {
    super(1, refusals.map(sentence).join('\n'))
    this.refusals = refusals
  }
}

function sentence(refusal: Refusal): string {
  const { key, value, origin, reason, remedy } = refusal
  return `${key}=${value} (${origin}) is refused: ${reason}. ${remedy}`
}
