// What does it cost to cut the bytes of a socket into frames?
import { MiB } from '../../src/base/units.ts'
import { FrameMemory } from '../../src/network/frame-memory.ts'
import { Framing } from '../../src/network/framing.ts'
import type { MicroBench, MicroCase } from './measure.ts'

const sizeBytes = 4

function framesOf(count: number, frameBytes: number): Buffer {
  const frame = Buffer.alloc(sizeBytes + frameBytes, 1)
  frame.writeInt32BE(frameBytes)
  return Buffer.concat(Array.from({ length: count }, () => frame))
}

function caseOf(name: string, input: Buffer, readBytes: number): MicroCase {
  let frames = 0
  const sink = {
    onFrame: () => {
      frames += 1
      return true
    },
    onBadSize: () => undefined,
  }
  const memory = new FrameMemory({ bytesMax: 64 * MiB })
  const framing = new Framing({ memory, frameBytesMax: 16 * MiB, sink })
  const reads: Buffer[] = []
  for (let at = 0; at < input.length; at += readBytes) {
    reads.push(input.subarray(at, at + readBytes))
  }
  const run = (): number => {
    for (const read of reads) framing.push(read)
    return frames
  }
  return { name, run }
}

export function framing(): MicroBench {
  return {
    name: 'framing',
    question: 'What does it cost to cut the bytes of a socket into frames?',
    cases: [
      caseOf('one frame of 200 B in one read', framesOf(1, 200), 1024),
      caseOf('100 frames of 200 B in one read', framesOf(100, 200), 64 << 10),
      caseOf('a frame of 1 MiB in reads of 64 KiB', framesOf(1, 1 << 20), 64 << 10),
    ],
  }
}
