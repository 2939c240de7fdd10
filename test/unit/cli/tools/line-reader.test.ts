import { expect, test } from 'vitest'
import { lineRules, linesOf, recordOfLine } from '../../../../src/cli/tools/line-reader.ts'

async function lines(...chunks: readonly (string | Buffer)[]): Promise<string[]> {
  async function* input(): AsyncGenerator<Buffer> {
    for (const chunk of chunks) yield await Promise.resolve(Buffer.from(chunk))
  }
  const found: string[] = []
  for await (const line of linesOf(input())) found.push(line)
  return found
}

const read = (properties: Readonly<Record<string, string>>, text: string) =>
  recordOfLine(lineRules(new Map(Object.entries(properties))), { text, number: 7, topic: 't' })

const both = { 'parse.key': 'true', 'parse.headers': 'true' }

test('lines end at \\n, \\r\\n and \\r, wherever a chunk ends', async () => {
  expect(await lines('a\nb\r\nc\rd')).toEqual(['a', 'b', 'c', 'd'])
  expect(await lines('a\r', '\nb\r')).toEqual(['a', 'b'])
  expect(await lines('a\n\n', 'b')).toEqual(['a', '', 'b'])
  expect(await lines()).toEqual([])
})

test('a character may be cut by the end of a chunk', async () => {
  const bytes = Buffer.from('é\n')
  expect(await lines(bytes.subarray(0, 1), bytes.subarray(1))).toEqual(['é'])
})

test('a plain line is a value without a key', () => {
  expect(read({}, 'a\tb')).toEqual({
    topic: 't',
    key: null,
    value: Buffer.from('a\tb'),
    headers: [],
  })
})

test('headers, key and value stand in this order', () => {
  expect(read(both, 'h:1,g:\tk\tv\tw')).toEqual({
    topic: 't',
    key: Buffer.from('k'),
    value: Buffer.from('v\tw'),
    headers: [
      { key: 'h', value: Buffer.from('1') },
      { key: 'g', value: Buffer.from('') },
    ],
  })
})

test('what equals the null marker is null', () => {
  const record = read({ ...both, 'null.marker': 'N' }, 'h:N\tN\tN')
  expect(record).toMatchObject({ key: null, value: null, headers: [{ key: 'h', value: null }] })
})

test('a missing separator names the line, unless errors are ignored', () => {
  expect(() => read({ 'parse.key': 'true' }, 'abc')).toThrow(
    "No key separator found on line number 7: 'abc'",
  )
  expect(() => read(both, 'h\tk\tv')).toThrow(
    "No header key separator found in pair 'h' on line number 7",
  )
  const lenient = read({ 'parse.key': 'true', 'ignore.error': 'true' }, 'abc')
  expect(lenient).toMatchObject({ key: null, value: Buffer.from('abc') })
})

test('separators that are equal are refused', () => {
  expect(() => read({ 'headers.separator': ':' }, '')).toThrow(
    'headers.separator and headers.key.separator may not be equal',
  )
  expect(() => read({ 'null.marker': '\t' }, '')).toThrow(
    'null.marker and key.separator may not be equal',
  )
})
