import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dateFormat } from '../../../../src/cli/tools/java-date-format.ts'

// 2026-11-07T08:05:09.042Z, a Saturday.
const ms = 1_794_038_709_042
const show = (pattern: string): string => dateFormat(pattern)(ms)

let zone: string | undefined
beforeAll(() => {
  zone = process.env['TZ']
  process.env['TZ'] = 'UTC'
})
afterAll(() => {
  if (zone === undefined) delete process.env['TZ']
  else process.env['TZ'] = zone
})

describe('a pattern', () => {
  test("is filled in as Java's SimpleDateFormat does", () => {
    expect(show('yyyy-MM-dd HH:mm:ss:SSS')).toBe('2026-11-07 08:05:09:042')
    expect(show('yy y yyyyy')).toBe('26 2026 02026')
    expect(show('M MM MMM MMMM d dd E EEEE')).toBe('11 11 Nov November 7 07 Sat Saturday')
    expect(show('H k K h a')).toBe('8 8 8 8 AM')
    expect(show('G S s m')).toBe('AD 42 9 5')
    expect(show('z Z X XX')).toBe('UTC +0000 Z Z')
  })

  test('takes what stands in quotes as it is', () => {
    expect(show("yyyy'T'HH")).toBe('2026T08')
    expect(show("h 'o''clock'")).toBe("8 o'clock")
    expect(show("''yy''")).toBe("'26'")
  })

  test('is refused where a letter means nothing, or a quote has no end', () => {
    expect(() => dateFormat('yyyy-bb')).toThrow("Illegal pattern character 'b'")
    expect(() => dateFormat("yyyy 'T")).toThrow('Unterminated quote')
  })
})

test('midnight is hour 24 to k and 12 to h', () => {
  expect(dateFormat('H k K h a')(0)).toBe('0 24 0 12 AM')
})
