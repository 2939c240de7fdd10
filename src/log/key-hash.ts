// 128 bits that stand for a record's key while a log is compacted: HalfSipHash-2-4 (64 bits, made
// for 32-bit arithmetic) under two secret keys. Two different keys with the same hash would lose a
// record, so no one may be able to prepare them: Kafka's MD5 has no secret, and costs more.
import { assert } from '../base/assert.ts'
import { readInt32 } from '../../protocol/bytes.ts'

/** Bytes of secret that a hash needs. */
export const keyHashSeedBytes = 16

const longOutput = 0xee
const secondHalf = 0xdd
const wordBytes = 4

/** Hashes keys one after another; the result stands in `words` until the next call. */
export class KeyHash {
  /** The hash of the last key. */
  readonly words = new Int32Array(4)
  readonly #seed: readonly number[]
  #v0 = 0
  #v1 = 0
  #v2 = 0
  #v3 = 0

  constructor(seed: Buffer) {
    assert(seed.length === keyHashSeedBytes, 'two hashes have a secret of 64 bits each')
    this.#seed = [0, 4, 8, 12].map((at) => readInt32(seed, at))
  }

  hash(key: Buffer): void {
    const [first = 0, second = 0, third = 0, fourth = 0] = this.#seed
    this.#half(key, first, second, 0)
    this.#half(key, third, fourth, 2)
  }

  #half(key: Buffer, k0: number, k1: number, into: number): void {
    this.#v0 = k0
    this.#v1 = k1 ^ longOutput
    this.#v2 = 0x6c796765 ^ k0
    this.#v3 = 0x74656462 ^ k1
    const { length } = key
    const whole = length - (length % wordBytes)
    for (let at = 0; at < whole; at += wordBytes) this.#absorb(readInt32(key, at))
    let rest = length << 24
    for (let at = whole; at < length; at++) rest |= (key[at] ?? 0) << ((at - whole) * 8)
    this.#absorb(rest)
    this.#v2 ^= longOutput
    this.#words(into)
  }

  #words(into: number): void {
    for (let round = 0; round < 4; round++) this.#round()
    this.words[into] = this.#v1 ^ this.#v3
    this.#v1 ^= secondHalf
    for (let round = 0; round < 4; round++) this.#round()
    this.words[into + 1] = this.#v1 ^ this.#v3
  }

  #absorb(word: number): void {
    this.#v3 ^= word
    this.#round()
    this.#round()
    this.#v0 ^= word
  }

  #round(): void {
    let v0 = (this.#v0 + this.#v1) | 0
    let v1 = ((this.#v1 << 5) | (this.#v1 >>> 27)) ^ v0
    v0 = (v0 << 16) | (v0 >>> 16)
    let v2 = (this.#v2 + this.#v3) | 0
    let v3 = ((this.#v3 << 8) | (this.#v3 >>> 24)) ^ v2
    v0 = (v0 + v3) | 0
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
    v2 = (v2 + v1) | 0
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
    v2 = (v2 << 16) | (v2 >>> 16)
    this.#v0 = v0
    this.#v1 = v1
    this.#v2 = v2
    this.#v3 = v3
  }
}
