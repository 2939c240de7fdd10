// The one place that imports pino. Events are stable words, data are fields.
import { pino } from 'pino'
import type { Logger as PinoLogger } from 'pino'

export type LogFields = Readonly<Record<string, unknown>>

/** pino's shape: fields first, then the event in stable words. */
export interface Logger {
  trace(fields: LogFields, event: string): void
  debug(fields: LogFields, event: string): void
  info(fields: LogFields, event: string): void
  warn(fields: LogFields, event: string): void
  error(fields: LogFields, event: string): void
  /** With a level of its own, if one is given. */
  child(bindings: LogFields, options?: { readonly level: LogLevel }): Logger
  /** The least that is written. A new level holds for all children too that have none of their own. */
  level: LogLevel
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** Logs to stderr: readable lines, JSON lines, or (`auto`) the former on a terminal only. */
export function createLogger(options: {
  readonly level: LogLevel
  readonly format: 'auto' | 'text' | 'json'
}): Logger {
  // pino's children keep the level that they were made with, so the level stands before pino.
  const gate = gateOf(options.level)
  const isForPrograms = options.format === 'auto' && !process.stderr.isTTY
  if (isForPrograms || options.format === 'json') {
    const json = { level: 'trace', base: null, timestamp: pino.stdTimeFunctions.isoTime }
    return new LeveledLogger(pino(json, pino.destination({ fd: 2, sync: true })), gate)
  }
  return new LeveledLogger(pino({ level: 'trace', base: null }, { write: writeReadableLine }), gate)
}

/** pino's numbers. */
const ranks: Readonly<Record<LogLevel, number>> = {
  trace: 10,
  debug: 20,
  info: 30,
  warn: 40,
  error: 50,
  silent: Infinity,
}

/** Shared by a logger and its children without a level of their own. */
interface Gate {
  level: LogLevel
  rank: number
}

function gateOf(level: LogLevel): Gate {
  return { level, rank: ranks[level] }
}

class LeveledLogger implements Logger {
  readonly #pino: PinoLogger
  readonly #gate: Gate

  constructor(to: PinoLogger, gate: Gate) {
    this.#pino = to
    this.#gate = gate
  }

  get level(): LogLevel {
    return this.#gate.level
  }

  set level(level: LogLevel) {
    this.#gate.level = level
    this.#gate.rank = ranks[level]
  }

  trace(fields: LogFields, event: string): void {
    if (this.#gate.rank <= ranks.trace) this.#pino.trace(fields, event)
  }

  debug(fields: LogFields, event: string): void {
    if (this.#gate.rank <= ranks.debug) this.#pino.debug(fields, event)
  }

  info(fields: LogFields, event: string): void {
    if (this.#gate.rank <= ranks.info) this.#pino.info(fields, event)
  }

  warn(fields: LogFields, event: string): void {
    if (this.#gate.rank <= ranks.warn) this.#pino.warn(fields, event)
  }

  error(fields: LogFields, event: string): void {
    if (this.#gate.rank <= ranks.error) this.#pino.error(fields, event)
  }

  child(bindings: LogFields, options?: { readonly level: LogLevel }): Logger {
    const gate = options === undefined ? this.#gate : gateOf(options.level)
    return new LeveledLogger(this.#pino.child(bindings), gate)
  }
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
  get level(): LogLevel {
    return 'silent'
  },
  set level(_level) {
    // Stays as it is for everybody who shares it.
  },
}
