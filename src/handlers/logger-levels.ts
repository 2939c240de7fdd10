// Levels of the broker's log by Kafka's names, for DescribeConfigs and IncrementalAlterConfigs.
// There is one logger, `root`. A changed level lasts until the broker stops, as in Kafka.
import { configOperation } from '../catalog/config-control.ts'
import type { ConfigOperation } from '../catalog/config-control.ts'
import { refuse } from '../catalog/refusal.ts'
import type { Refusal } from '../catalog/refusal.ts'
import type { Logger, LogLevel } from '../io/logger.ts'

export const rootLogger = 'root'

/** Kafka has no word for `silent`, and we write nothing that is fatal but no error. */
const levelsByName: Readonly<Record<string, LogLevel>> = {
  DEBUG: 'debug',
  ERROR: 'error',
  FATAL: 'silent',
  INFO: 'info',
  TRACE: 'trace',
  WARN: 'warn',
}

/** Kafka's name of the level that is in force. */
export function levelName(logger: Logger): string {
  const known = Object.entries(levelsByName).find(([, level]) => level === logger.level)
  return known?.[0] ?? logger.level.toUpperCase()
}

/** Why the levels cannot be changed so; null when they can. */
export function loggerRefusal(operations: readonly ConfigOperation[]): Refusal | null {
  for (const { key, operation, value } of operations) {
    if (operation === configOperation.append || operation === configOperation.subtract) {
      const word = operation === configOperation.append ? 'APPEND' : 'SUBTRACT'
      const message = `${word} operation is not allowed for the BROKER_LOGGER resource`
      return refuse('INVALID_REQUEST', message)
    }
    if (operation !== configOperation.set && operation !== configOperation.delete) {
      return refuse('UNKNOWN_SERVER_ERROR', null)
    }
    if (key !== rootLogger) return refuse('INVALID_CONFIG', `Logger ${key} does not exist!`)
    if (operation === configOperation.delete) {
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

/** Sets levels that `loggerRefusal` has let through. */
export function setLogLevels(logger: Logger, operations: readonly ConfigOperation[]): void {
  for (const { value } of operations) {
    const level = levelsByName[value ?? '']
    if (level !== undefined) logger.level = level
  }
}
