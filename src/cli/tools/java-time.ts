// Times and durations as Java's tools read them.
import { dayMs, hourMs, minuteMs, secondMs } from '../../base/units.ts'

const datePart = String.raw`(\d{4}-\d{2}-\d{2})`
const timePart = String.raw`(\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?|\d{2}:\d{2})`
const zonePart = String.raw`(Z|[+-]\d{2}(?::?\d{2})?)`
const dateTimePattern = new RegExp(`^${datePart}T${timePart}${zonePart}?$`)

const int = '([+-]?\\d+)'
const seconds = String.raw`([+-]?\d+(?:[.,]\d{0,9})?)`
const durationPattern = new RegExp(
  `^([+-])?P(?:${int}D)?(T(?:${int}H)?(?:${int}M)?(?:${seconds}S)?)?$`,
  'i',
)

/** `YYYY-MM-DDThh:mm:ss[.sss][Z|+hh[:mm]]` in ms since the epoch; UTC without a zone. @throws Error */
export function dateTimeMs(text: string): number {
  if (!text.includes('T')) {
    throw new Error(
      "Error parsing timestamp. It does not contain a 'T' according to ISO8601 format",
    )
  }
  const [, date, time, zone = ''] = dateTimePattern.exec(text) ?? []
  const unparseable = new Error(`Unparseable date: "${text}"`)
  if (date === undefined || time === undefined) throw unparseable
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number)
  const [hours = 0, minutes = 0, seconds = 0] = time.split(':').map(Number)
  const days = daysSinceEpoch(year, month, day)
  const localMs =
    days * dayMs + hours * hourMs + minutes * minuteMs + Math.round(seconds * secondMs)
  return localMs - zoneMs(zone)
}

function zoneMs(zone: string): number {
  const [, sign, hours = '0', minutes = '0'] = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone) ?? []
  if (sign === undefined) return 0
  const ms = Number(hours) * hourMs + Number(minutes) * minuteMs
  return sign === '-' ? -ms : ms
}

/** The proleptic Gregorian calendar, counted from March so that leap days come last. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year
  const era = Math.floor(shifted / 400)
  const yearOfEra = shifted - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146097 + dayOfEra - 719468
}

/** `PnDTnHnMn.nS` in ms, parts of it negative if they say so. @throws Error */
export function durationMs(text: string): number {
  const [whole, sign = '', days, time, hours, minutes, seconds] = durationPattern.exec(text) ?? []
  if (whole === undefined || (days === undefined && time === undefined) || time?.length === 1) {
    throw new Error('Text cannot be parsed to a Duration')
  }
  const ms =
    Number(days ?? 0) * dayMs +
    Number(hours ?? 0) * hourMs +
    Number(minutes ?? 0) * minuteMs +
    Math.round(Number((seconds ?? '0').replace(',', '.')) * secondMs)
  return sign === '-' ? -ms : ms
}

const minuteFormat = new Intl.DateTimeFormat('sv-SE', {
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  hour12: false,
})

/** `yyyy-MM-dd'T'HH:mm` in this machine's time zone. */
export function localMinute(ms: number): string {
  return minuteFormat.format(ms).replace(' ', 'T')
}
