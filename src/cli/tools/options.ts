// The flags of Kafka's tools, parsed as Kafka parses them (joptsimple's rules): `--flag value`, `--flag=value`,
// `-flag`, repeated flags, optional values; and the same complaints.

/** What a flag takes, and what is said about it. */
export interface OptionSpec {
  /** One sentence for the usage text. */
  readonly text: string
  /** The name of its value in the usage text; absent: the flag takes none. */
  readonly value?: string
  readonly type?: 'string' | 'int' | 'long'
  /** The value may be left out. */
  readonly optionalValue?: boolean
  readonly fallback?: string
  /** Refused unless one of these is there too. */
  readonly onlyWith?: readonly string[]
  /** Its one-letter name. */
  readonly short?: string
  /** Several values may follow one flag. */
  readonly many?: boolean
  /** Ends the check of everything else: --help, --version. */
  readonly forHelp?: boolean
}

export type OptionTable = Readonly<Record<string, OptionSpec>>

/** The command line does not fit the tool's flags; the message is joptsimple's. */
export class OptionsRefused extends Error {
  override readonly name = 'OptionsRefused'
}

/** The flags that every tool has. */
export const commonOptions = {
  help: { text: 'Print usage information.', forHelp: true },
  version: { text: 'Display Kafka version.', forHelp: true },
} as const satisfies OptionTable

/** What was given on a command line. `Name` are the flags that there are. */
export class Options<Name extends string> {
  readonly #table: OptionTable
  readonly #values: ReadonlyMap<string, readonly string[]>
  /** The flags as they were typed, repeated ones each time. */
  readonly sequence: readonly string[]
  /** What is no flag and no value of one. */
  readonly arguments: readonly string[]

  constructor(table: OptionTable, parsed: Pick<Parser, 'values' | 'sequence' | 'rest'>) {
    this.#table = table
    this.#values = parsed.values
    this.sequence = parsed.sequence
    this.arguments = parsed.rest
  }

  has(name: Name): boolean {
    return this.#values.has(name)
  }

  /** The value, or the flag's default. @throws OptionsRefused when several were given */
  value(name: Name): string | undefined {
    const values = this.#values.get(name) ?? []
    if (values.length > 1) {
      throw new OptionsRefused(
        `Found multiple arguments for option ${name}, but you asked for only one`,
      )
    }
    return values[0] ?? this.#table[name]?.fallback
  }

  /** A value that must be there: the tool has checked. */
  required(name: Name): string {
    const value = this.value(name)
    if (value === undefined) throw new OptionsRefused(`Missing required argument "[${name}]"`)
    return value
  }

  values(name: Name): readonly string[] {
    const values = this.#values.get(name)
    const fallback = this.#table[name]?.fallback
    if (values !== undefined && values.length > 0) return values
    return fallback === undefined ? [] : [fallback]
  }

  /** The value of an int or long flag. @throws OptionsRefused when it is no such number */
  number(name: Name): number | undefined {
    const value = this.value(name)
    if (value === undefined) return undefined
    checkNumber(name, this.#table[name]?.type, value)
    return Number(value)
  }

  /** The value of an int or long flag that is there, or has a default. @throws OptionsRefused */
  numberOf(name: Name): number {
    return this.number(name) ?? Number(this.required(name))
  }
}

/** Reads a command line. @throws OptionsRefused */
export function parseOptions<Name extends string>(
  table: Readonly<Record<Name, OptionSpec>>,
  args: readonly string[],
): Options<Name> {
  return new Options<Name>(table, new Parser(table, args))
}

class Parser {
  readonly values = new Map<string, string[]>()
  readonly sequence: string[] = []
  readonly rest: string[] = []
  readonly #table: OptionTable
  readonly #args: readonly string[]
  readonly #longNames: ReadonlyMap<string, string>
  #at = 0

  constructor(table: OptionTable, args: readonly string[]) {
    this.#table = table
    this.#longNames = new Map(
      Object.entries(table).flatMap(([name, { short }]) =>
        short === undefined ? [] : [[short, name] as const],
      ),
    )
    this.#args = args
    while (this.#at < args.length) {
      const arg = args[this.#at++] ?? ''
      if (arg === '--') {
        this.rest.push(...args.slice(this.#at))
        break
      }
      if (arg.startsWith('--')) this.#long(arg.slice(2))
      else if (isOptionLike(arg)) this.#short(arg.slice(1))
      else this.rest.push(arg)
    }
    this.#checkCompany()
  }

  #long(text: string): void {
    const equals = text.indexOf('=')
    const name = equals < 0 ? text : text.slice(0, equals)
    this.#take(name, equals < 0 ? null : text.slice(equals + 1))
  }

  /** One dash: the whole word may be a flag; else every letter is one. */
  #short(text: string): void {
    const equals = text.indexOf('=')
    const name = equals < 0 ? text : text.slice(0, equals)
    const isKnown = this.#spec(name) !== undefined || this.#longNames.has(name)
    if (isKnown) this.#take(name, equals < 0 ? null : text.slice(equals + 1))
    else for (const letter of text) this.#take(letter, null)
  }

