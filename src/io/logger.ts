// The one place that imports pino. Events are stable words, data are fields.
import { pino } from 'pino'

export type LogFields = Readonly<Record<string, unknown>>

/** pino's shape: fields first, then the event in stable words. */
export interface Logger {
  trace(fields: LogFields, event: string): void
  debug(fields: LogFields, event: string): void
  info(fields: LogFields, event: string): void
  warn(fields: LogFields, event: string): void
  error(fields: LogFields, event: string): void
  child(bindings: LogFields): Logger
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** Logs JSON lines to `destinationFd` (2: stderr), or readable lines when `format` is 'text'. */
export function createLogger(options: { level: LogLevel; format: 'text' | 'json' }): Logger {
  if (options.format === 'json') {
    return pino(
      { level: options.level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
      pino.destination({ fd: 2, sync: true }),
    )
  }
  return pino({ level: options.level, base: null }, { write: writeReadableLine })
}

const levelNames: Readonly<Record<number, string>> = {
  10: 'TRACE',
  20: 'DEBUG',
  30: 'INFO',
  40: 'WARN',
  50: 'ERROR',
}

function writeReadableLine(line: string): void {
  const { level, time, msg, ...fields } = JSON.parse(line) as Record<string, unknown>
  const rest = Object.entries(fields).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  const stamp = new Date(Number(time)).toISOString()
  process.stderr.write(
    [stamp, levelNames[Number(level)] ?? 'INFO', String(msg), ...rest].join(' ') + '\n',
  )
}

/** A logger that keeps nothing: the default of parts that run without one. */
export const silentLogger: Logger = {
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
}
