import { OperatorError } from '../../base/errors.ts'
import type { Modifier } from './format-parts.ts'
import { goLayoutParts } from './go-layout.ts'
import { strftimeParts } from './strftime.ts'
import { parseTimeParts, printTimeParts, type TimePart, timePattern } from './time-parts.ts'

/** How a timestamp stands in a text, in both directions. Times are in UTC. */
export interface TimeFormat {
  readonly print: (timestampMs: number) => string
  /** A regular expression (letters of either case) for what it looks like: so input knows where it ends. */
  readonly pattern: string
  /** Milliseconds since 1970; NaN for what is no such time. */
  readonly parse: (text: string) => number
}

/** The format that a modifier of `%d` asks for; undefined if it is none of times, but perhaps of numbers. */
export function timeFormat(modifier: Modifier | undefined): TimeFormat | undefined {
  switch (modifier?.name) {
    case 'rfc3339':
      return { print: timestampMs => printIso(timestampMs), pattern: rfc3339, parse: parseRfc3339 }
    case 's':
      return units(timestampMs => String(Math.floor(timestampMs / 1000)), 1000)
    case 'ms':
      return units(String, 1)
    case 'us':
      return units(timestampMs => `${timestampMs}${timestampMs === 0 ? '' : '000'}`, 1 / 1000)
    case 'ns':
      return units(timestampMs => `${timestampMs}${timestampMs === 0 ? '' : '000000'}`, 1 / 1_000_000)
    case 'strftime':
      return ofParts(strftimeParts(argumentOf(modifier)))
    case 'go':
      return ofParts(goLayoutParts(argumentOf(modifier)))
    default:
      return undefined
  }
}

function argumentOf({ name, argument }: Modifier): string {
  if (argument !== undefined) return argument
  const example = name === 'go' ? '2006-01-02 15:04:05' : '%F %T'
  throw new OperatorError(`format: '%d{${name}}' needs a layout`, { hint: `%d{${name}[${example}]}` })
}

function ofParts(parts: readonly TimePart[]): TimeFormat {
  return {
    print: timestampMs => printTimeParts(parts, timestampMs),
    pattern: timePattern(parts),
    parse: text => parseTimeParts(parts, text),
  }
}

function units(print: (timestampMs: number) => string, msPerUnit: number): TimeFormat {
  return {
    print,
    pattern: '-?\\d+',
    parse: text => (/^-?\d+$/.test(text) ? Math.floor(Number(text) * msPerUnit) : Number.NaN),
  }
}

function printIso(timestampMs: number): string {
  const date = new Date(timestampMs)
  return Number.isNaN(date.getTime()) ? String(timestampMs) : date.toISOString()
}

const rfc3339 = '\\d{4}-\\d{2}-\\d{2}[T ]\\d{2}:\\d{2}:\\d{2}(?:\\.\\d+)?(?:Z|[+-]\\d{2}:\\d{2})'

function parseRfc3339(text: string): number {
  return new RegExp(`^${rfc3339}$`, 'i').test(text) ? Date.parse(text.replace(' ', 'T')) : Number.NaN
}