  #spec(name: string): OptionSpec | undefined {
    return Object.hasOwn(this.#table, name) ? this.#table[name] : undefined
  }

  #take(given: string, inline: string | null): void {
    const name = this.#longNames.get(given) ?? given
    const spec = this.#spec(name)
    if (spec === undefined) throw new OptionsRefused(`${name} is not a recognized option`)
    const values = this.values.get(name) ?? []
    this.values.set(name, values)
    this.sequence.push(name)
    if (spec.value === undefined) {
      if (inline !== null) {
        throw new OptionsRefused(`Option ${name} does not take an argument`)
      }
      return
    }
    const value = inline ?? this.#nextValue(name, spec)
    if (value === null) return
    values.push(value)
    while (spec.many === true && this.#at < this.#args.length) {
      const next = this.#args[this.#at]
      if (next === undefined || isOptionLike(next)) break
      this.#at++
      values.push(next)
    }
  }

  #nextValue(name: string, spec: OptionSpec): string | null {
    const next = this.#args[this.#at]
    if (spec.optionalValue === true) {
      // A negative number is one where a number is wanted.
      const isNumber = spec.type !== undefined && /^-\d+$/.test(next ?? '')
      if (next === undefined || (isOptionLike(next) && !isNumber)) return null
    } else if (next === undefined) {
      throw new OptionsRefused(`Option ${name} requires an argument`)
    }
    this.#at++
    return next ?? null
  }

  #checkCompany(): void {
    if ([...this.values.keys()].some((name) => this.#spec(name)?.forHelp === true)) return
    const lonely = [...this.values.keys()].filter((name) => {
      const company = this.#spec(name)?.onlyWith
      return company !== undefined && !company.some((other) => this.values.has(other))
    })
    if (lonely.length > 0) {
      throw new OptionsRefused(
        `Option(s) [${lonely.join(', ')}] are unavailable given other options on the command line`,
      )
    }
  }
}

function isOptionLike(arg: string): boolean {
  return arg.startsWith('-') && arg.length > 1
}

const int32 = { min: -(2 ** 31), max: 2 ** 31 - 1 }

function checkNumber(name: string, type: OptionSpec['type'], value: string): void {
  if (type === undefined || type === 'string') return
  const number = Number(value)
  const fits = type === 'long' || (number >= int32.min && number <= int32.max)
  if (!/^[+-]?\d+$/.test(value) || !fits) {
    throw new OptionsRefused(`Cannot parse argument '${value}' of option ${name}`)
  }
}

const usageColumns = 80
const optionColumnMax = 39
const columnGap = 2

/** The usage text: a column of flags, a column of what they do, 80 wide. */
export function usageOf(table: OptionTable): string {
  const rows = Object.entries(table)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, spec]) => [signature(name, spec), description(spec)] as const)
  const widest = Math.max(...rows.map(([option]) => option.length))
  const left = Math.min(optionColumnMax, widest)
  const right = usageColumns - left - columnGap - 1
  const lines: string[] = []
  for (const [option, text] of [['Option', 'Description'], ['------', '-----------'], ...rows]) {
    const options = wrap(option ?? '', left)
    const texts = wrap(text ?? '', right)
    for (let index = 0; index < Math.max(options.length, texts.length); index++) {
      const line = `${(options[index] ?? '').padEnd(left + columnGap)}${texts[index] ?? ''}`
      lines.push(line.trimEnd())
    }
  }
  return `${lines.join('\n')}\n`
}

const typeNames = { string: 'String', int: 'Integer', long: 'Long' } as const

function signature(name: string, spec: OptionSpec): string {
  const dashes = name.length > 1 ? '--' : '-'
  if (spec.value === undefined) return dashes + name
  const type = typeNames[spec.type ?? 'string']
  const value = spec.value === '' ? type : `${type}: ${spec.value}`
  return spec.optionalValue === true ? `${dashes}${name} [${value}]` : `${dashes}${name} <${value}>`
}

function description(spec: OptionSpec): string {
  return spec.fallback === undefined ? spec.text : `${spec.text} (default: ${spec.fallback})`
}

/** Lines of at most `width`; what goes on is indented by two. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const paragraph of text.split('\n')) {
    let line = ''
    for (const word of paragraph.split(' ')) {
      if (line !== '' && line.length + 1 + word.length > width) {
        lines.push(line)
        line = '  '
      }
      line += line.trim() === '' ? word : ` ${word}`
    }
    lines.push(line)
  }
  return lines
}
