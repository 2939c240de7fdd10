// What happened in a simulated world, line by line with its time: for people when a run fails, and as a hash
// that two runs of one seed must share.
import { createHash } from 'node:crypto'

const linesShown = 120

export class Trace {
  readonly #nowMs: () => number
  readonly #hash = createHash('sha256')
  readonly #lines: string[] = []

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  note(who: string, what: string): void {
    const line = `${String(this.#nowMs()).padStart(7)} ms  ${who.padEnd(12)} ${what}`
    this.#hash.update(line)
    this.#lines.push(line)
  }

  /** The same for two runs that did the same at the same times. */
  digest(): string {
    return this.#hash.copy().digest('hex')
  }

  get length(): number {
    return this.#lines.length
  }

  /** The lines that lead to the end. */
  tail(count = linesShown): string {
    return this.#lines.slice(-count).join('\n')
  }

  all(): string {
    return this.#lines.join('\n')
  }
}
