import { describe, expect, test } from 'vitest'
import { DecodeError } from '../../../protocol/errors.ts'
import { ExactReader, Reader } from '../../../protocol/reader.ts'

function reading(hex: string): Reader {
  return new Reader(Buffer.from(hex, 'hex'))
}

describe('numbers', () => {
  test('are big-endian and signed where Kafka says so', () => {
    expect(reading('80').int8()).toBe(-128)
    expect(reading('7f').int8()).toBe(127)
    expect(reading('8000').int16()).toBe(-32768)
    expect(reading('7fff').int16()).toBe(32767)
    expect(reading('00ff').int16()).toBe(255)
    expect(reading('ffff').uint16()).toBe(65535)
    expect(reading('80000000').int32()).toBe(-(2 ** 31))
    expect(reading('7fffffff').int32()).toBe(2 ** 31 - 1)
    expect(reading('ffffffff').uint32()).toBe(2 ** 32 - 1)
    expect(reading('3ff8000000000000').float64()).toBe(1.5)
  })

  test('any byte but zero is true', () => {
    expect(reading('00').bool()).toBe(false)
    expect(reading('01').bool()).toBe(true)
    expect(reading('80').bool()).toBe(true)
  })

  test.each([
    ['0000000000000000', 0],
    ['ffffffffffffffff', -1],
    ['0000018bcfe56937', 1_700_000_000_311],
    ['00000000ffffffff', 2 ** 32 - 1],
    ['ffffffff00000000', -(2 ** 32)],
    ['001fffffffffffff', Number.MAX_SAFE_INTEGER],
    ['ffe0000000000001', Number.MIN_SAFE_INTEGER],
  ])('int64 %s is %d exactly', (hex, value) => {
    expect(reading(hex).int64()).toBe(value)
  })

  test('an int64 beyond the safe integers becomes the nearest of them', () => {
    expect(reading('0020000000000000').int64()).toBe(Number.MAX_SAFE_INTEGER)
    expect(reading('7fffffffffffffff').int64()).toBe(Number.MAX_SAFE_INTEGER)
    expect(reading('ffe0000000000000').int64()).toBe(Number.MIN_SAFE_INTEGER)
    expect(reading('8000000000000000').int64()).toBe(Number.MIN_SAFE_INTEGER)
  })

  test.each([
    ['00', 0],
    ['7f', 127],
    ['8001', 128],
    ['ff7f', 16383],
    ['ffffffff07', 2 ** 31 - 1],
    ['8000', 0],
  ])('uvarint %s is %d', (hex, value) => {
    expect(reading(hex).uvarint()).toBe(value)
  })

  test('a uvarint above 31 bits wraps as in Java', () => {
    expect(reading('ffffffff0f').uvarint()).toBe(-1)
    expect(reading('8080808008').uvarint()).toBe(-(2 ** 31))
    expect(reading('8080808010').uvarint()).toBe(0)
  })

  test('a uvarint of more than five bytes is refused', () => {
    expect(() => reading('808080808001').uvarint()).toThrow(DecodeError)
  })
})

describe('strings', () => {
  test('have an int16 length, or a uvarint of the length plus one', () => {
    expect(reading('0003616263').string(false)).toBe('abc')
    expect(reading('04616263').string(true)).toBe('abc')
    expect(reading('0000').string(false)).toBe('')
    expect(reading('01').string(true)).toBe('')
  })

  test('are null only where that is allowed', () => {
    expect(reading('ffff').nullableString(false)).toBeNull()
    expect(reading('00').nullableString(true)).toBeNull()
    expect(reading('8000').nullableInternedString(false)).toBeNull()
    expect(() => reading('ffff').string(false)).toThrow(DecodeError)
    expect(() => reading('00').string(true)).toThrow(DecodeError)
    expect(() => reading('00').internedString(true)).toThrow(DecodeError)
  })

  test('longer than 32767 bytes are refused', () => {
    const body = Buffer.alloc(40_000, 0x61)
    const long = new Reader(Buffer.concat([Buffer.from('818002', 'hex'), body]))
    expect(() => long.string(true)).toThrow('longer than 32767')
    const longest = new Reader(Buffer.concat([Buffer.from('808002', 'hex'), body]))
    expect(longest.string(true)).toHaveLength(32_767)
  })

  test('interned or not, read the same', () => {
    for (const text of ['orders', '', 'größe', '😀', 'x'.repeat(200)]) {
      const bytes = Buffer.from(text)
      const frame = Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length]), bytes])
      expect(new Reader(frame).internedString(false)).toBe(text)
      expect(new Reader(frame).string(false)).toBe(text)
    }
  })
})

