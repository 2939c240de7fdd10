import { describe, expect, test } from 'vitest'
import { crc32, crc32c, crcLibrary } from '../../../protocol/crc.ts'

/** The definition, bit by bit. */
function slowCrc(bytes: Buffer, polynomial: number): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ polynomial
  }
  return (crc ^ 0xffffffff) >>> 0
}

const castagnoli = 0x82f63b78
const ieee = 0xedb88320

function pattern(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, index) => (index * 31 + (index >> 3)) & 0xff))
}

describe('CRC', () => {
  test('matches the published check values', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283)
    expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926)
    // RFC 3720 B.4.
    expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa)
    expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43)
  })

  test('of nothing is zero', () => {
    expect(crc32c(Buffer.alloc(0))).toBe(0)
    expect(crc32(Buffer.alloc(0))).toBe(0)
  })

  test('is the same from portable and native code, whatever the length', () => {
    for (const length of [1, 7, 191, 192, 193, 511, 512, 4096]) {
      const bytes = pattern(length)
      expect(crc32c(bytes)).toBe(slowCrc(bytes, castagnoli))
      expect(crc32(bytes)).toBe(slowCrc(bytes, ieee))
    }
  })

  test('covers only the range asked for', () => {
    const bytes = pattern(1000)
    expect(crc32c(bytes, 10, 900)).toBe(slowCrc(bytes.subarray(10, 900), castagnoli))
    expect(crc32(bytes, 10, 20)).toBe(slowCrc(bytes.subarray(10, 20), ieee))
  })

  test('continues from the sum so far, across portable and native code', () => {
    const bytes = pattern(2000)
    for (const cut of [0, 5, 300, 1990, 2000]) {
      expect(crc32c(bytes, cut, 2000, crc32c(bytes, 0, cut))).toBe(crc32c(bytes))
      expect(crc32(bytes, cut, 2000, crc32(bytes, 0, cut))).toBe(crc32(bytes))
    }
  })

  test('says which library is at work', () => {
    expect(crcLibrary.isNative).toBe(crcLibrary.error === undefined)
  })
})
