// RE2's syntax, read into a tree: literals, classes (Perl, POSIX, Unicode), groups, flags, choices,
// repetitions, anchors. What RE2 refuses is refused: back-references and looking around above all.
import { assert } from './assert.ts'

/** Whether a code point fits. */
export type CharTest = (code: number) => boolean

export type PatternNode =
  | { readonly kind: 'char'; readonly test: CharTest }
  | { readonly kind: 'assert'; readonly holds: (name: string, at: number) => boolean }
  | { readonly kind: 'sequence'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'choice'; readonly options: readonly PatternNode[] }
  | {
      readonly kind: 'repeat'
      readonly part: PatternNode
      readonly min: number
      /** Null: any number. */
      readonly max: number | null
    }

/** The pattern is none; the message says why. */
export class PatternRefused extends Error {
  override readonly name = 'PatternRefused'
}

/** RE2: the largest count in braces. */
const countMax = 1000
/** Parentheses in parentheses. */
const depthMax = 250

interface Flags {
  readonly ignoreCase: boolean
  readonly multiLine: boolean
  readonly dotAll: boolean
}

/** @throws PatternRefused when it is no RE2 pattern, or larger than `sizeMax` when written out. */
export function parsePattern(pattern: string, sizeMax: number): PatternNode {
  const parser = new Parser(pattern)
  const node = parser.choice({ ignoreCase: false, multiLine: false, dotAll: false })
  if (!parser.atEnd) throw new PatternRefused('unexpected )')
  if (sizeOf(node) > sizeMax) throw new PatternRefused('expression too large')
  return node
}

/** Instructions that the node comes to. */
function sizeOf(node: PatternNode): number {
  switch (node.kind) {
    case 'char':
    case 'assert':
      return 1
    case 'sequence':
      return node.parts.reduce((sum, part) => sum + sizeOf(part), 0)
    case 'choice':
      return node.options.reduce((sum, option) => sum + sizeOf(option) + 1, 1)
    case 'repeat':
      return sizeOf(node.part) * Math.max(1, node.max ?? node.min + 1) + (node.max ?? 0) + 2
  }
}

