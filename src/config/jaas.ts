// The login module lines of `sasl.jaas.config`, as Java's JAAS writes them: a module's class, a
// flag, options name=value or name="value", a semicolon. Of the module only its name counts here.
// A login file holds such lines by context: `KafkaServer { ... };`.

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
const contextName = /[^\s;="'{}]+/y
const quoted = /"((?:\\[^]|[^"\\])*)"|'((?:\\[^]|[^'\\])*)'/y

/** The lines of a login file, by context. */
export type LoginFileOutcome =
  | { readonly ok: true; readonly contexts: ReadonlyMap<string, readonly JaasEntry[]> }
  /** As of JaasOutcome. */
  | { readonly ok: false; readonly reason: string }

/** Reads one or more lines. */
export function parseJaas(text: string): JaasOutcome {
  const scan = new Scanner(text)
  const entries: JaasEntry[] = []
  while (!scan.atEnd) {
    const entry = takeEntry(scan)
    if (typeof entry === 'string') return refused(entry, scan)
    entries.push(entry)
  }
  if (entries.length === 0) return { ok: false, reason: 'it names no login module' }
  return { ok: true, entries }
}

/** Reads the file that Java takes as java.security.auth.login.config. */
export function parseLoginFile(text: string): LoginFileOutcome {
  const scan = new Scanner(text)
  const contexts = new Map<string, readonly JaasEntry[]>()
  while (!scan.atEnd) {
    const name = scan.take(quoted) ?? scan.take(contextName)
    if (name === null) return refused('the name of a context is expected', scan)
    if (!scan.skip('{')) return refused('{ is expected behind the name of a context', scan)
    const entries: JaasEntry[] = []
    while (!scan.skip('}')) {
      const entry = takeEntry(scan)
      if (typeof entry === 'string') return refused(entry, scan)
      entries.push(entry)
    }
    if (!scan.skip(';')) return refused('; is expected behind a context', scan)
    contexts.set(name, entries)
  }
  return { ok: true, contexts }
}

/** A line, or what was expected in its place. */
function takeEntry(scan: Scanner): JaasEntry | string {
  const module = scan.take(word)
  if (module === null) return 'a login module is expected'
  const flag = scan.take(word)
  if (flag === null || !flags.includes(flag.toLowerCase())) {
    return `${flags.join(', ')} is expected behind the login module`
  }
  const options = new Map<string, string>()
  while (!scan.skip(';')) {
    const name = scan.take(word)
    if (name === null) return 'an option or a semicolon is expected'
    if (!scan.skip('=')) return '= is expected behind the name of an option'
    const value = scan.take(quoted) ?? scan.take(word)
    if (value === null) return 'the value of an option is expected'
    options.set(name, value)
  }
  return { module, options }
}

function refused(expected: string, scan: Scanner): { readonly ok: false; readonly reason: string } {
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
