import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import {
  codecId,
  codecOfId,
  compress,
  compressionCodecs,
  decompress,
} from '../../../protocol/compression.ts'
import type { CompressionCodec } from '../../../protocol/compression.ts'
import { crc32 } from '../../../protocol/crc.ts'
import { KafkaError } from '../../../protocol/errors.ts'

const limitBytes = 8 * 1024 * 1024
const realCodecs = compressionCodecs.filter((codec) => codec !== 'none')

/** Bytes that repeat in part, from a seed. */
function sample(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length)
  let state = seed
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    bytes[at] = at % 97 < 60 ? at % 11 : state >>> 24
  }
  return bytes
}

async function errorNameOf(run: () => unknown): Promise<string> {
  try {
    await run()
  } catch (error) {
    if (error instanceof KafkaError) return error.errorName
    throw error
  }
  return 'NONE'
}

async function packed(codec: CompressionCodec, bytes: Buffer): Promise<Buffer> {
  return compress(codec, bytes)
}

describe('every codec', () => {
  test('gives back what it took, of any size', async () => {
    for (const codec of compressionCodecs) {
      for (const length of [0, 1, 100, 32_768, 65_536, 65_537, 300_000]) {
        const bytes = sample(length)
        const back = await decompress(codec, await packed(codec, bytes), limitBytes)
        expect(back.equals(bytes), `${codec} ${length}`).toBe(true)
      }
    }
  })

  test('has the id that Kafka gives it', () => {
    expect(compressionCodecs.map(codecId)).toEqual([0, 1, 2, 3, 4])
    expect(codecOfId(4)).toBe('zstd')
    for (const id of [5, 6, 7]) expect(() => codecOfId(id)).toThrow('UNKNOWN_SERVER_ERROR')
  })

  test('refuses to inflate beyond the limit, and inflates up to it', async () => {
    for (const codec of realCodecs) {
      const bomb = await packed(codec, Buffer.alloc(1_000_000))
      expect(await errorNameOf(() => decompress(codec, bomb, 999_999))).toBe('INVALID_RECORD')
      expect(await errorNameOf(() => decompress(codec, bomb, 10_000))).toBe('INVALID_RECORD')
      // The blocks of zstd may claim up to 128 KiB each where the frame does not state its size.
      expect(await errorNameOf(() => decompress(codec, bomb, 1_048_576))).toBe('NONE')
    }
  })

  test('refuses a stream that is cut anywhere', async () => {
    for (const codec of realCodecs) {
      const whole = await packed(codec, sample(5000))
      for (let length = 1; length < whole.length; length += 7) {
        const cut = whole.subarray(0, length)
        // snappy-java takes a header alone, and fewer than four bytes behind it, as an empty stream.
        if (codec === 'snappy' && length >= 16 && length < 20) continue
        expect(
          await errorNameOf(() => decompress(codec, cut, limitBytes)),
          `${codec} ${length}`,
        ).toBe('UNKNOWN_SERVER_ERROR')
      }
    }
  })

  test('throws KafkaError and nothing else for damaged streams', async () => {
    let state = 42
    const random = (below: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
      return (state >>> 8) % below
    }
    for (const codec of realCodecs) {
      const whole = await packed(codec, sample(2000))
      for (let round = 0; round < 300; round++) {
        const damaged = Buffer.from(whole)
        for (let flips = 0; flips <= round % 4; flips++)
          damaged[random(damaged.length)] = random(256)
        const name = await errorNameOf(() => decompress(codec, damaged, 100_000))
        expect(['NONE', 'UNKNOWN_SERVER_ERROR', 'INVALID_RECORD']).toContain(name)
      }
    }
  })
})

