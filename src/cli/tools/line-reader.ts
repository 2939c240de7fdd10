// Lines of a stream of bytes, and records out of lines: what kafka-console-producer reads.
import type { OutgoingRecord } from '../../client/producer.ts'

/** The lines, without their ends (\n, \r\n or \r), as Java's readers cut them. */
export async function* linesOf(input: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8')
  let rest = ''
  for await (const chunk of input) {
    rest += decoder.decode(chunk, { stream: true })
    // A \r at the end may be half of a \r\n.
    const lines = rest.split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    yield* lines
  }
  rest += decoder.decode()
  if (rest.endsWith('\r')) rest = rest.slice(0, -1)
  if (rest !== '') yield rest
}

export interface LineRules {
  readonly parseKey: boolean
  readonly keySeparator: string
  readonly parseHeaders: boolean
  readonly headersDelimiter: string
  readonly headersSeparator: string
  readonly headersKeySeparator: string
  readonly ignoreError: boolean
  /** Fields equal to it are null; null: none are. */
  readonly nullMarker: string | null
}

/** The rules in the properties of the reader. @throws Error where two separators are equal */
export function lineRules(properties: ReadonlyMap<string, string>): LineRules {
  const isTrue = (key: string): boolean => properties.get(key)?.trim().toLowerCase() === 'true'
  const rules = {
    parseKey: isTrue('parse.key'),
    keySeparator: properties.get('key.separator') ?? '\t',
    parseHeaders: isTrue('parse.headers'),
    headersDelimiter: properties.get('headers.delimiter') ?? '\t',
    headersSeparator: properties.get('headers.separator') ?? ',',
    headersKeySeparator: properties.get('headers.key.separator') ?? ':',
    ignoreError: isTrue('ignore.error'),
    nullMarker: properties.get('null.marker') ?? null,
  }
  const differ = (left: string, right: string, names: string): void => {
    if (left === right) throw new Error(`${names} may not be equal`)
  }
  const { headersDelimiter, headersSeparator, headersKeySeparator, nullMarker } = rules
  differ(headersDelimiter, headersSeparator, 'headers.delimiter and headers.separator')
  differ(headersDelimiter, headersKeySeparator, 'headers.delimiter and headers.key.separator')
  differ(headersSeparator, headersKeySeparator, 'headers.separator and headers.key.separator')
  if (nullMarker !== null) {
    differ(rules.keySeparator, nullMarker, 'null.marker and key.separator')
    differ(headersSeparator, nullMarker, 'null.marker and headers.separator')
    differ(headersDelimiter, nullMarker, 'null.marker and headers.delimiter')
    differ(headersKeySeparator, nullMarker, 'null.marker and headers.key.separator')
  }
  return rules
}

/** The record that a line says. @throws Error where a separator is missing */
export function recordOfLine(
  rules: LineRules,
  line: { readonly text: string; readonly number: number; readonly topic: string },
): OutgoingRecord {
  const { text, number, topic } = line
  const cut = (wanted: boolean, from: number, separator: string, name: string): string | null => {
    if (!wanted) return null
    const at = text.indexOf(separator, from)
    if (at >= 0) return text.slice(from, at)
    if (rules.ignoreError) return null
    throw new Error(`No ${name} found on line number ${number}: '${text}'`)
  }
  const { parseHeaders, headersDelimiter, parseKey, keySeparator, nullMarker } = rules
  const headers = cut(parseHeaders, 0, headersDelimiter, 'headers delimiter')
  const keyAt = headers === null ? 0 : headers.length + headersDelimiter.length
  const key = cut(parseKey, keyAt, keySeparator, 'key separator')
  const valueAt = keyAt + (key === null ? 0 : key.length + keySeparator.length)
  return {
    topic,
    key: bytesOf(key, nullMarker),
    value: bytesOf(text.slice(valueAt), nullMarker),
    headers: headers === null || headers === nullMarker ? [] : headersOf(rules, headers, number),
  }
}

function headersOf(
  rules: LineRules,
  text: string,
  lineNumber: number,
): { readonly key: string; readonly value: Buffer | null }[] {
  const { headersSeparator, headersKeySeparator, ignoreError, nullMarker } = rules
  return text.split(new RegExp(headersSeparator)).map((pair) => {
    const at = pair.indexOf(headersKeySeparator)
    if (at < 0) {
      if (ignoreError) return { key: pair, value: null }
      throw new Error(
        `No header key separator found in pair '${pair}' on line number ${lineNumber}`,
      )
    }
    const key = pair.slice(0, at)
    if (key === nullMarker) {
      throw new Error(
        `Header keys should not be equal to the null marker '${nullMarker}' as they can't be null`,
      )
    }
    return { key, value: bytesOf(pair.slice(at + headersKeySeparator.length), nullMarker) }
  })
}

function bytesOf(text: string | null, nullMarker: string | null): Buffer | null {
  return text === null || text === nullMarker ? null : Buffer.from(text, 'utf8')
}
