// Patterns over names: what fits, what is refused, and that no pattern takes for ever.
import { describe, expect, test } from 'vitest'
import { compilePattern, PatternRefused } from '../../../src/base/pattern.ts'

const fits = (pattern: string, name: string) => compilePattern(pattern)(name)

describe('a pattern', () => {
  test.each([
    ['orders', 'orders', true],
    ['.', '\u{1F600}', true],
    ['..', '\u{1F600}', false],
    ['[\u{1F600}-\u{1F603}]x', '\u{1F602}x', true],
    ['\\x{1F600}+', '\u{1F600}\u{1F600}', true],
    ['orders', 'orders-eu', false],
    ['orders.*', 'orders-eu', true],
    ['order', 'orders', false],
    ['', '', true],
    ['a|b', 'b', true],
    ['(a|b)+c?', 'abba', true],
    ['(a|b)+c?', 'abbacc', false],
    ['[a-c_-]{2,3}', 'a-_', true],
    ['[a-c]{2,3}', 'a', false],
    ['[^a-c]', 'd', true],
    ['[]a]+', ']a', true],
    ['[[:alpha:]]+[[:digit:]]', 'abc7', true],
    ['[[:^digit:]]+', 'abc7', false],
    ['\\d+\\.\\w+', '12.a_b', true],
    ['[\\d.]+', '1.2', true],
    ['\\D+', 'ab1', false],
    ['\\Qa.b\\E+', 'a.bbb', true],
    ['\\Qa.b\\E', 'axb', false],
    ['(?i)Orders', 'oRDERS', true],
    ['a(?i:B)c', 'abc', true],
    ['a(?i:B)c', 'abC', false],
    ['(?i)a(?-i)b', 'Ab', true],
    ['(?i)a(?-i)b', 'AB', false],
    ['(?P<name>x)(?<other>y)(?:z)', 'xyz', true],
    ['^a$', 'a', true],
    ['\\Aa\\z', 'a', true],
    ['a\\b-\\bb', 'a-b', true],
    ['a\\Bb', 'ab', true],
    ['a{2}', 'aa', true],
    ['a{,2}', 'a{,2}', true],
    ['a{2,}', 'aaaa', true],
    ['a*?b', 'aab', true],
    ['\\x61\\x{62}\\143', 'abc', true],
    ['\\pL+\\p{Lu}\\P{L}', 'abC1', true],
    ['(|a)*', 'aaa', true],
    ['.', '\n', false],
    ['(?s).', '\n', true],
  ])('%s and %s: %s', (pattern, name, expected) => {
    expect(fits(pattern, name)).toBe(expected)
  })

  test.each([
    't(1',
    't)',
    '[a',
    '*a',
    'a**',
    'a+*',
    '(?=a)',
    '(?<!a)b',
    '(a)\\8',
    '\\',
    'a{1001}',
    'a{3,2}',
    '[b-a]',
    '[[:nope:]]',
    '\\p{Nope}',
    '((a{1000}){1000}){1000}',
    '('.repeat(300),
  ])('%s is refused', (pattern) => {
    expect(() => compilePattern(pattern)).toThrow(PatternRefused)
  })

  test('takes no longer for patterns that make others backtrack', () => {
    const name = 'a'.repeat(200)
    expect(fits('(a*)*b', name)).toBe(false)
    expect(fits('(a|aa)+$', name)).toBe(true)
    expect(fits('(a?){100}a{100}', name)).toBe(true)
  })
})