describe('gzip and zstd', () => {
  test('read several members or frames in a row as one stream', async () => {
    const first = sample(1000)
    const second = sample(2000, 9)
    for (const codec of ['gzip', 'zstd'] as const) {
      const both = Buffer.concat([await packed(codec, first), await packed(codec, second)])
      const back = await decompress(codec, both, limitBytes)
      expect(back.equals(Buffer.concat([first, second]))).toBe(true)
      expect(await errorNameOf(() => decompress(codec, both, 2999))).toBe('INVALID_RECORD')
    }
  })

  test('take levels', async () => {
    const bytes = sample(50_000)
    for (const [codec, levels] of [
      ['gzip', [-1, 1, 9]],
      ['zstd', [1, 3, 19]],
    ] as const) {
      for (const level of levels) {
        const back = await decompress(codec, await compress(codec, bytes, level), limitBytes)
        expect(back.equals(bytes)).toBe(true)
      }
    }
  })

  test('differ on bytes behind the end: gzip ignores them, zstd refuses them', async () => {
    const tail = Buffer.from([0, 1, 2])
    const gzip = Buffer.concat([gzipSync(sample(100)), tail])
    expect(await errorNameOf(() => decompress('gzip', gzip, limitBytes))).toBe('NONE')
    const zstd = Buffer.concat([await packed('zstd', sample(100)), tail])
    expect(await errorNameOf(() => decompress('zstd', zstd, limitBytes))).toBe(
      'UNKNOWN_SERVER_ERROR',
    )
  })

  test('pass over what only begins like a further member or frame, as Java does', async () => {
    const bytes = sample(500)
    const gzip = await packed('gzip', bytes)
    const notMembers = ['1f8b', '1f8b080000', `1f8b${'00'.repeat(40)}`]
    for (const hex of notMembers) {
      const stream = Buffer.concat([gzip, gzip, Buffer.from(hex, 'hex')])
      const back = await decompress('gzip', stream, limitBytes)
      expect(back.equals(Buffer.concat([bytes, bytes])), hex).toBe(true)
      expect(await errorNameOf(() => decompress('gzip', stream, 999))).toBe('INVALID_RECORD')
    }
    const zstd = await packed('zstd', bytes)
    for (const length of [1, 3, 4, 8, 20]) {
      const back = await decompress(
        'zstd',
        Buffer.concat([zstd, zstd.subarray(0, length)]),
        limitBytes,
      )
      expect(back.equals(bytes), `zstd ${length}`).toBe(true)
    }
  })

  test('read gzip headers with a name, a comment, extra bytes and a checksum', async () => {
    const bytes = sample(300)
    const plain = gzipSync(bytes)
    const header = Buffer.concat([
      Buffer.from('1f8b081e00000000000003', 'hex').subarray(0, 10),
      Buffer.from('0200aabb', 'hex'),
      Buffer.from('name\0comment\0'),
    ])
    const checksum = Buffer.alloc(2)
    checksum.writeUInt16LE(crc32(header) & 0xffff)
    const member = Buffer.concat([header, checksum, plain.subarray(10)])
    const withTail = Buffer.concat([member, Buffer.from('1f8b', 'hex')])
    for (const stream of [member, withTail]) {
      expect((await decompress('gzip', stream, limitBytes)).equals(bytes)).toBe(true)
    }
    withTail[withTail.length - 4]! ^= 1
    expect(await errorNameOf(() => decompress('gzip', withTail, limitBytes))).toBe(
      'UNKNOWN_SERVER_ERROR',
    )
  })

  test('differ on nothing: zstd inflates it to nothing', async () => {
    expect(await decompress('zstd', Buffer.alloc(0), limitBytes)).toHaveLength(0)
    expect(await errorNameOf(() => decompress('gzip', Buffer.alloc(0), limitBytes))).toBe(
      'UNKNOWN_SERVER_ERROR',
    )
  })

  test('skippable zstd frames are passed over', async () => {
    const skippable = Buffer.from('502a4d1803000000aabbcc', 'hex')
    const frame = await packed('zstd', sample(100))
    const back = await decompress('zstd', Buffer.concat([skippable, frame, skippable]), limitBytes)
    expect(back.equals(sample(100))).toBe(true)
  })
})

