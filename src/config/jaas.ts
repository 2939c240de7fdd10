// The login module lines of `sasl.jaas.config`, as Java's JAAS writes them: a module's class, a
// flag, options name=value or name="value", a semicolon. Of the module only its name counts here.

/** One login module with its options. */
export interface JaasEntry {
  /** The class of the module, e.g. org.apache.kafka.common.security.plain.PlainLoginModule. */
  readonly module: string
  readonly options: ReadonlyMap<string, string>
}

export type JaasOutcome =
  | { readonly ok: true; readonly entries: readonly JaasEntry[] }
  /** `reason` says where, and quotes nothing: the text holds secrets. */
  | { readonly ok: false; readonly reason: string }

const flags = ['required', 'requisite', 'sufficient', 'optional']
const blank = /(?:\s|\/\/[^\n]*|\/\*[^]*?\*\/)*/y
const word = /[^\s;="']+/y
const quoted = /"((?:\\[^]|[^"\\])*)"|'((?:\\[^]|[^'\\])*)'/y

/** Reads one or more lines. */
export function parseJaas(text: string): JaasOutcome {
  const scan = new Scanner(text)
  const entries: JaasEntry[] = []
  while (!scan.atEnd) {
    const module = scan.take(word)
    if (module === null) return refused('a login module is expected', scan)
    const flag = scan.take(word)
    if (flag === null || !flags.includes(flag.toLowerCase())) {
      return refused(`${flags.join(', ')} is expected behind the login module`, scan)
    }
    const options = new Map<string, string>()
    while (!scan.skip(';')) {
      const name = scan.take(word)
      if (name === null) return refused('an option or a semicolon is expected', scan)
      if (!scan.skip('=')) return refused('= is expected behind the name of an option', scan)
      const value = scan.take(quoted) ?? scan.take(word)
      if (value === null) return refused('the value of an option is expected', scan)
      options.set(name, value)
    }
    entries.push({ module, options })
  }
  if (entries.length === 0) return { ok: false, reason: 'it names no login module' }
  return { ok: true, entries }
}

function refused(expected: string, scan: Scanner): JaasOutcome {
  return { ok: false, reason: `${expected} at character ${scan.at + 1}` }
}

class Scanner {
  at = 0
  readonly #text: string

  constructor(text: string) {
    this.#text = text
    this.#skipBlanks()
  }

  get atEnd(): boolean {
    return this.at === this.#text.length
  }

  /** What the pattern finds here, its first group where it has one, and moves behind it. */
  take(pattern: RegExp): string | null {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.#text)
    if (found === null) return null
    this.at = pattern.lastIndex
    this.#skipBlanks()
    const inner = found[1] ?? found[2]
    return inner === undefined ? found[0] : inner.replace(/\\([^])/g, '$1')
  }

  skip(character: string): boolean {
    if (this.#text[this.at] !== character) return false
    this.at += 1
    this.#skipBlanks()
    return true
  }

  #skipBlanks(): void {
    blank.lastIndex = this.at
    blank.exec(this.#text)
    this.at = blank.lastIndex
  }
}
