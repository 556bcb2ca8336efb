/** A field of a time, as strftime and Go's layouts name it in their own ways. */
export type TimeField =
  | 'year'
  | 'yearOfCentury'
  | 'month'
  | 'monthUnpadded'
  | 'monthName'
  | 'monthAbbreviation'
  | 'day'
  | 'dayUnpadded'
  | 'daySpacePadded'
  | 'dayOfYear'
  | 'weekdayName'
  | 'weekdayAbbreviation'
  | 'weekdayFromMonday'
  | 'weekdayFromSunday'
  | 'hour'
  | 'hourUnpadded'
  | 'hourSpacePadded'
  | 'hour12'
  | 'hour12Unpadded'
  | 'minute'
  | 'minuteUnpadded'
  | 'second'
  | 'secondUnpadded'
  | 'milliseconds'
  | 'microseconds'
  | 'nanoseconds'
  | 'amPm'
  | 'amPmLower'
  | 'unixSeconds'
  | 'zoneName'
  | 'zoneOffset'
  | 'zoneOffsetColon'
  | 'zoneZulu'
  | 'isoWeek'
  | 'isoYear'

/** A piece of a layout of times: a field, or text as it stands. */
export type TimePart = { readonly field: TimeField } | { readonly text: string }

interface Rule {
  readonly print: (date: Date) => string
  /** What it may look like in input. Without it, only output can show it. */
  readonly pattern?: string
  /** Notes what was read. */
  readonly read?: (text: string, into: ReadTime) => void
}

/** A time that is being put together from its fields, all in UTC. */
interface ReadTime {
  year: number
  month: number
  day: number
  hour: number
  minute: number
  second: number
  milliseconds: number
  isAfternoon: boolean | undefined
  unixSeconds: number | undefined
}

const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
const abbreviated = (name: string | undefined): string => (name ?? '').slice(0, 3)
const padded = (value: number, digits: number, filler = '0'): string => String(value).padStart(digits, filler)
const hour12Of = (date: Date): number => date.getUTCHours() % 12 || 12
const dayMs = 86_400_000

type NumberField = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'milliseconds'
const set =
  (name: NumberField) =>
  (text: string, into: ReadTime): void => {
    into[name] = Number(text)
  }
const setMonthByName = (text: string, into: ReadTime): void => {
  into.month = 1 + months.findIndex(name => abbreviated(name).toLowerCase() === abbreviated(text).toLowerCase())
}
const setAfternoon = (text: string, into: ReadTime): void => {
  into.isAfternoon = text.toLowerCase() === 'pm'
}
const ignore = (): void => {}

const rules: Readonly<Record<TimeField, Rule>> = {
  year: { print: date => padded(date.getUTCFullYear(), 4), pattern: '\\d{4}', read: set('year') },
  yearOfCentury: {
    print: date => padded(date.getUTCFullYear() % 100, 2),
    pattern: '\\d\\d',
    // As POSIX has it for strptime.
    read: (text, into) => (into.year = Number(text) + (Number(text) < 69 ? 2000 : 1900)),
  },
  month: { print: date => padded(date.getUTCMonth() + 1, 2), pattern: '\\d\\d', read: set('month') },
  monthUnpadded: { print: date => String(date.getUTCMonth() + 1), pattern: '\\d\\d?', read: set('month') },
  monthName: {
    print: date => months[date.getUTCMonth()] ?? '',
    pattern: months.join('|'),
    read: setMonthByName,
  },
  monthAbbreviation: {
    print: date => abbreviated(months[date.getUTCMonth()]),
    pattern: months.map(abbreviated).join('|'),
    read: setMonthByName,
  },
  day: { print: date => padded(date.getUTCDate(), 2), pattern: '\\d\\d', read: set('day') },
  dayUnpadded: { print: date => String(date.getUTCDate()), pattern: '\\d\\d?', read: set('day') },
  daySpacePadded: { print: date => padded(date.getUTCDate(), 2, ' '), pattern: '[ \\d]\\d', read: set('day') },
  dayOfYear: { print: date => padded(dayOfYear(date), 3) },
  weekdayName: { print: date => weekdays[date.getUTCDay()] ?? '', pattern: weekdays.join('|'), read: ignore },
  weekdayAbbreviation: {
    print: date => abbreviated(weekdays[date.getUTCDay()]),
    pattern: weekdays.map(abbreviated).join('|'),
    read: ignore,
  },
  weekdayFromMonday: { print: date => String(date.getUTCDay() || 7), pattern: '[1-7]', read: ignore },
  weekdayFromSunday: { print: date => String(date.getUTCDay()), pattern: '[0-6]', read: ignore },
  hour: { print: date => padded(date.getUTCHours(), 2), pattern: '\\d\\d', read: set('hour') },
  hourUnpadded: { print: date => String(date.getUTCHours()), pattern: '\\d\\d?', read: set('hour') },
  hourSpacePadded: { print: date => padded(date.getUTCHours(), 2, ' '), pattern: '[ \\d]\\d', read: set('hour') },
  hour12: { print: date => padded(hour12Of(date), 2), pattern: '\\d\\d', read: set('hour') },
  hour12Unpadded: { print: date => String(hour12Of(date)), pattern: '\\d\\d?', read: set('hour') },
  minute: { print: date => padded(date.getUTCMinutes(), 2), pattern: '\\d\\d', read: set('minute') },
  minuteUnpadded: { print: date => String(date.getUTCMinutes()), pattern: '\\d\\d?', read: set('minute') },
  second: { print: date => padded(date.getUTCSeconds(), 2), pattern: '\\d\\d', read: set('second') },
  secondUnpadded: { print: date => String(date.getUTCSeconds()), pattern: '\\d\\d?', read: set('second') },
  milliseconds: { print: date => padded(date.getUTCMilliseconds(), 3), pattern: '\\d{3}', read: set('milliseconds') },
  microseconds: { print: date => `${padded(date.getUTCMilliseconds(), 3)}000`, pattern: '\\d{6}', read: readFraction },
  nanoseconds: {
    print: date => `${padded(date.getUTCMilliseconds(), 3)}000000`,
    pattern: '\\d{9}',
    read: readFraction,
  },
  amPm: { print: date => (date.getUTCHours() < 12 ? 'AM' : 'PM'), pattern: 'AM|PM', read: setAfternoon },
  amPmLower: { print: date => (date.getUTCHours() < 12 ? 'am' : 'pm'), pattern: 'am|pm', read: setAfternoon },
  unixSeconds: {
    print: date => String(Math.floor(date.getTime() / 1000)),
    pattern: '-?\\d+',
    read: (text, into) => (into.unixSeconds = Number(text)),
  },
  zoneName: { print: () => 'UTC', pattern: 'UTC', read: ignore },
  zoneOffset: { print: () => '+0000', pattern: '[+]0000', read: ignore },
  zoneOffsetColon: { print: () => '+00:00', pattern: '[+]00:00', read: ignore },
  zoneZulu: { print: () => 'Z', pattern: 'Z', read: ignore },
  isoWeek: { print: date => padded(isoWeek(date).week, 2) },
  isoYear: { print: date => padded(isoWeek(date).year, 4) },
}

