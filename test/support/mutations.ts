// Seeded damage: recorded request frames, and ways to spoil them that find what a decoder overlooked.
// The same seed gives the same frames.
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { apiNames, apis } from '../../protocol/codecs/index.ts'
import { requestHeaderVersion } from '../../protocol/header.ts'

const sizePrefixBytes = 4
const vectors = new URL('../conformance/vectors/', import.meta.url)

/** A small seeded generator of pseudo-random numbers (mulberry32). */
export class SeededRandom {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** 0 to 1, without 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** 0 to `end`, without `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end)
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)]
    if (item === undefined) throw new Error('nothing to pick from')
    return item
  }
}

/**
 * Requests without their size prefix: those of the recorded behaviour, and the bodies that Java's
 * own decoder was given, damaged already.
 */
export function recordedFrames(): Buffer[] {
  const frames: Buffer[] = []
  for (const line of linesOf(readFileSync(new URL('behaviour.jsonl', vectors)))) {
    const { steps } = JSON.parse(line) as { steps: { hex?: string }[] }
    for (const { hex } of steps) {
      if (hex !== undefined) frames.push(Buffer.from(hex, 'hex').subarray(sizePrefixBytes))
    }
  }
  const mutated = gunzipSync(readFileSync(new URL('golden/mutated-requests.jsonl.gz', vectors)))
  for (const line of linesOf(mutated)) {
    const body = JSON.parse(line) as { apiKey: number; version: number; hex: string }
    frames.push(withHeader(body.apiKey, body.version, Buffer.from(body.hex, 'hex')))
  }
  return frames
}

function linesOf(bytes: Buffer): string[] {
  return bytes
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
}

function withHeader(apiKey: number, version: number, body: Buffer): Buffer {
  const api = apiNames[apiKey]
  const flexible = api !== undefined && requestHeaderVersion(api, version) === 2
  const header = Buffer.alloc(flexible ? 11 : 10)
  header.writeInt16BE(apiKey, 0)
  header.writeInt16BE(version, 2)
  return Buffer.concat([header, body])
}

const extremes = [-1, 0, 1, 0x7fffffff, -0x80000000, 0x10000, 0x7fff, 0x7ffffffe]

type Damage = (frame: Buffer, random: SeededRandom, corpus: readonly Buffer[]) => Buffer

const damages: readonly Damage[] = [
  (frame) => frame,
  function flipBits(frame, random) {
    for (let flips = 1 + random.below(8); flips > 0; flips--) {
      const at = random.below(frame.length)
      frame[at] = (frame[at] ?? 0) ^ (1 << random.below(8))
    }
    return frame
  },
  function extremeInt32(frame, random) {
    if (frame.length < 12) return frame
    frame.writeInt32BE(random.pick(extremes), 8 + random.below(frame.length - 11))
    return frame
  },
  function longVarint(frame, random) {
    const at = random.below(frame.length)
    return Buffer.concat([frame.subarray(0, at), Buffer.alloc(6, 0xff), frame.subarray(at)])
  },
  function truncate(frame, random) {
    return frame.subarray(0, random.below(frame.length))
  },
  function repeat(frame, random) {
    const at = random.below(frame.length)
    const slice = frame.subarray(at, at + 1 + random.below(64))
    const copies = Array.from({ length: 1 + random.below(50) }, () => slice)
    return Buffer.concat([frame.subarray(0, at), ...copies, frame.subarray(at)])
  },
  function splice(frame, random, corpus) {
    const other = random.pick(corpus)
    return Buffer.concat([
      frame.subarray(0, random.below(frame.length)),
      other.subarray(random.below(other.length)),
    ])
  },
  function noise(frame, random) {
    for (let at = 8 + random.below(8); at < frame.length; at++) frame[at] = random.below(256)
    return frame
  },
  function otherApi(frame, random) {
    if (frame.length < 4) return frame
    const codec = random.pick(Object.values(apis))
    frame.writeInt16BE(codec.key, 0)
    frame.writeInt16BE(codec.versions[0] + random.below(codec.versions[1] + 2), 2)
    return frame
  },
]

/** A frame of the corpus, damaged, with its size in front; one size in twenty is wrong. */
export function damagedFrame(random: SeededRandom, corpus: readonly Buffer[]): Buffer {
  let frame: Buffer = Buffer.from(random.pick(corpus))
  for (let times = 1 + random.below(2); times > 0 && frame.length > 0; times--) {
    frame = random.pick(damages)(frame, random, corpus)
  }
  const size = Buffer.alloc(sizePrefixBytes)
  const isWrong = random.below(20) === 0
  size.writeInt32BE(isWrong ? frame.length + random.below(2000) - 1000 : frame.length)
  return Buffer.concat([size, frame])
}
