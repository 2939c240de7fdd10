// What holds for every generated codec: damaged bytes end in DecodeError and nothing else, defaults
// may be left out, and what is decoded can be encoded again.

import { describe, expect, test } from 'vitest'
import { decodeFetchRequest, encodeFetchRequest } from '../../../protocol/codecs/fetch.ts'
import { decodeMetadataRequest, encodeMetadataResponse } from '../../../protocol/codecs/metadata.ts'
import { encodeJoinGroupResponse } from '../../../protocol/codecs/join-group.ts'
import { decodeProduceRequest, encodeProduceResponse } from '../../../protocol/codecs/produce.ts'
import { messageCodecs, type MessageCodec } from '../../../protocol/codecs/registry.ts'
import { DecodeError } from '../../../protocol/errors.ts'
import { encodeToBuffer } from '../../../protocol/header.ts'
import { Reader } from '../../../protocol/reader.ts'
import { Writer } from '../../../protocol/writer.ts'

/** Random numbers that a seed repeats (mulberry32). */
function randomFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

/** The message that some bytes are, or null if they are none. Any other error fails the test. */
function decoded(codec: MessageCodec, bytes: Buffer, version: number): object | null {
  try {
    return codec.decode(new Reader(bytes), version)
  } catch (error) {
    if (error instanceof DecodeError) return null
    throw error
  }
}

const seeds = [1, 2, 3]
const interestingBytes = [0, 1, 2, 3, 0x7f, 0x80, 0xff]

describe.each(seeds)('seed %d', (seed) => {
  test('random bytes are a message or a DecodeError, for every message and version', () => {
    const random = randomFrom(seed)
    let messageCount = 0
    for (const codec of messageCodecs.values()) {
      for (let version = codec.versions[0]; version <= codec.versions[1]; version++) {
        const bytes = Buffer.from(
          Array.from({ length: random(80) }, () =>
            random(3) === 0 ? random(256) : (interestingBytes[random(7)] ?? 0),
          ),
        )
        const message = decoded(codec, bytes, version)
        if (message === null) continue
        messageCount += 1
        const writer = new Writer()
        codec.encode(writer, message, version)
        const again = writer.finishBuffer()
        expect(codec.decode(new Reader(again), version)).toEqual(message)
      }
    }
    expect(messageCount).toBeGreaterThan(20)
  })
})

describe('a count that the frame cannot hold', () => {
  test('is refused before anything is made of it', () => {
    const frame = Buffer.alloc(60)
    frame.writeInt32BE(2 ** 31 - 1, 0)
    expect(() => decodeMetadataRequest(new Reader(frame), 0)).toThrow(DecodeError)
  })

  test('is refused deep inside a message too', () => {
    const request = {
      maxWaitMs: 0,
      minBytes: 0,
      topics: [{ topic: 't', partitions: [] }],
    }
    const bytes = Buffer.from(encodeToBuffer(encodeFetchRequest, { replicaId: -1, ...request }, 4))
    bytes.writeInt32BE(2 ** 31 - 1, bytes.length - 4)
    expect(() => decodeFetchRequest(new Reader(bytes), 4)).toThrow(DecodeError)
  })

  test('costs no memory to speak of', () => {
    const frame = Buffer.alloc(1 << 20)
    frame.writeInt32BE(900_000, 0)
    frame.writeInt16BE(0x7fff, 4)
    const before = process.memoryUsage().heapUsed
    expect(() => decodeMetadataRequest(new Reader(frame), 0)).not.toThrow(RangeError)
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 << 20)
  })
})

describe('what a version cannot say', () => {
  const read = (bytes: Buffer, decode: 'MetadataResponse' | 'ProduceResponse', version: number) =>
    messageCodecs.get(decode)?.decode(new Reader(bytes), version)

  test('is dropped when it is encoded, and is the default when it is decoded', () => {
    const response = {
      responses: [
        {
          name: 't',
          partitionResponses: [
            { index: 0, errorCode: 0, baseOffset: 5, logStartOffset: 3, errorMessage: 'x' },
          ],
        },
      ],
      throttleTimeMs: 9,
    }
    const bytes = encodeToBuffer(encodeProduceResponse, response, 0)
    expect(read(bytes, 'ProduceResponse', 0)).toMatchObject({
      responses: [
        { partitionResponses: [{ baseOffset: 5, logStartOffset: -1, errorMessage: null }] },
      ],
      throttleTimeMs: 0,
    })
  })

  test('is empty where null is not allowed yet', () => {
    const topic = { errorCode: 0, name: null, partitions: [] }
    const bytes = encodeToBuffer(encodeMetadataResponse, { brokers: [], topics: [topic] }, 9)
    expect(read(bytes, 'MetadataResponse', 9)).toMatchObject({ topics: [{ name: '' }] })
    const later = encodeToBuffer(encodeMetadataResponse, { brokers: [], topics: [topic] }, 12)
    expect(read(later, 'MetadataResponse', 12)).toMatchObject({ topics: [{ name: null }] })
  })

  test('may be left out by whoever encodes', () => {
    const answer = {
      errorCode: 0,
      generationId: 1,
      protocolName: null,
      leader: 'a',
      memberId: 'a',
      members: [],
    }
    for (let version = 0; version <= 9; version++) {
      expect(encodeToBuffer(encodeJoinGroupResponse, answer, version).length).toBeGreaterThan(14)
    }
  })
})

describe('records', () => {
  const produce = Buffer.from('ffff' + '00001388', 'hex')

  test('are a slice of the frame', () => {
    const frame = Buffer.concat([
      produce,
      Buffer.from('00000001' + '000174' + '00000001' + '00000000' + '00000003' + 'aabbcc', 'hex'),
    ])
    const request = decodeProduceRequest(new Reader(frame), 2)
    const records = request.topicData[0]?.partitionData[0]?.records
    frame[frame.length - 1] = 0
    expect(records?.toString('hex')).toBe('aabb00')
  })

  test('of the legacy versions are read without a transactional id', () => {
    const frame = Buffer.concat([produce, Buffer.from('00000000', 'hex')])
    expect(decodeProduceRequest(new Reader(frame), 0)).toEqual({
      transactionalId: null,
      acks: -1,
      timeoutMs: 5000,
      topicData: [],
    })
  })
})
