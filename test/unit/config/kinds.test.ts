// Values are read as Kafka reads them (the outcomes were checked against Kafka's own parser).
import { describe, expect, test } from 'vitest'
import type { ConfigKind } from '../../../src/config/entry.ts'
import * as kinds from '../../../src/config/kinds.ts'

function valueOf<T>(kind: ConfigKind<T>, text: string): T {
  const outcome = kind.parse(text)
  if (!outcome.ok) throw new Error(outcome.reason)
  return outcome.value
}

function textOf(kind: ConfigKind<unknown>, text: string): string {
  const outcome = kind.parse(text)
  return outcome.ok ? outcome.text : `refused: ${outcome.reason}`
}

describe('a boolean', () => {
  test('is true or false in any case, with blanks around it', () => {
    expect(['true', 'TRUE', ' True '].map((text) => valueOf(kinds.bool(false), text))).toEqual([
      true,
      true,
      true,
    ])
    expect(valueOf(kinds.bool(true), 'False')).toBe(false)
  })

  test.each(['yes', '', '1', 'on'])('is not "%s"', (text) => {
    expect(textOf(kinds.bool(true), text)).toMatch(/^refused: Expected value to be either true/)
  })
})

describe('an integer', () => {
  test('may have a sign, leading zeros and blanks around it', () => {
    const read = [' 5 ', '+5', '005', '-0'].map((text) => textOf(kinds.int(0), text))
    expect(read).toEqual(['5', '5', '5', '0'])
  })

  test.each(['', 'abc', '1.5', '0x10', '1e3', '2147483648', '-2147483649', '1 2'])(
    'of 32 bits is not "%s"',
    (text) => {
      expect(textOf(kinds.int(0), text)).toBe('refused: Not a number of type INT')
    },
  )

  test('keeps its extremes', () => {
    expect(valueOf(kinds.int(0), '2147483647')).toBe(2 ** 31 - 1)
    expect(valueOf(kinds.int(0), '-2147483648')).toBe(-(2 ** 31))
    expect(textOf(kinds.short(0), '32768')).toBe('refused: Not a number of type SHORT')
  })

  test('outside its range is refused with the range', () => {
    expect(textOf(kinds.int(1, kinds.atLeast(1)), '0')).toBe('refused: Value must be at least 1')
    const level = kinds.int(-1, kinds.betweenOr(1, 9, -1))
    expect(['-1', '1', '9'].map((text) => valueOf(level, text))).toEqual([-1, 1, 9])
    expect(textOf(level, '0')).toBe('refused: Value must be between 1 and 9 or equal to -1')
    const lz4 = kinds.int(9, kinds.between(1, 17))
    expect(textOf(lz4, '18')).toBe('refused: Value must be no more than 17')
  })
})

describe('a long', () => {
  test('saturates beyond 2^53 and keeps its text', () => {
    const kind = kinds.long(kinds.longMax)
    expect(kind.unset).toBe(Number.MAX_SAFE_INTEGER)
    expect(kind.parse('9223372036854775807')).toEqual({
      ok: true,
      value: Number.MAX_SAFE_INTEGER,
      text: '9223372036854775807',
    })
    expect(kind.parse('-9223372036854775808')).toEqual({
      ok: true,
      value: Number.MIN_SAFE_INTEGER,
      text: '-9223372036854775808',
    })
    expect(textOf(kind, '0009223372036854775807')).toBe('9223372036854775807')
  })

  test.each(['9223372036854775808', '-9223372036854775809', '99999999999999999999', ''])(
    'is not "%s"',
    (text) => {
      expect(textOf(kinds.long(0), text)).toBe('refused: Not a number of type LONG')
    },
  )
})

describe('a double', () => {
  test.each([
    ['0', '0.0'],
    ['1', '1.0'],
    ['.5', '0.5'],
    ['5e-1', '0.5'],
    ['0.5f', '0.5'],
    ['0.1d', '0.1'],
    ['0.30', '0.3'],
    ['1e-5', '1.0E-5'],
    ['0.001', '0.001'],
    ['123456789', '1.23456789E8'],
    ['1e7', '1.0E7'],
    ['9999999', '9999999.0'],
    ['1.7976931348623157E308', '1.7976931348623157E308'],
  ])('%s is shown as Java shows it: %s', (text, shown) => {
    expect(textOf(kinds.double(0), text)).toBe(shown)
  })

  test.each(['', 'NaN', 'half', '1,5', '1e', '--1'])('is not "%s"', (text) => {
    expect(textOf(kinds.double(0), text)).toBe('refused: Not a number of type DOUBLE')
  })

  test('keeps to its range', () => {
    const ratio = kinds.double(0.5, kinds.between(0, 1))
    expect(textOf(ratio, '1.1')).toBe('refused: Value must be no more than 1')
    expect(textOf(ratio, 'Infinity')).toBe('refused: Value must be no more than 1')
    expect(textOf(ratio, '-0.1')).toBe('refused: Value must be at least 0')
  })
})

