// A logger for what strangers can cause: a line for each case, and not a line for each of a thousand
// cases. What is left out is counted, and told when the next lines are written.
import type { LogFields, Logger, LogLevel } from './logger.ts'

const windowMs = 10_000
/** Lines of one event in a window. */
const eventLinesMax = 30
/** Lines of one event about one client in a window. */
const clientLinesMax = 3

/** `logger`, at most so many lines of an event in ten seconds: 30 in all, 3 with the same `client`. */
export function limitRepeats(logger: Logger, monotonicMs: () => number): Logger {
  return new LimitedLogger(logger, new Window(monotonicMs))
}

class LimitedLogger implements Logger {
  readonly #logger: Logger
  readonly #window: Window

  constructor(logger: Logger, window: Window) {
    this.#logger = logger
    this.#window = window
  }

  get level(): LogLevel {
    return this.#logger.level
  }

  set level(level: LogLevel) {
    this.#logger.level = level
  }

  trace(fields: LogFields, event: string): void {
    this.#logger.trace(fields, event)
  }

  debug(fields: LogFields, event: string): void {
    this.#logger.debug(fields, event)
  }

  info(fields: LogFields, event: string): void {
    if (this.#mayWrite(fields, event)) this.#logger.info(fields, event)
  }

  warn(fields: LogFields, event: string): void {
    if (this.#mayWrite(fields, event)) this.#logger.warn(fields, event)
  }

  error(fields: LogFields, event: string): void {
    if (this.#mayWrite(fields, event)) this.#logger.error(fields, event)
  }

  child(bindings: LogFields, options?: { readonly level: LogLevel }): Logger {
    return new LimitedLogger(this.#logger.child(bindings, options), this.#window)
  }

  #mayWrite(fields: LogFields, event: string): boolean {
    const leftOut = this.#window.turn()
    if (leftOut !== null) this.#logger.warn({ lines: leftOut }, 'repeated lines were left out')
    return this.#window.admits(event, typeof fields['client'] === 'string' ? fields['client'] : '')
  }
}

interface Lines {
  written: number
  leftOut: number
  readonly byClient: Map<string, number>
}

/** What was written in the present ten seconds. Its size is bounded by the lines that are written. */
class Window {
  readonly #monotonicMs: () => number
  readonly #byEvent = new Map<string, Lines>()
  #sinceMs: number

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs
    this.#sinceMs = monotonicMs()
  }

  /** Begins anew when it is time: then how many lines were left out, by event; null: none. */
  turn(): Readonly<Record<string, number>> | null {
    const nowMs = this.#monotonicMs()
    if (nowMs - this.#sinceMs < windowMs) return null
    this.#sinceMs = nowMs
    const leftOut = [...this.#byEvent].flatMap(([event, lines]) =>
      lines.leftOut === 0 ? [] : [[event, lines.leftOut] as const],
    )
    this.#byEvent.clear()
    return leftOut.length === 0 ? null : Object.fromEntries(leftOut)
  }

  admits(event: string, client: string): boolean {
    const lines = this.#byEvent.get(event) ?? { written: 0, leftOut: 0, byClient: new Map() }
    this.#byEvent.set(event, lines)
    const ofClient = lines.byClient.get(client) ?? 0
    if (lines.written >= eventLinesMax || ofClient >= clientLinesMax) {
      lines.leftOut += 1
      return false
    }
    lines.written += 1
    lines.byClient.set(client, ofClient + 1)
    return true
  }
}
