import { describe, expect, test } from 'vitest'
import { decodeUtf8 } from '../../../protocol/utf8.ts'

const bad = '\ufffd'

describe('decodeUtf8', () => {
  test.each([
    ['valid text', Buffer.from('größe 😀 日本').toString('hex'), 'größe 😀 日本'],
    ['a byte order mark', 'efbbbf61', '\ufeff' + 'a'],
    ['a lone continuation byte', '6180', `a${bad}`],
    ['a sequence cut short', '61e697', `a${bad}`],
    ['an overlong sequence', 'e08080', bad.repeat(3)],
    ['a code point above the last', 'f4908080', bad.repeat(4)],
    ['an encoded surrogate, one replacement as in Java', '61eda08062', `a${bad}b`],
    ['a pair of encoded surrogates', 'eda0bdedb880', bad.repeat(2)],
    ['a surrogate cut short at the end', 'eda0', bad],
    ['a surrogate cut short before text', 'edbf61', `${bad}a`],
    ['a surrogate after a broken sequence', 'e6edbfbf61', `${bad}${bad}a`],
  ])('%s', (_name, hex, text) => {
    const bytes = Buffer.from(hex, 'hex')
    expect(decodeUtf8(bytes, 0, bytes.length)).toBe(text)
  })

  test('keeps to its range', () => {
    expect(decodeUtf8(Buffer.from('xaedbfbfy'), 1, 4)).toBe('aed')
  })
})