class Parser {
  readonly #text: string
  #at = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length
  }

  choice(outer: Flags): PatternNode {
    if (++this.#depth > depthMax) throw new PatternRefused('expression nests too deeply')
    let flags = outer
    let parts: PatternNode[] = []
    const options: PatternNode[] = []
    while (!this.atEnd && this.#peek() !== ')') {
      if (this.#accept('|')) {
        options.push({ kind: 'sequence', parts })
        parts = []
        continue
      }
      const flagged = this.#flagGroup(flags)
      if (flagged !== null) {
        flags = flagged
        continue
      }
      parts.push(...this.#repeated(flags))
    }
    this.#depth -= 1
    options.push({ kind: 'sequence', parts })
    const [only] = options
    return options.length === 1 && only !== undefined ? only : { kind: 'choice', options }
  }

  /** An atom with what repeats it. Quoted text is several, of which the last repeats. */
  #repeated(flags: Flags): PatternNode[] {
    if (/[*+?]/.test(this.#peek()) || this.#counts(true) !== null) {
      throw new PatternRefused(`missing argument to repetition operator: ${this.#peek()}`)
    }
    const atoms = this.#accept('\\Q') ? this.#quoted(flags) : [this.#atom(flags)]
    const last = atoms.pop()
    if (last === undefined) return []
    const counts = this.#repetition()
    if (counts === null) return [...atoms, last]
    const again = this.#repetition()
    if (again !== null) throw new PatternRefused('invalid nested repetition operator')
    return [...atoms, { kind: 'repeat', part: last, ...counts }]
  }

  #repetition(): { min: number; max: number | null } | null {
    const start = this.#at
    let counts: { min: number; max: number | null } | null
    if (this.#accept('*')) counts = { min: 0, max: null }
    else if (this.#accept('+')) counts = { min: 1, max: null }
    else if (this.#accept('?')) counts = { min: 0, max: 1 }
    else counts = this.#counts(false)
    // A reluctant repetition matches the same names.
    if (counts !== null) this.#accept('?')
    assert(counts !== null || this.#at === start, 'what is no repetition is not consumed')
    return counts
  }

  /** `{2}`, `{2,}` or `{2,5}`; other braces are literal. */
  #counts(onlyLook: boolean): { min: number; max: number | null } | null {
    const found = /^\{(\d+)(?:(,)(\d*))?\}/.exec(this.#text.slice(this.#at))
    if (found === null) return null
    const [whole, first = '', comma, second] = found
    if (!onlyLook) this.#at += whole.length
    const min = Number(first)
    const max = comma === undefined ? min : second ? Number(second) : null
    if (min > countMax || (max !== null && (max > countMax || max < min))) {
      throw new PatternRefused(`invalid repetition size: ${whole}`)
    }
    return { min, max }
  }

  #quoted(flags: Flags): PatternNode[] {
    const end = this.#text.indexOf('\\E', this.#at)
    const text = this.#text.slice(this.#at, end < 0 ? undefined : end)
    this.#at += text.length + (end < 0 ? 0 : 2)
    return Array.from(text, (char) => literal(codeOf(char), flags))
  }

  #atom(flags: Flags): PatternNode {
    const char = this.#take()
    switch (char) {
      case '(':
        return this.#group(flags)
      case '[':
        return { kind: 'char', test: this.#class(flags) }
      case '.':
        return { kind: 'char', test: flags.dotAll ? () => true : (code) => code !== lineFeed }
      case '^':
        return { kind: 'assert', holds: flags.multiLine ? beginsLine : beginsText }
      case '$':
        return { kind: 'assert', holds: flags.multiLine ? endsLine : endsText }
      case '\\':
        return this.#escape(flags)
      default:
        return literal(codeOf(char), flags)
    }
  }

  #group(flags: Flags): PatternNode {
    let inner = flags
    const opening = /^\?(?:P?<[A-Za-z0-9_]+>|([imsU]*(?:-[imsU]+)?):)/.exec(this.#rest())
    if (opening !== null) {
      this.#at += opening[0].length
      inner = changeFlags(flags, opening[1] ?? '')
    } else if (this.#peek() === '?') {
      throw new PatternRefused(`invalid or unsupported Perl syntax: (${this.#rest().slice(0, 2)}`)
    }
    const node = this.choice(inner)
    if (!this.#accept(')')) throw new PatternRefused('missing closing )')
    return node
  }

  /** `(?i)` holds to the end of the group that it stands in. */
  #flagGroup(flags: Flags): Flags | null {
    const found = /^\(\?([imsU]+(?:-[imsU]+)?|-[imsU]+)\)/.exec(this.#rest())
    if (found === null) return null
    this.#at += found[0].length
    return changeFlags(flags, found[1] ?? '')
  }

  #escape(flags: Flags): PatternNode {
    const char = this.#peek()
    const anchor = anchors[char]
    if (anchor !== undefined) {
      this.#at += 1
      return { kind: 'assert', holds: anchor }
    }
    const set = this.#setEscape()
    if (set !== null) return { kind: 'char', test: set }
    return literal(this.#charEscape(), flags)
  }

  /** `\d`, `\W`, `\pN`, `\P{Greek}`: null where the escape is none of these. */
  #setEscape(): CharTest | null {
    const char = this.#peek()
    const perl = perlClasses[char]
    if (perl !== undefined) {
      this.#at += 1
      return perl
    }
    if (char !== 'p' && char !== 'P') return null
    const found = /^[pP](?:\{(\^?)([A-Za-z_]+)\}|([A-Z]))/.exec(this.#rest())
    if (found === null) throw new PatternRefused('invalid character class range')
    this.#at += found[0].length
    const [, caret = '', long, short] = found
    const test = unicodeClass(long ?? short ?? '')
    return (char === 'P') === (caret !== '') ? test : negated(test)
  }

  /** The escaped character's code. */
  #charEscape(): number {
    const hex = /^x(?:\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{2}))/.exec(this.#rest())
    if (hex !== null) {
      this.#at += hex[0].length
      const code = Number.parseInt(hex[1] ?? hex[2] ?? '0', 16)
      if (code > codePointMax) throw new PatternRefused(`invalid escape sequence: \\${hex[0]}`)
      return code
    }
    const octal = /^(?:0[0-7]{0,2}|[1-7][0-7]{1,2})/.exec(this.#rest())
    if (octal !== null) {
      this.#at += octal[0].length
      return Number.parseInt(octal[0], 8)
    }
    if (this.atEnd) throw new PatternRefused('trailing backslash at end of expression')
    const char = this.#take()
    const control = controls[char]
    if (control !== undefined) return control
    if (/[A-Za-z0-9]/.test(char)) throw new PatternRefused(`invalid escape sequence: \\${char}`)
    return codeOf(char)
  }

  #class(flags: Flags): CharTest {
    const isNegated = this.#accept('^')
    const tests: CharTest[] = []
    for (let first = true; first || this.#peek() !== ']'; first = false) {
      if (this.atEnd) throw new PatternRefused('missing closing ]')
      tests.push(this.#classItem(flags))
    }
    this.#at += 1
    const test = (code: number) => tests.some((one) => one(code))
    return isNegated ? negated(test) : test
  }

  #classItem(flags: Flags): CharTest {
    const posix = /^\[:(\^?)([a-z]+):\]/.exec(this.#rest())
    if (posix !== null) {
      this.#at += posix[0].length
      const test = posixClasses[posix[2] ?? '']
      if (test === undefined) throw new PatternRefused('invalid character class range')
      return posix[1] === '^' ? negated(test) : test
    }
    if (this.#accept('\\')) {
      const set = this.#setEscape()
      if (set !== null) return set
      this.#at -= 1
    }
    const low = this.#classChar()
    const isRange = this.#peek() === '-' && this.#text[this.#at + 1] !== ']'
    if (!isRange || this.#at + 1 >= this.#text.length) return within(low, low, flags)
    this.#at += 1
    const high = this.#classChar()
    if (high < low) throw new PatternRefused('invalid character class range')
    return within(low, high, flags)
  }

  #classChar(): number {
    if (this.atEnd) throw new PatternRefused('missing closing ]')
    const char = this.#take()
    return char === '\\' ? this.#charEscape() : codeOf(char)
  }

  #peek(): string {
    return this.#text[this.#at] ?? ''
  }

  #rest(): string {
    return this.#text.slice(this.#at)
  }

  #take(): string {
    assert(!this.atEnd, 'something is left to take')
    const char = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0)
    this.#at += char.length
    return char
  }

  #accept(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false
    this.#at += text.length
    return true
  }
}