describe('snappy', () => {
  test('is written in xerial blocks of 32 KiB', async () => {
    const framed = await packed('snappy', sample(40_000))
    expect(framed.subarray(0, 16).toString('hex')).toBe('82534e41505059000000000100000001')
    const firstBlock = framed.readInt32BE(16)
    // A raw block begins with its inflated length: 32768 as varint.
    expect(framed.subarray(20, 23).toString('hex')).toBe('808002')
    expect(framed.readInt32BE(20 + firstBlock)).toBe(framed.length - 24 - firstBlock)
  })

  test('is read as a bare block and as several streams in a row', async () => {
    const bytes = sample(3000)
    const framed = await packed('snappy', bytes)
    const bare = framed.subarray(20)
    expect((await decompress('snappy', bare, limitBytes)).equals(bytes)).toBe(true)
    const twice = await decompress('snappy', Buffer.concat([framed, framed]), limitBytes)
    expect(twice.equals(Buffer.concat([bytes, bytes]))).toBe(true)
  })

  test('is read whatever versions its framing states', async () => {
    const framed = await packed('snappy', sample(100))
    for (const version of [0, 2, -1]) {
      framed.writeInt32BE(version, 8)
      expect((await decompress('snappy', framed, limitBytes)).equals(sample(100))).toBe(true)
    }
  })

  test('refuses elements that do not fit', async () => {
    const blocks = {
      'copy before the start': '0401000000',
      'copy of offset 0': '08046162630400',
      'literal beyond the end': '0a10616263',
      'literal of 2^32 bytes': '04fcffffffff61',
      'more than stated': '010461620461',
      'less than stated': '0a046162',
      'length of 6 bytes': 'ffffffffff0f00',
    }
    for (const [what, hex] of Object.entries(blocks)) {
      const name = await errorNameOf(() =>
        decompress('snappy', Buffer.from(hex, 'hex'), limitBytes),
      )
      expect(name, what).toBe('UNKNOWN_SERVER_ERROR')
    }
  })

  test('does not take memory for a length that its block cannot hold', async () => {
    const huge = Buffer.from('ffffffff0f0461', 'hex')
    expect(await errorNameOf(() => decompress('snappy', huge, 2 ** 40))).toBe(
      'UNKNOWN_SERVER_ERROR',
    )
  })
})

describe('lz4', () => {
  const frame = compress('lz4', sample(200_000)) as Buffer

  test('ends with the first frame, as for Kafka', async () => {
    const two = Buffer.concat([frame, frame])
    expect((await decompress('lz4', two, limitBytes)).equals(sample(200_000))).toBe(true)
  })

  test('has the wrong header checksum of magic 0 where asked for, and reads it there only', async () => {
    const legacy = { legacyLz4Checksum: true }
    const written = await compress('lz4', sample(100), undefined, legacy)
    // 0x82 is the checksum by the specification.
    expect(written.subarray(0, 6).toString('hex')).toBe('04224d186040')
    expect(written[6]).not.toBe(0x82)
    expect((await decompress('lz4', written, limitBytes, legacy)).equals(sample(100))).toBe(true)
    expect(await errorNameOf(() => decompress('lz4', written, limitBytes))).toBe(
      'UNKNOWN_SERVER_ERROR',
    )
  })

  test('passes over content size and content checksum, and refuses linked blocks', async () => {
    const body = frame.subarray(7, -4)
    // Flags: version 1, independent, content size, content checksum; one of all header checksums is right.
    const header = Buffer.from('04224d186c000100000000000000', 'hex')
    header[5] = frame[5]!
    let acceptedCount = 0
    for (let checksum = 0; checksum < 256; checksum++) {
      const bytes = Buffer.concat([header, Buffer.from([checksum]), body, Buffer.alloc(8)])
      if ((await errorNameOf(() => decompress('lz4', bytes, limitBytes))) === 'NONE')
        acceptedCount++
    }
    expect(acceptedCount).toBe(1)
    const linked = Buffer.from(frame)
    linked[4] = 0x40
    expect(await errorNameOf(() => decompress('lz4', linked, limitBytes))).toBe(
      'UNKNOWN_SERVER_ERROR',
    )
  })

  test('reads blocks that are stored as they are', async () => {
    const noise = sample(50_000).map((_, at) => (Math.imul(at + 1, 2_654_435_761) >>> 13) & 0xff)
    const stored = await packed('lz4', Buffer.from(noise))
    expect((await decompress('lz4', stored, limitBytes)).equals(noise)).toBe(true)
  })
})
