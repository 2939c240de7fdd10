// A line on the terminal that says how far something long has come, and goes when there is more to say.
import { MiB } from '../base/units.ts'
import type { Clock } from '../io/clock.ts'

const showEveryMs = 200
const eraseLine = '\r\u001b[K'

/** `12 of 340 MiB`. */
export function mebibytesOf(done: number, all: number): string {
  return `${Math.round(done / MiB)} of ${Math.round(all / MiB)} MiB`
}

export class PassingLine {
  readonly #clock: Clock
  readonly #write: (text: string) => void
  readonly #isVisible: boolean
  #shownMs = -Infinity
  #isShown = false

  /** `isVisible`: what is written is seen on a terminal; otherwise nothing is. */
  constructor(clock: Clock, write: (text: string) => void, isVisible: boolean) {
    this.#clock = clock
    this.#write = write
    this.#isVisible = isVisible
  }

  /** Shows what `text` says, unless something was shown a moment ago. */
  show(text: () => string): void {
    if (!this.#isVisible) return
    const nowMs = this.#clock.monotonicMs()
    if (nowMs - this.#shownMs < showEveryMs) return
    this.#shownMs = nowMs
    this.#isShown = true
    this.#write(eraseLine + text())
  }

  /** Before anything else is written, and at the end. */
  clear(): void {
    if (!this.#isShown) return
    this.#isShown = false
    this.#write(eraseLine)
  }
}