/** The time as the parts show it. */
export function printTimeParts(parts: readonly TimePart[], timestampMs: number): string {
  const date = new Date(timestampMs)
  // Beyond what a date can be: the number says more than nothing.
  if (Number.isNaN(date.getTime())) return String(timestampMs)
  return parts.map(part => ('text' in part ? part.text : rules[part.field].print(date))).join('')
}

/** What a time of this layout looks like, as a regular expression; each field is a group. Letters of either case. */
export function timePattern(parts: readonly TimePart[]): string {
  return parts
    .map(part =>
      'text' in part ? part.text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&') : `(${rules[part.field].pattern ?? '$^'})`,
    )
    .join('')
}

/** Milliseconds since 1970; NaN if the text is no such time, or the parts are of a kind that cannot be read. */
export function parseTimeParts(parts: readonly TimePart[], text: string): number {
  const found = new RegExp(`^${timePattern(parts)}$`, 'i').exec(text)
  if (!found) return Number.NaN
  const time: ReadTime = {
    year: 1970,
    month: 1,
    day: 1,
    hour: 0,
    minute: 0,
    second: 0,
    milliseconds: 0,
    isAfternoon: undefined,
    unixSeconds: undefined,
  }
  parts
    .filter(part => 'field' in part)
    .forEach(({ field }, at) => void rules[field].read?.((found[at + 1] ?? '').trim(), time))
  return timestampOf(time)
}

function timestampOf(time: ReadTime): number {
  if (time.unixSeconds !== undefined) return time.unixSeconds * 1000 + time.milliseconds
  const hour = time.isAfternoon === undefined ? time.hour : (time.hour % 12) + (time.isAfternoon ? 12 : 0)
  const timestampMs = Date.UTC(time.year, time.month - 1, time.day, hour, time.minute, time.second, time.milliseconds)
  const date = new Date(timestampMs)
  // The 30th of February is no day, though JavaScript would count on into March.
  const isThere = date.getUTCMonth() === time.month - 1 && date.getUTCDate() === time.day && date.getUTCHours() === hour
  return isThere ? timestampMs : Number.NaN
}

function readFraction(text: string, into: ReadTime): void {
  into.milliseconds = Number(text.slice(0, 3))
}

function dayOfYear(date: Date): number {
  return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / dayMs) + 1
}

/** ISO 8601: a week belongs to the year that its Thursday is in. */
function isoWeek(date: Date): { readonly year: number; readonly week: number } {
  const thursday = new Date(date.getTime() + (4 - (date.getUTCDay() || 7)) * dayMs)
  return { year: thursday.getUTCFullYear(), week: Math.ceil(dayOfYear(thursday) / 7) }
}
