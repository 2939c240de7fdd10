import { describe, expect, test } from 'vitest'
import { internedString, internedUuid } from '../../../protocol/intern.ts'

describe('the intern cache', () => {
  const intern = (text: string) => {
    const bytes = Buffer.from(`<${text}>`)
    return internedString(bytes, 1, bytes.length - 1)
  }

  test('reads what the bytes say, however often and in whatever order', () => {
    for (let round = 0; round < 3; round++) {
      for (let index = 0; index < 5000; index++)
        expect(intern(`topic-${index}`)).toBe(`topic-${index}`)
    }
  })

  test('does not confuse strings of one length', () => {
    for (const text of ['ab', 'ba', 'aa', 'bb', 'ab']) expect(intern(text)).toBe(text)
  })

  test('reads what is no ASCII, too long or empty as well', () => {
    for (const text of ['', 'é', 'x'.repeat(500), '日本']) expect(intern(text)).toBe(text)
  })

  test('makes no second string for the same bytes', () => {
    expect(internedString(Buffer.from('orders'), 0, 6)).toBe(intern('orders'))
    expect(internedString(Buffer.from('orders!'), 0, 7)).toBe('orders!')
  })

  test('reads uuids, however often', () => {
    for (let round = 0; round < 2; round++) {
      for (let index = 0; index < 1000; index++) {
        const bytes = Buffer.alloc(17)
        bytes.writeUInt32BE(index, 13)
        bytes.writeUInt32BE(index * 7919, 1)
        expect(internedUuid(bytes, 1)).toBe(bytes.toString('base64url', 1))
      }
    }
  })
})
