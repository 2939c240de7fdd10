import { describe, expect, test } from 'vitest'
import { Reader } from '../../../protocol/reader.ts'
import { keepUnknownTaggedFields } from '../../../protocol/tagged-fields.ts'
import { ExactWriter, Writer } from '../../../protocol/writer.ts'

function written(write: (writer: Writer) => void): string {
  const writer = new Writer()
  write(writer)
  return writer.finishBuffer().toString('hex')
}

describe('numbers', () => {
  test('are big-endian', () => {
    expect(written((writer) => writer.int8(-1))).toBe('ff')
    expect(written((writer) => writer.int16(-2))).toBe('fffe')
    expect(written((writer) => writer.uint16(65535))).toBe('ffff')
    expect(written((writer) => writer.int32(-(2 ** 31)))).toBe('80000000')
    expect(written((writer) => writer.uint32(2 ** 32 - 1))).toBe('ffffffff')
    expect(written((writer) => writer.float64(1.5))).toBe('3ff8000000000000')
    expect(written((writer) => writer.bool(true))).toBe('01')
  })

  test.each([
    [0, '0000000000000000'],
    [-1, 'ffffffffffffffff'],
    [1_700_000_000_311, '0000018bcfe56937'],
    [-(2 ** 32) - 1, 'fffffffeffffffff'],
    [Number.MAX_SAFE_INTEGER - 1, '001ffffffffffffe'],
    [Number.MIN_SAFE_INTEGER + 1, 'ffe0000000000002'],
  ])('int64 %d is %s', (value, hex) => {
    expect(written((writer) => writer.int64(value))).toBe(hex)
  })

  test('a saturated int64 goes back as the extreme that it came from', () => {
    const max = new Reader(Buffer.from('7fffffffffffffff', 'hex')).int64()
    expect(written((writer) => writer.int64(max))).toBe('7fffffffffffffff')
    const min = new Reader(Buffer.from('8000000000000000', 'hex')).int64()
    expect(written((writer) => writer.int64(min))).toBe('8000000000000000')
  })

  test.each([
    [0, '00'],
    [127, '7f'],
    [128, '8001'],
    [2 ** 31 - 1, 'ffffffff07'],
    [-1, 'ffffffff0f'],
  ])('uvarint %d is %s', (value, hex) => {
    expect(written((writer) => writer.uvarint(value))).toBe(hex)
  })
})

describe('strings', () => {
  test.each(['', 'abc', 'größe', '😀😀', 'a'.repeat(48), 'a'.repeat(49), 'é'.repeat(100)])(
    'read back as they were: %s',
    (text) => {
      for (const compact of [true, false]) {
        const writer = new Writer()
        writer.string(text, compact)
        const reader = new Reader(writer.finishBuffer())
        expect(reader.string(compact)).toBe(text)
        expect(reader.remaining).toBe(0)
      }
    },
  )

  test('null is a length of -1, or a compact zero', () => {
    expect(written((writer) => writer.nullableString(null, false))).toBe('ffff')
    expect(written((writer) => writer.nullableString(null, true))).toBe('00')
    expect(written((writer) => writer.nullableString('a', true))).toBe('0261')
  })

  test('longer than 32767 bytes are refused', () => {
    expect(() => written((writer) => writer.string('a'.repeat(32_768), true))).toThrow(RangeError)
  })
})

describe('uuids', () => {
  test('read back as they were', () => {
    for (const byte of [0, 0x55, 0xaa, 0xff]) {
      const text = Buffer.alloc(16, byte).toString('base64url')
      expect(written((writer) => writer.uuid(text))).toBe(Buffer.alloc(16, byte).toString('hex'))
    }
    const bytes = Buffer.from('00112233445566778899aabbccddeeff', 'hex')
    const hex = written((writer) => writer.uuid(bytes.toString('base64url')))
    expect(hex).toBe(bytes.toString('hex'))
  })

  test('that are none are our own bug', () => {
    expect(() => written((writer) => writer.uuid('short'))).toThrow(TypeError)
    expect(() => written((writer) => writer.uuid('+'.repeat(22)))).toThrow(TypeError)
  })
})

