import { OperatorError } from '../base/errors.ts'
import type { StartPosition } from '../client/list-offsets.ts'

const hint = 'start, end, an offset, -N for the last N, @TIME as @2026-11-22T08:00:00Z, @1763798400000 (ms) or @-10m'

/**
 * Reads where to begin: `start`, `end`, `N`, `-N`, `@TIME`. A time is RFC 3339 (a date alone counts from midnight UTC),
 * milliseconds since 1970, or relative to now (`-90s`, `-10m`, `-48h`, `-7d`).
 */
export function parseOffset(text: string, nowMs: number): StartPosition {
  if (text === 'start' || text === 'beginning' || text === 'earliest') return { kind: 'start' }
  if (text === 'end' || text === 'latest') return { kind: 'end' }
  if (text.startsWith('@')) return { kind: 'time', timestampMs: parseTime(text.slice(1), nowMs) }
  const number = Number(text)
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(number))
    throw new OperatorError(`'${text}' is no offset`, { hint })
  return text.startsWith('-') ? { kind: 'last', count: -number } : { kind: 'offset', offset: number }
}

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const

function parseTime(text: string, nowMs: number): number {
  const relative = /^-(?<count>\d+(?:\.\d+)?)(?<unit>ms|s|m|h|d|w)$/.exec(text)?.groups
  if (relative)
    return Math.max(0, Math.round(nowMs - Number(relative.count) * unitMs[relative.unit as keyof typeof unitMs]))
  if (/^\d{5,}$/.test(text)) return Number(text)
  const isDate = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/.test(text)
  const timestampMs = isDate ? Date.parse(withZone(text)) : Number.NaN
  if (Number.isNaN(timestampMs)) throw new OperatorError(`'${text}' is no time`, { hint })
  return timestampMs
}

/** A time without a zone is UTC, as on the brokers: what a script means must not depend on where it runs. */
function withZone(text: string): string {
  const iso = text.replace(' ', 'T')
  return /T[\d:.]+$/.test(iso) ? `${iso}Z` : iso
}
