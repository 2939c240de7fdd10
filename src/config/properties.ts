// Java's .properties format, as server.properties is written: comments, three kinds of separators,
// continued lines, escapes.

export interface Property {
  readonly key: string
  readonly value: string
  /** Where it begins, counted from 1: for messages. */
  readonly line: number
}

/** The properties in the order of the file; a key may come twice (the last one counts). */
export function parseProperties(text: string): readonly Property[] {
  return logicalLines(text).map(({ content, line }) => {
    const [, key = '', value = ''] =
      /^((?:\\[^]|[^\s:=\\])*)(?:[ \t\f]*[:=][ \t\f]*|[ \t\f]+)?([^]*)$/.exec(content) ?? []
    return { key: unescaped(key), value: unescaped(value), line }
  })
}

interface LogicalLine {
  readonly content: string
  readonly line: number
}

/** Lines with their continuations joined; comments and blank lines left out. */
function logicalLines(text: string): readonly LogicalLine[] {
  const natural = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)
  const lines: LogicalLine[] = []
  for (let index = 0; index < natural.length; index++) {
    const line = index + 1
    let content = withoutIndent(natural[index] ?? '')
    if (content === '' || content.startsWith('#') || content.startsWith('!')) continue
    while (endsInOddBackslashes(content)) {
      index++
      content = content.slice(0, -1) + withoutIndent(natural[index] ?? '')
    }
    lines.push({ content, line })
  }
  return lines
}

function withoutIndent(line: string): string {
  return line.replace(/^[ \t\f]+/, '')
}

function endsInOddBackslashes(line: string): boolean {
  return (/\\*$/.exec(line)?.[0].length ?? 0) % 2 === 1
}

const escapes: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' }

function unescaped(text: string): string {
  return text.replace(/\\(?:u([0-9A-Fa-f]{4})|([^]))/g, (_, hex?: string, other?: string) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16))
    return other === undefined ? '' : (escapes[other] ?? other)
  })
}
