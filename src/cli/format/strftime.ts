import { OperatorError } from '../../base/errors.ts'
import type { TimeField, TimePart } from './time-parts.ts'

const fields: Readonly<Record<string, TimeField>> = {
  a: 'weekdayAbbreviation',
  A: 'weekdayName',
  b: 'monthAbbreviation',
  B: 'monthName',
  d: 'day',
  e: 'daySpacePadded',
  f: 'microseconds',
  g: 'isoYear',
  G: 'isoYear',
  h: 'monthAbbreviation',
  H: 'hour',
  I: 'hour12',
  j: 'dayOfYear',
  k: 'hourSpacePadded',
  l: 'hour12Unpadded',
  L: 'milliseconds',
  m: 'month',
  M: 'minute',
  N: 'nanoseconds',
  p: 'amPm',
  P: 'amPmLower',
  s: 'unixSeconds',
  S: 'second',
  u: 'weekdayFromMonday',
  V: 'isoWeek',
  w: 'weekdayFromSunday',
  y: 'yearOfCentury',
  Y: 'year',
  z: 'zoneOffset',
  Z: 'zoneName',
}

/** Conversions that stand for others, and characters that need an escape. */
const abbreviations: Readonly<Record<string, string>> = {
  c: '%a %b %e %H:%M:%S %Y',
  D: '%m/%d/%y',
  F: '%Y-%m-%d',
  r: '%I:%M:%S %p',
  R: '%H:%M',
  T: '%H:%M:%S',
  x: '%m/%d/%y',
  X: '%H:%M:%S',
  '+': '%a %b %e %H:%M:%S %Z %Y',
}

const characters: Readonly<Record<string, string>> = { '%': '%', n: '\n', t: '\t' }

/** The parts of a layout as strftime(3) has them, in the C locale; besides, `%f`, `%L` and `%N` for fractions of a second. */
export function strftimeParts(layout: string): readonly TimePart[] {
  const parts: TimePart[] = []
  for (let at = 0; at < layout.length; at++) {
    const character = layout[at] ?? ''
    if (character !== '%') {
      parts.push({ text: character })
      continue
    }
    const name = layout[++at] ?? ''
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined
    const abbreviation = Object.hasOwn(abbreviations, name) ? abbreviations[name] : undefined
    const text = Object.hasOwn(characters, name) ? characters[name] : undefined
    if (field) parts.push({ field })
    else if (abbreviation) parts.push(...strftimeParts(abbreviation))
    else if (text) parts.push({ text })
    else {
      throw new OperatorError(`format: strftime has no '%${name}' here`, {
        hint: `%${[...Object.keys(fields), ...Object.keys(abbreviations), ...Object.keys(characters)].join(' %')}`,
      })
    }
  }
  return parts
}