describe('a list', () => {
  test('drops blanks and repetitions, and may be empty', () => {
    const kind = kinds.list('')
    expect(valueOf(kind, ' a , b ,a')).toEqual(['a', 'b'])
    expect(valueOf(kind, '  ')).toEqual([])
  })

  test('has no empty members', () => {
    expect(textOf(kinds.list(''), 'a,')).toMatch(/^refused: .*must not be empty/)
    expect(textOf(kinds.list(''), ',')).toMatch(/^refused: .*must not be empty/)
    expect(textOf(kinds.list('a', { nonEmpty: true }), '')).toMatch(/^refused: .*not be empty/)
  })

  test('of given words takes no other, and knows case', () => {
    const kind = kinds.list('a', { words: ['a', 'b'] })
    expect(valueOf(kind, 'b,a')).toEqual(['b', 'a'])
    expect(textOf(kind, 'A')).toBe('refused: String must be one of: a, b')
  })
})

describe('cleanup.policy', () => {
  const kind = kinds.cleanupPolicy('delete')

  test('says what happens to old data, in the order that was given', () => {
    expect(kind.parse('delete, compact')).toEqual({
      ok: true,
      value: { compact: true, delete: true },
      text: 'delete,compact',
    })
    expect(valueOf(kind, 'compact')).toEqual({ compact: true, delete: false })
    expect(textOf(kind, 'delete,delete')).toBe('delete')
  })

  test('may be empty: nothing is deleted', () => {
    expect(valueOf(kind, '')).toEqual({ compact: false, delete: false })
  })

  test.each(['DELETE', 'none', 'delete,', ','])('is not "%s"', (text) => {
    expect(kind.parse(text).ok).toBe(false)
  })
})

describe('throttled replicas', () => {
  const kind = kinds.throttledReplicas()

  test.each(['*', '', '0:1,1:2', ' 0:1 , 1:2', '0:1,0:1', '0:1,'])('may be "%s"', (text) => {
    expect(kind.parse(text).ok).toBe(true)
  })

  test.each(['x', 'none', '*,0:1', '0:1:2', '0-1'])('are not "%s"', (text) => {
    expect(kind.parse(text).ok).toBe(false)
  })
})

test('a word is one of its list, spelt exactly unless the list says otherwise', () => {
  const exact = kinds.oneOf('producer', ['producer', 'lz4'])
  expect(valueOf(exact, ' lz4 ')).toBe('lz4')
  expect(textOf(exact, 'LZ4')).toBe('refused: String must be one of: producer, lz4')
  const anyCase = kinds.oneOfAnyCase('upgrade', ['UPGRADE', 'DISABLED'])
  expect(valueOf(anyCase, 'disabled')).toBe('disabled')
  expect(anyCase.parse('never').ok).toBe(false)
})

test('counts per host read names, IPv4 and bracketed IPv6 addresses', () => {
  const kind = kinds.countPerHost()
  expect(valueOf(kind, 'a.example:5, 10.0.0.1:0,[::1]:7')).toEqual(
    new Map([
      ['a.example', 5],
      ['10.0.0.1', 0],
      ['::1', 7],
    ]),
  )
  expect(valueOf(kind, '')).toEqual(new Map())
  expect(kind.parse('a.example').ok).toBe(false)
  expect(kind.parse('a:-1').ok).toBe(false)
})

test('text, class names and secrets are kept as they are, without the blanks around them', () => {
  expect(valueOf(kinds.string(null), ' a b ')).toBe('a b')
  expect(valueOf(kinds.javaClass(null), 'org.example.A')).toBe('org.example.A')
  expect(valueOf(kinds.password(), ' secret ')).toBe('secret')
  expect(kinds.string('x', kinds.nonEmptyText).parse('').ok).toBe(false)
})

test('an authorizer is Kafka’s own by any of its names, or none', () => {
  const authorizer = kinds.standardAuthorizer()
  expect(valueOf(authorizer, kinds.standardAuthorizerClass)).toBe('standard')
  expect(valueOf(authorizer, 'kafka.security.authorizer.AclAuthorizer')).toBe('standard')
  expect(valueOf(authorizer, '')).toBe('none')
  expect(authorizer.parse('com.example.Authorizer')).toMatchObject({ ok: false })
})

test('principals stand between semicolons, each with its type', () => {
  const { parse } = kinds.principals()
  expect(parse(' User:a; User:CN=b, O=c ;')).toMatchObject({
    value: new Set(['User:a', 'User:CN=b, O=c']),
  })
  for (const wrong of ['alice', 'User:', ':a', 'User:a;b']) {
    expect(parse(wrong)).toMatchObject({ ok: false })
  }
})
