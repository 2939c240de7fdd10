// Levels of the broker's loggers by Kafka's names, for DescribeConfigs and IncrementalAlterConfigs. A
// changed level lasts until the broker stops, as in Kafka.
import { configOperation } from '../catalog/config-control.ts'
import type { ConfigOperation } from '../catalog/config-control.ts'
import { refuse } from '../catalog/refusal.ts'
import type { Refusal } from '../catalog/refusal.ts'
import { rootLoggerName } from '../io/loggers.ts'
import type { Loggers } from '../io/loggers.ts'
import type { LogLevel } from '../io/logger.ts'

/** Kafka has no word for `silent`, and we write nothing that is fatal but no error. */
const levelsByName: Readonly<Record<string, LogLevel>> = {
  DEBUG: 'debug',
  ERROR: 'error',
  FATAL: 'silent',
  INFO: 'info',
  TRACE: 'trace',
  WARN: 'warn',
}

/** The loggers with Kafka's names of the levels that are in force. */
export function loggerLevels(loggers: Loggers): { name: string; level: string }[] {
  return loggers.names.map((name) => ({ name, level: levelName(loggers.levelOf(name)) }))
}

function levelName(level: LogLevel | undefined): string {
  const known = Object.entries(levelsByName).find(([, ours]) => ours === level)
  return known?.[0] ?? String(level).toUpperCase()
}

/** Why the levels cannot be changed so; null when they can. */
export function loggerRefusal(
  loggers: Loggers,
  operations: readonly ConfigOperation[],
): Refusal | null {
  for (const { key, operation, value } of operations) {
    if (operation === configOperation.append || operation === configOperation.subtract) {
      const word = operation === configOperation.append ? 'APPEND' : 'SUBTRACT'
      const message = `${word} operation is not allowed for the BROKER_LOGGER resource`
      return refuse('INVALID_REQUEST', message)
    }
    if (operation !== configOperation.set && operation !== configOperation.delete) {
      return refuse('UNKNOWN_SERVER_ERROR', null)
    }
    if (loggers.levelOf(key) === undefined) {
      return refuse('INVALID_CONFIG', `Logger ${key} does not exist!`)
    }
    if (operation === configOperation.delete) {
      if (key !== rootLoggerName) continue
      const message = 'Removing the log level of the root logger is not allowed'
      return refuse('INVALID_REQUEST', message)
    }
    if (value === null || !Object.hasOwn(levelsByName, value)) {
      const message =
        `Cannot set the log level of ${key} to ${value} as it is not a supported log level. ` +
        `Valid log levels are ${Object.keys(levelsByName).join(', ')}`
      return refuse('INVALID_CONFIG', message)
    }
  }
  return null
}

/** Sets levels that `loggerRefusal` has let through; a removed level is the root's again. */
export function setLogLevels(loggers: Loggers, operations: readonly ConfigOperation[]): void {
  for (const { key, operation, value } of operations) {
    const level = levelsByName[value ?? '']
    if (operation === configOperation.delete) loggers.setLevel(key, null)
    else if (level !== undefined) loggers.setLevel(key, level)
  }
}
