// What the verifiable tools print: one JSON object a line, for the programs that run them.
import type { ToolHost } from './tool.ts'

/** Java's doubles always show a fraction; in JSON as anywhere else. */
export class JavaDouble {
  readonly value: number

  constructor(value: number) {
    this.value = value
  }
}

export type EventFields = Readonly<Record<string, unknown>>

/** An event as a line: when, which, and what belongs to it. */
export function eventLine(nowMs: number, name: string, fields: EventFields = {}): string {
  const cells = Object.entries({ timestamp: nowMs, name, ...fields }).map(
    ([key, value]) => `${JSON.stringify(key)}:${jsonOf(value)}`,
  )
  return `{${cells.join(',')}}\n`
}

function jsonOf(value: unknown): string {
  if (!(value instanceof JavaDouble)) return JSON.stringify(value)
  return Number.isInteger(value.value) ? `${value.value}.0` : String(value.value)
}

/** Prints an event. */
export type EventPrinter = (name: string, fields?: EventFields) => Promise<void>

/** Prints events with the time at which they are printed. */
export function eventPrinter({ out, clock }: ToolHost): EventPrinter {
  return (name, fields) => out(eventLine(clock.nowMs(), name, fields))
}

/** What a process that ends by the signal exits with. */
export const signalExitCodes = { SIGINT: 130, SIGTERM: 143 } as const
