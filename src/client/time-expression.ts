import { OperatorError } from '../base/errors.ts'

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const
const durationPattern = String.raw`(?:\d+(?:\.\d+)?(?:ms|s|m|h|d|w))+`
const datePattern = String.raw`\d{4}-\d{2}-\d{2}(?:[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:[Zz]|[+-]\d{2}:?\d{2})?)?`

export const timeHint = 'times: 2026-11-22, 2026-11-22T08:00:00Z, 1763798400000 (ms), 1763798400 (s), now, -10m, -1h30m'

/** A length of time as people write it: `250ms`, `5s`, `10m`, `1h30m`, `7d`, `2w`. In milliseconds. */
export function parseDuration(text: string, name = 'a duration'): number {
  if (!new RegExp(`^${durationPattern}$`).test(text)) {
    throw new OperatorError(`${name} must be as 5s, 10m or 1h30m, not '${text}'`, { hint: 'units: ms s m h d w' })
  }
  return durationMs(text)
}

/** For `parse` of an option. */
export function duration(name: string): (text: string) => number {
  return text => parseDuration(text, name)
}

function durationMs(text: string): number {
  let sumMs = 0
  for (const [, count = '', unit = 'ms'] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d|w)/g)) {
    sumMs += Number(count) * unitMs[unit as keyof typeof unitMs]
  }
  return Math.round(sumMs)
}

/**
 * Reads a point in time: RFC 3339 (a date alone counts from midnight; without a zone it is UTC), milliseconds since 1970
 * (seconds if they have ten digits), `now`, or relative to now (`-90s`, `-10m`, `-48h`, `-7d`). In milliseconds since 1970.
 */
export function parseTime(text: string, nowMs: number): number {
  const timestampMs = absoluteTime(text) ?? relativeTime(text, nowMs)
  if (timestampMs === undefined) throw new OperatorError(`'${text}' is no time`, { hint: timeHint })
  return timestampMs
}

/** What `@` introduces: from a time on, until another or for so long. */
export interface TimeRange {
  readonly startMs: number | undefined
  readonly end: number | 'end' | undefined
}

/**
 * Reads `TIME`, `TIME:TIME`, `TIME:DURATION`, `:TIME`. A duration counts from the time before it, or from now if that is
 * relative, too: `-48h:-24h`. Times hold colons themselves: the longest that is one is taken.
 */
export function parseTimeRange(text: string, nowMs: number): TimeRange {
  const first = new RegExp(`^(?:${datePattern}|now|\\d{5,}|-${durationPattern})?(?=:|$)`).exec(text)?.[0]
  if (first === undefined || text === '') throw new OperatorError(`'${text}' is no time`, { hint: timeHint })
  const startMs = first === '' ? undefined : parseTime(first, nowMs)
  const rest = text.slice(first.length + 1)
  if (rest === '') return { startMs, end: undefined }
  if (rest === 'end') return { startMs, end: 'end' }
  const forMs = new RegExp(`^\\+?${durationPattern}$`).test(rest) ? durationMs(rest) : undefined
  const end = forMs === undefined ? parseTime(rest, nowMs) : (startMs ?? nowMs) + forMs
  if (startMs !== undefined && end <= startMs) {
    throw new OperatorError(`'${text}' ends before it begins`, { hint: '@-48h:-24h is the day before the last' })
  }
  return { startMs, end }
}

function relativeTime(text: string, nowMs: number): number | undefined {
  if (text === 'now') return nowMs
  if (!new RegExp(`^-${durationPattern}$`).test(text)) return undefined
  return Math.max(0, nowMs - durationMs(text))
}

function absoluteTime(text: string): number | undefined {
  if (/^\d{10}$/.test(text)) return Number(text) * 1000
  if (/^\d{5,15}$/.test(text)) return Number(text)
  if (!new RegExp(`^${datePattern}$`).test(text)) return undefined
  const timestampMs = Date.parse(withZone(text))
  return Number.isNaN(timestampMs) ? undefined : timestampMs
}

/** A time without a zone is UTC, as on the brokers: what a script means must not depend on where it runs. */
function withZone(text: string): string {
  const iso = text.replace(/[ t]/, 'T').replace(/z$/, 'Z')
  return /T[\d:.]+$/.test(iso) ? `${iso}Z` : iso
}