describe('bytes', () => {
  test('are slices of the frame, not copies', () => {
    const frame = Buffer.from('0000000201ff', 'hex')
    const bytes = new Reader(frame).bytes(false)
    frame[4] = 9
    expect([...bytes]).toEqual([9, 255])
  })

  test('know null', () => {
    expect(reading('ffffffff').nullableBytes(false)).toBeNull()
    expect(reading('00').nullableBytes(true)).toBeNull()
    expect(() => reading('ffffffff').bytes(false)).toThrow(DecodeError)
  })

  test('longer than the frame are refused', () => {
    expect(() => reading('7fffffff00').bytes(false)).toThrow(DecodeError)
    expect(() => reading('ffffffff0700').bytes(true)).toThrow(DecodeError)
  })
})

test('a uuid is 22 characters of base64url', () => {
  expect(reading('00'.repeat(16)).uuid()).toBe('A'.repeat(22))
  expect(reading('ff'.repeat(16)).uuid()).toBe('_____________________w')
})

describe('arrays', () => {
  test('say how many elements follow', () => {
    expect(reading('00000002' + '00'.repeat(8)).arrayLength(false, 4)).toBe(2)
    expect(reading('03' + '00'.repeat(8)).arrayLength(true, 4)).toBe(2)
    expect(reading('ffffffff').nullableArrayLength(false, 4)).toBe(-1)
    expect(reading('00').nullableArrayLength(true, 4)).toBe(-1)
  })

  test('that the frame cannot hold are refused before anything is allocated', () => {
    expect(() => reading('7fffffff' + '00'.repeat(56)).arrayLength(false, 1)).toThrow(DecodeError)
    expect(() => reading('00000003' + '00'.repeat(8)).arrayLength(false, 4)).toThrow(DecodeError)
    expect(() => reading('ffffffff').arrayLength(false, 4)).toThrow(DecodeError)
  })

  test('of more than a million elements are refused as in Kafka', () => {
    const frame = Buffer.alloc(1_100_000)
    frame.writeInt32BE(1_000_001)
    expect(() => new Reader(frame).arrayLength(false, 1)).toThrow(DecodeError)
    frame.writeInt32BE(1_000_000)
    expect(new Reader(frame).arrayLength(false, 1)).toBe(1_000_000)
  })
})

describe('tagged fields', () => {
  test('that nobody knows are passed over', () => {
    const reader = reading('020003aabbcc0501ff2a')
    expect(reader.skipTaggedFields()).toBeUndefined()
    expect(reader.int8()).toBe(42)
  })

  test('are kept by the exact reader', () => {
    const reader = new ExactReader(Buffer.from('020003aabbcc0501ff', 'hex'))
    expect(reader.skipTaggedFields()).toEqual([
      { tag: 0, data: Buffer.from('aabbcc', 'hex') },
      { tag: 5, data: Buffer.from('ff', 'hex') },
    ])
  })

  test('are refused when they reach beyond the frame or are too many', () => {
    expect(() => reading('010005aa').skipTaggedFields()).toThrow(DecodeError)
    expect(() => reading('914e' + '0000'.repeat(10_001)).skipTaggedFields()).toThrow(DecodeError)
    expect(() => reading('01' + '00' + 'ffffffff0f').skipTaggedFields()).toThrow(DecodeError)
  })
})

describe('the frame', () => {
  test('is the only thing that is read', () => {
    const reader = new Reader(Buffer.from('0102030405', 'hex'), 1, 3)
    expect(reader.remaining).toBe(2)
    expect(reader.int16()).toBe(0x0203)
    expect(reader.position).toBe(3)
    expect(() => reader.int8()).toThrow(DecodeError)
  })

  test('cannot reach beyond its buffer', () => {
    expect(() => new Reader(Buffer.alloc(4), 0, 5)).toThrow(DecodeError)
    expect(() => new Reader(Buffer.alloc(4), -1)).toThrow(DecodeError)
    expect(() => reading('00').reset(Buffer.alloc(4), 3, 2)).toThrow(DecodeError)
  })

  test('can be changed, so that one reader serves many', () => {
    const reader = reading('01')
    reader.int8()
    reader.reset(Buffer.from('0203', 'hex'))
    expect(reader.int16()).toBe(0x0203)
  })

  test('a read that fails moves nothing', () => {
    const reader = reading('0102')
    expect(() => reader.int32()).toThrow(DecodeError)
    expect(reader.position).toBe(0)
    expect(reader.int16()).toBe(0x0102)
  })
})

describe('the exact reader', () => {
  test('returns small int64s as numbers and others as bigints', () => {
    const read = (hex: string): unknown => new ExactReader(Buffer.from(hex, 'hex')).int64()
    expect(read('ffffffffffffffff')).toBe(-1)
    expect(read('7fffffffffffffff')).toBe(2n ** 63n - 1n)
    expect(read('8000000000000000')).toBe(-(2n ** 63n))
    expect(read('001fffffffffffff')).toBe(2n ** 53n - 1n)
  })
})