function changeFlags(flags: Flags, letters: string): Flags {
  const [on = '', off = ''] = letters.split('-')
  const flag = (letter: string, before: boolean) =>
    (before || on.includes(letter)) && !off.includes(letter)
  return {
    ignoreCase: flag('i', flags.ignoreCase),
    multiLine: flag('m', flags.multiLine),
    dotAll: flag('s', flags.dotAll),
  }
}

function literal(code: number, flags: Flags): PatternNode {
  return { kind: 'char', test: within(code, code, flags) }
}

function within(low: number, high: number, { ignoreCase }: Flags): CharTest {
  const inRange = (code: number) => code >= low && code <= high
  if (!ignoreCase) return inRange
  return (code) => inRange(code) || inRange(lowerOf(code)) || inRange(upperOf(code))
}

/** The first code point; -1 of an empty text. */
function codeOf(text: string): number {
  return text.codePointAt(0) ?? -1
}

function lowerOf(code: number): number {
  return codeOf(String.fromCodePoint(code).toLowerCase())
}

function upperOf(code: number): number {
  return codeOf(String.fromCodePoint(code).toUpperCase())
}

function negated(test: CharTest): CharTest {
  return (code) => !test(code)
}

function charsOf(expression: RegExp): CharTest {
  return (code) => expression.test(String.fromCodePoint(code))
}

/** A general category or a script. */
function unicodeClass(name: string): CharTest {
  if (name === 'Any') return () => true
  for (const property of [name, `Script=${name}`]) {
    try {
      return charsOf(new RegExp(`^\\p{${property}}$`, 'u'))
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
    }
  }
  throw new PatternRefused('invalid character class range')
}

const codePointMax = 0x10ffff
const lineFeed = 10
const isWord = charsOf(/^[0-9A-Za-z_]$/)
const isDigit = charsOf(/^[0-9]$/)
const isSpace = charsOf(/^[\t\n\f\r ]$/)

function beginsText(_name: string, at: number): boolean {
  return at === 0
}

function endsText(name: string, at: number): boolean {
  return at === name.length
}

function beginsLine(name: string, at: number): boolean {
  return at === 0 || name.charCodeAt(at - 1) === lineFeed
}

function endsLine(name: string, at: number): boolean {
  return at === name.length || name.charCodeAt(at) === lineFeed
}

function isWordEdge(name: string, at: number): boolean {
  const before = at > 0 && isWord(name.charCodeAt(at - 1))
  const after = at < name.length && isWord(name.charCodeAt(at))
  return before !== after
}

const anchors: Readonly<Record<string, (name: string, at: number) => boolean>> = {
  A: beginsText,
  z: endsText,
  b: isWordEdge,
  B: (name, at) => !isWordEdge(name, at),
}

const perlClasses: Readonly<Record<string, CharTest>> = {
  d: isDigit,
  D: negated(isDigit),
  s: isSpace,
  S: negated(isSpace),
  w: isWord,
  W: negated(isWord),
}

const posixClasses: Readonly<Record<string, CharTest>> = {
  alnum: charsOf(/^[0-9A-Za-z]$/),
  alpha: charsOf(/^[A-Za-z]$/),
  ascii: (code) => code < 128,
  blank: charsOf(/^[\t ]$/),
  cntrl: (code) => code < 32 || code === 127,
  digit: isDigit,
  graph: charsOf(/^[!-~]$/),
  lower: charsOf(/^[a-z]$/),
  print: charsOf(/^[ -~]$/),
  punct: charsOf(/^[!-/:-@[-`{-~]$/),
  space: charsOf(/^[\t\n\v\f\r ]$/),
  upper: charsOf(/^[A-Z]$/),
  word: isWord,
  xdigit: charsOf(/^[0-9A-Fa-f]$/),
}

const controls: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 }
