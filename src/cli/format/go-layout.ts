import type { TimeField, TimePart } from './time-parts.ts'

/** Pieces of Go's reference time, 2006-01-02 15:04:05 -0700; where one begins another, the longer stands first. */
const tokens: readonly (readonly [token: string, field: TimeField])[] = [
  ['January', 'monthName'],
  ['Jan', 'monthAbbreviation'],
  ['Monday', 'weekdayName'],
  ['Mon', 'weekdayAbbreviation'],
  ['MST', 'zoneName'],
  ['2006', 'year'],
  ['Z07:00', 'zoneZulu'],
  ['Z0700', 'zoneZulu'],
  ['-07:00', 'zoneOffsetColon'],
  ['-0700', 'zoneOffset'],
  ['002', 'dayOfYear'],
  ['01', 'month'],
  ['02', 'day'],
  ['03', 'hour12'],
  ['04', 'minute'],
  ['05', 'second'],
  ['06', 'yearOfCentury'],
  ['15', 'hour'],
  ['_2', 'daySpacePadded'],
  ['PM', 'amPm'],
  ['pm', 'amPmLower'],
  ['.000000000', 'nanoseconds'],
  ['.000000', 'microseconds'],
  ['.000', 'milliseconds'],
  [',000', 'milliseconds'],
  ['1', 'monthUnpadded'],
  ['2', 'dayUnpadded'],
  ['3', 'hour12Unpadded'],
  ['4', 'minuteUnpadded'],
  ['5', 'secondUnpadded'],
]

/** The parts of a layout of Go's package time, which shows how the second of January 2006, 15:04:05, would look. */
export function goLayoutParts(layout: string): readonly TimePart[] {
  const parts: TimePart[] = []
  for (let at = 0; at < layout.length; ) {
    const found = tokens.find(([token]) => layout.startsWith(token, at))
    if (!found) {
      parts.push({ text: layout[at] ?? '' })
      at++
      continue
    }
    const [token, field] = found
    if (token[0] === '.' || token[0] === ',') parts.push({ text: token[0] })
    parts.push({ field })
    at += token.length
  }
  return parts
}
