import { describe, expect, test } from 'vitest'
import { MiB } from '../../../src/base/units.ts'
import { FrameMemory } from '../../../src/network/frame-memory.ts'
import { Framing } from '../../../src/network/framing.ts'

const frameBytesMax = 100 * MiB

/** A framing whose frames are copied as they come; `accept` says whether to go on after each. */
function createFraming(options: { bytesMax?: number; accept?: (count: number) => boolean } = {}) {
  const frames: Buffer[] = []
  const badSizes: number[] = []
  const memory = new FrameMemory({ bytesMax: options.bytesMax ?? 256 * MiB })
  const framing = new Framing({
    memory,
    frameBytesMax,
    sink: {
      onFrame: (frame) => {
        frames.push(Buffer.from(frame))
        return options.accept?.(frames.length) ?? true
      },
      onBadSize: (size) => badSizes.push(size),
    },
  })
  return { framing, memory, frames, badSizes }
}

function framed(...bodies: Buffer[]): Buffer {
  return Buffer.concat(
    bodies.flatMap((body) => {
      const size = Buffer.alloc(4)
      size.writeInt32BE(body.length)
      return [size, body]
    }),
  )
}

const bodyOf = (length: number, seed = 1): Buffer => {
  const body = Buffer.alloc(length)
  for (let index = 0; index < length; index++) body[index] = (index * 31 + seed) & 0xff
  return body
}

/** Feeds `stream` as a socket would: into the target that the framing asks for. */
function readInto(framing: Framing, stream: Buffer, chunkBytes: (at: number) => number): void {
  const scratch = Buffer.alloc(64 * 1024)
  let at = 0
  while (at < stream.length) {
    const target = framing.readTarget(scratch)
    const count = Math.min(chunkBytes(at), target.length, stream.length - at)
    stream.copy(target, 0, at, at + count)
    framing.push(target.subarray(0, count))
    at += count
  }
}

describe('Framing', () => {
  test('frames come out whole and in order however the stream is cut', () => {
    const bodies = [
      bodyOf(1),
      bodyOf(300, 2),
      bodyOf(70_000, 3),
      bodyOf(5, 4),
      bodyOf(1_200_000, 5),
      bodyOf(9, 6),
    ]
    const stream = framed(...bodies)
    for (const size of [1, 3, 7, 64, 1000, 4096, 65_536]) {
      if (size < 64 && stream.length > 100_000) {
        // Single bytes only through the small frames: the large ones add nothing but time.
        const { framing, frames } = createFraming()
        const small = framed(bodies[0]!, bodies[1]!, bodies[3]!)
        readInto(framing, small, () => size)
        expect(frames).toEqual([bodies[0], bodies[1], bodies[3]])
        continue
      }
      const { framing, frames, memory } = createFraming()
      readInto(framing, stream, () => size)
      expect(frames.map((frame) => frame.length)).toEqual(bodies.map((body) => body.length))
      expect(frames.every((frame, index) => frame.equals(bodies[index]!))).toBe(true)
      expect(memory.takenBytes).toBe(0)
    }
  })

  test('memory for a frame follows the bytes that arrive, not the size that is declared', () => {
    const { framing, memory } = createFraming()
    const size = Buffer.alloc(4)
    size.writeInt32BE(90 * MiB)
    framing.push(size)
    framing.push(bodyOf(2048))
    expect(memory.takenBytes).toBeLessThanOrEqual(4096)
    framing.close()
    expect(memory.takenBytes).toBe(0)
  })

  test('a size that is zero, negative or too large ends the stream', () => {
    for (const size of [0, -1, frameBytesMax + 1]) {
      const { framing, badSizes, frames } = createFraming()
      const field = Buffer.alloc(8)
      field.writeInt32BE(size)
      framing.push(field)
      framing.push(framed(bodyOf(3)))
      expect(badSizes).toEqual([size])
      expect(frames).toEqual([])
    }
  })

  test('after the sink says stop, the rest waits and comes out on resume', () => {
    const { framing, frames } = createFraming({ accept: (count) => count !== 1 })
    const bodies = [bodyOf(10, 1), bodyOf(20, 2), bodyOf(30, 3)]
    framing.push(framed(...bodies))
    expect(frames).toHaveLength(1)
    expect(framing.stalled).toBe(true)
    framing.push(framed(bodyOf(40, 4)))
    expect(frames).toHaveLength(1)
    framing.resume()
    expect(frames.map((frame) => frame.length)).toEqual([10, 20, 30, 40])
    expect(framing.stalled).toBe(false)
  })

  test('what waits is copied once, however many frames are in it', () => {
    const places = new Set<ArrayBufferLike>()
    const bodies = Array.from({ length: 100 }, (_, index) => bodyOf(20, index))
    const frames: Buffer[] = []
    const framing = new Framing({
      memory: new FrameMemory({ bytesMax: MiB }),
      frameBytesMax,
      sink: {
        onFrame: (frame) => {
          places.add(frame.buffer)
          frames.push(Buffer.from(frame))
          return false
        },
        onBadSize: () => undefined,
      },
    })
    const read = Buffer.alloc(100 * 24)
    framed(...bodies).copy(read)
    framing.push(read)
    read.fill(0xff) // the next read reuses the bytes
    for (let count = 1; count < bodies.length; count++) framing.resume()
    expect(frames).toEqual(bodies)
    expect(places.size).toBe(2)
  })

  test('a frame that finds no memory waits until memory is given back', () => {
    const { framing, memory, frames } = createFraming({ bytesMax: 64 * 1024 })
    const held = memory.take(64 * 1024)
    expect(held).not.toBeNull()
    const body = bodyOf(30_000)
    const stream = framed(body)
    framing.push(stream.subarray(0, 10_000))
    expect(framing.waitsForMemory).toBe(true)
    framing.push(stream.subarray(10_000))
    expect(frames).toEqual([])
    memory.give(held!)
    framing.resume()
    expect(frames).toEqual([body])
    expect(memory.takenBytes).toBe(0)
  })
})

describe('FrameMemory', () => {
  test('a frame above the bound is served when it is the only one', () => {
    const memory = new FrameMemory({ bytesMax: 1024 })
    const only = memory.take(10 * MiB)
    expect(only?.length).toBe(10 * MiB)
    expect(memory.take(10)).toBeNull()
    memory.give(only!)
    expect(memory.take(10)).not.toBeNull()
  })

  test('waiters are woken in order once memory is given back', async () => {
    const memory = new FrameMemory({ bytesMax: 4096 })
    const taken = memory.take(4096)
    const woken: number[] = []
    memory.wait({ memoryFreed: () => woken.push(1) })
    memory.wait({ memoryFreed: () => woken.push(2) })
    memory.give(taken!)
    await new Promise((resolve) => setImmediate(resolve))
    expect(woken).toEqual([1, 2])
  })
})
