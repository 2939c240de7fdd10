// Where a simulated world takes its chances from: a stream of numbers that one seed decides. Parts of the
// world draw from streams of their own, so that one more draw in one part does not change the others.
import type { Random } from '../../src/io/random.ts'

export class Draw implements Random {
  #state: number

  constructor(seed: number) {
    this.#state = scramble(seed)
  }

  /** A stream of its own, decided by this one's seed and `name`. */
  fork(name: string): Draw {
    let seed = this.#state
    for (const character of name) seed = scramble(seed ^ character.charCodeAt(0))
    return new Draw(seed)
  }

  /** 0 to `count` - 1. */
  below(count: number): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0
    return Math.floor((scramble(this.#state) / 2 ** 32) * count)
  }

  /** `from` to `to`, both included. */
  between(from: number, to: number): number {
    return from + this.below(to - from + 1)
  }

  /** True in `percent` of 100. */
  chance(percent: number): boolean {
    return this.below(1000) < percent * 10
  }

  pick<T>(choices: readonly T[]): T {
    const choice = choices[this.below(choices.length)]
    if (choice === undefined) throw new Error('nothing to choose from')
    return choice
  }

  bytes(byteCount: number): Buffer {
    const bytes = Buffer.alloc(byteCount)
    for (let at = 0; at < byteCount; at++) bytes[at] = this.below(256)
    return bytes
  }
}

/** Spreads a 32-bit number over all its bits. */
function scramble(value: number): number {
  let mixed = value >>> 0
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
  return (mixed ^ (mixed >>> 15)) >>> 0
}