describe('chunks', () => {
  const small = Buffer.alloc(100, 1)
  const large = Buffer.alloc(5000, 2)

  test('small records are copied into the answer', () => {
    const writer = new Writer()
    writer.records(small, false)
    const { chunks, byteLength } = writer.finish()
    expect(chunks).toHaveLength(1)
    expect(byteLength).toBe(104)
  })

  test('large records and sources are passed on as they are, in order', () => {
    const source = { byteLength: 10 }
    const writer = new Writer()
    writer.int8(1)
    writer.records(large, false)
    writer.int8(2)
    writer.records(source, true)
    const { chunks, byteLength } = writer.finish()
    expect(chunks).toEqual([
      Buffer.from('0100001388', 'hex'),
      large,
      Buffer.from('020b', 'hex'),
      source,
    ])
    expect(chunks[1]).toBe(large)
    expect(chunks[3]).toBe(source)
    expect(byteLength).toBe(5 + 5000 + 2 + 10)
  })

  test('null records are -1, or a compact zero', () => {
    expect(written((writer) => writer.records(null, false))).toBe('ffffffff')
    expect(written((writer) => writer.records(null, true))).toBe('00')
  })

  test('a message in one piece cannot hold a source', () => {
    const writer = new Writer()
    writer.records({ byteLength: 1 }, false)
    expect(() => writer.finishBuffer()).toThrow(TypeError)
  })

  test('one that was finished is never touched again', () => {
    const writer = new Writer()
    const frames: Buffer[] = []
    for (let round = 0; round < 3000; round++) {
      writer.int32(round)
      writer.string('x'.repeat(round % 40), true)
      frames.push(writer.finishBuffer())
    }
    for (const [round, frame] of frames.entries()) {
      const reader = new Reader(frame)
      expect(reader.int32()).toBe(round)
      expect(reader.string(true)).toBe('x'.repeat(round % 40))
    }
  })

  test('a message larger than any slab grows with it', () => {
    const writer = new Writer()
    for (let value = 0; value < 100_000; value++) writer.int32(value)
    const bytes = writer.finishBuffer()
    expect(bytes.length).toBe(400_000)
    expect(bytes.readInt32BE(399_996)).toBe(99_999)
  })

  test('a message that was given up leaves no trace', () => {
    const writer = new Writer()
    writer.int32(1)
    writer.records(large, false)
    writer.beginTag(0)
    writer.reset()
    expect(writer.byteLength).toBe(0)
    writer.int8(7)
    expect(writer.finishBuffer().toString('hex')).toBe('07')
  })
})

describe('frames', () => {
  test('begin with the size of what follows', () => {
    const writer = new Writer()
    writer.beginFrame()
    writer.int16(5)
    expect(Buffer.concat(writer.finishFrame().chunks as Buffer[]).toString('hex')).toBe(
      '000000020005',
    )
  })

  test('count the chunks that are not copied', () => {
    const writer = new Writer()
    writer.beginFrame()
    writer.records(Buffer.alloc(5000), false)
    writer.int8(1)
    const { chunks, byteLength } = writer.finishFrame()
    expect(byteLength).toBe(4 + 4 + 5000 + 1)
    expect((chunks[0] as Buffer).readInt32BE()).toBe(5005)
  })
})

describe('tagged fields', () => {
  test('say their size, however long it is', () => {
    for (const length of [0, 1, 127, 128, 16_383, 16_384, 40_000]) {
      const writer = new Writer()
      writer.int16(-1)
      const mark = writer.beginTag(3)
      for (let count = 0; count < length; count++) writer.int8(count)
      writer.endTag(mark)
      writer.int8(9)
      const reader = new Reader(writer.finishBuffer())
      expect(reader.int16()).toBe(-1)
      expect(reader.uvarint()).toBe(3)
      expect(reader.uvarint()).toBe(length)
      const body = reader.slice(length)
      expect(body.every((byte, index) => byte === (index & 0xff))).toBe(true)
      expect(reader.int8()).toBe(9)
    }
  })

  test('copy large bytes, for their size is not known before', () => {
    const writer = new Writer()
    const mark = writer.beginTag(0)
    writer.bytes(Buffer.alloc(6000, 4), true)
    writer.endTag(mark)
    const { chunks, byteLength } = writer.finish()
    expect(chunks).toHaveLength(1)
    expect(byteLength).toBe(1 + 2 + 2 + 6000)
  })

  test('of a message with unknown ones go back only through the exact writer', () => {
    const message = {}
    keepUnknownTaggedFields(message, [{ tag: 7, data: Buffer.from('aa', 'hex') }])
    expect(written((writer) => writer.emptyTags(message))).toBe('00')
    const exact = new ExactWriter()
    exact.emptyTags(message)
    expect(exact.finishBuffer().toString('hex')).toBe('010701aa')
  })
})

test('the exact writer takes bigints', () => {
  const exact = new ExactWriter()
  exact.int64(2n ** 63n - 1n)
  exact.int64(-(2n ** 63n))
  exact.int64(-1)
  expect(exact.finishBuffer().toString('hex')).toBe(
    '7fffffffffffffff' + '8000000000000000' + 'ffffffffffffffff',
  )
})
