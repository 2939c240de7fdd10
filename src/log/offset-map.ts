// The latest offset of every key in the part of a log that is being compacted, in memory that was
// bounded beforehand. Pure. Keys are remembered by their hashes; a table with linear probing, which
// never grows: what does not fit is for the next run.
import { assert } from '../base/assert.ts'
import { KeyHash } from './key-hash.ts'

/** Bytes that a key takes: 128 bits of hash and its offset. */
export const offsetMapEntryBytes = 24
// Fuller than this, a search in the table gets long.
const fillMax = 0.8
const hashWords = 4
const slotsMin = 16

export interface OffsetMapOptions {
  /** Most bytes that the table may take. */
  readonly memoryBytes: number
  /** No more keys than this will come; a smaller table does then. */
  readonly expectedKeys: number
  /** Random bytes (keyHashSeedBytes): see key-hash.ts. */
  readonly seed: Buffer
}

export class OffsetMap {
  readonly #hash: KeyHash
  readonly #hashes: Int32Array
  /** Offset + 1; 0 is an empty slot. Fresh memory is zero, and untouched pages cost nothing. */
  readonly #offsets: Float64Array
  readonly #slotCount: number
  readonly #countMax: number
  #count = 0
  /** All up to this offset is known to the map; -1 before anything is. */
  #latestOffset = -1

  constructor(options: OffsetMapOptions) {
    const affordable = Math.floor(options.memoryBytes / offsetMapEntryBytes)
    const wanted = Math.ceil(options.expectedKeys / fillMax) + 1
    this.#slotCount = Math.max(slotsMin, Math.min(affordable, wanted))
    this.#countMax = Math.floor(this.#slotCount * fillMax)
    assert(this.#countMax < this.#slotCount, 'a search always meets an empty slot')
    this.#hash = new KeyHash(options.seed)
    this.#hashes = new Int32Array(this.#slotCount * hashWords)
    this.#offsets = new Float64Array(this.#slotCount)
  }

  get count(): number {
    return this.#count
  }

  get latestOffset(): number {
    return this.#latestOffset
  }

  /** Everything up to `offset` has been looked at, also what has no key. */
  coverUpTo(offset: number): void {
    this.#latestOffset = Math.max(this.#latestOffset, offset)
  }

  /** Notes the latest offset of a key; false when the table is full, and then nothing is noted. */
  put(key: Buffer, offset: number): boolean {
    assert(offset >= 0, 'keys have offsets')
    this.#hash.hash(key)
    const slot = this.#find()
    if (this.#offsets[slot] === 0) {
      if (this.#count >= this.#countMax) return false
      this.#count += 1
      this.#hashes.set(this.#hash.words, slot * hashWords)
    }
    this.#offsets[slot] = offset + 1
    this.coverUpTo(offset)
    return true
  }

  /** The latest offset of the key, -1 when the map does not know it. */
  get(key: Buffer): number {
    this.#hash.hash(key)
    return (this.#offsets[this.#find()] ?? 0) - 1
  }

  /** The slot of the key that was hashed last, or the empty one where it belongs. */
  #find(): number {
    const { words } = this.#hash
    const a = words[0] ?? 0
    let slot = Math.floor(((a >>> 0) / 2 ** 32) * this.#slotCount)
    const hashes = this.#hashes
    while (this.#offsets[slot] !== 0) {
      const at = slot * hashWords
      if (
        hashes[at] === a &&
        hashes[at + 1] === words[1] &&
        hashes[at + 2] === words[2] &&
        hashes[at + 3] === words[3]
      ) {
        break
      }
      slot = slot + 1 === this.#slotCount ? 0 : slot + 1
    }
    return slot
  }
}
