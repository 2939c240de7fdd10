// java.text.SimpleDateFormat's patterns, as `--date-format` takes them: times of this machine's zone, in English.

/** Milliseconds since the epoch → text. */
export type DateFormat = (ms: number) => string

type Part = keyof typeof partOptions

/** How each part of a time is asked for. */
const partOptions = {
  era: { era: 'short' },
  year: { year: 'numeric' },
  month: { month: 'numeric' },
  shortMonth: { month: 'short' },
  longMonth: { month: 'long' },
  day: { day: 'numeric' },
  shortWeekday: { weekday: 'short' },
  longWeekday: { weekday: 'long' },
  hour: { hour: 'numeric', hourCycle: 'h23' },
  minute: { minute: 'numeric' },
  second: { second: 'numeric' },
  millisecond: { fractionalSecondDigits: 3 },
  zone: { timeZoneName: 'short' },
  longZone: { timeZoneName: 'long' },
  offset: { timeZoneName: 'longOffset' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>

const formats = new Map<Part, Intl.DateTimeFormat>()

/** One part of a time as text, e.g. `month` → `11`. */
function partOf(ms: number, part: Part): string {
  let format = formats.get(part)
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', partOptions[part])
    formats.set(part, format)
  }
  const wanted = Object.keys(partOptions[part])[0]
  const type = wanted === 'fractionalSecondDigits' ? 'fractionalSecond' : wanted
  return format.formatToParts(ms).find((found) => found.type === type)?.value ?? ''
}

const numberOf = (ms: number, part: Part): number => Number(partOf(ms, part))

/** Makes a number as wide as its letters. */
const padded = (value: number, width: number): string => String(value).padStart(width, '0')

type Field = (ms: number, width: number) => string

const fields: Readonly<Record<string, Field>> = {
  G: (ms) => partOf(ms, 'era'),
  y: (ms, width) => {
    const year = numberOf(ms, 'year')
    return width === 2 ? padded(year % 100, 2) : padded(year, width)
  },
  M: (ms, width) => {
    if (width > 3) return partOf(ms, 'longMonth')
    return width === 3 ? partOf(ms, 'shortMonth') : padded(numberOf(ms, 'month'), width)
  },
  d: (ms, width) => padded(numberOf(ms, 'day'), width),
  E: (ms, width) => partOf(ms, width > 3 ? 'longWeekday' : 'shortWeekday'),
  a: (ms) => (numberOf(ms, 'hour') < 12 ? 'AM' : 'PM'),
  H: (ms, width) => padded(numberOf(ms, 'hour'), width),
  k: (ms, width) => padded(numberOf(ms, 'hour') || 24, width),
  K: (ms, width) => padded(numberOf(ms, 'hour') % 12, width),
  h: (ms, width) => padded(numberOf(ms, 'hour') % 12 || 12, width),
  m: (ms, width) => padded(numberOf(ms, 'minute'), width),
  s: (ms, width) => padded(numberOf(ms, 'second'), width),
  S: (ms, width) => padded(numberOf(ms, 'millisecond'), width),
  z: (ms, width) => partOf(ms, width > 3 ? 'longZone' : 'zone'),
  Z: (ms) => offsetOf(ms).replace(':', ''),
  X: (ms, width) => {
    const offset = offsetOf(ms)
    if (offset === '+00:00') return 'Z'
    if (width === 1) return offset.slice(0, 3)
    return width === 2 ? offset.replace(':', '') : offset
  },
}

/** `+hh:mm`. */
function offsetOf(ms: number): string {
  return partOf(ms, 'offset').replace('GMT', '') || '+00:00'
}

// A quoted text ('' in it is a quote), a run of one letter, or anything else.
const tokens = /'((?:[^']|'')*)'|'|([A-Za-z])\2*|[^A-Za-z']+/g

/** The format that `pattern` describes; its letters for days and weeks of the year are not known. @throws Error */
export function dateFormat(pattern: string): DateFormat {
  const pieces = [...pattern.matchAll(tokens)].map(([text, quotation, letter]): DateFormat => {
    if (text === "'") throw new Error('Unterminated quote')
    if (quotation !== undefined) {
      const literal = text === "''" ? "'" : quotation.replaceAll("''", "'")
      return () => literal
    }
    if (letter === undefined) return () => text
    const field = Object.hasOwn(fields, letter) ? fields[letter] : undefined
    if (field === undefined) throw new Error(`Illegal pattern character '${letter}'`)
    return (ms) => field(ms, text.length)
  })
  return (ms) => pieces.map((piece) => piece(ms)).join('')
}
