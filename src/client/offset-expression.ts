import { OperatorError } from '../base/errors.ts'
import type { StartPosition } from './list-offsets.ts'
import { parseTime, parseTimeRange } from './time-expression.ts'

const hint =
  'start, end, N, -N (the last N), +N (all but the first N), FROM:TO, @TIME as @2026-11-22T08:00:00Z, @1763798400000 (ms) or @-10m, @FROM:TO'

/** Where to begin: a position, the committed offset, or so many records behind the first. */
export type RangeStart =
  | StartPosition
  | { readonly kind: 'stored' }
  | { readonly kind: 'afterStart'; readonly count: number }

/** Where to stop, exclusive: a position, or so many offsets behind the beginning. */
export type RangeEnd = Exclude<StartPosition, { kind: 'start' }> | { readonly kind: 'count'; readonly count: number }

/** A stretch of a partition. What is undefined is left to others: the default beginning, no end. */
export interface OffsetRange {
  readonly start?: RangeStart
  readonly end?: RangeEnd
}

/** What `-o` says: for all partitions, and for single ones. */
export interface OffsetRanges {
  readonly all: OffsetRange
  readonly byPartition: ReadonlyMap<number, OffsetRange>
}

/**
 * Reads where to begin: `start`, `end`, `N`, `-N`, `@TIME` (see `parseTime`). Throws `OperatorError`.
 */
export function parseOffset(text: string, nowMs: number): StartPosition {
  const start = parseStart(text, nowMs)
  if (start.kind === 'stored' || start.kind === 'afterStart') {
    throw new OperatorError(`'${text}' is no offset here`, { hint })
  }
  return start
}

/**
 * Reads what stands behind `-o`, which may be given several times and hold several parts, parted by commas:
 *
 * - where to begin: `start`, `end`, `stored`, `N`, `-N` (N before the end), `+N` (N behind the start), `@TIME`, kcat's `s@MS`
 * - where to stop, too: `FROM:TO` with `TO` as above or `+N` offsets behind `FROM`; `:TO`; `@TIME:TIME`, `@TIME:DURATION`;
 *   kcat's `e@MS`. The end is exclusive.
 * - for one partition: `0=100`, `1=200:300`
 *
 * Throws `OperatorError` for anything else and for what is said twice.
 */
export function parseRanges(texts: readonly string[], nowMs: number): OffsetRanges {
  let all: OffsetRange = {}
  const byPartition = new Map<number, OffsetRange>()
  for (const text of texts.flatMap(given => given.split(','))) {
    const [, partition, expression] = /^(\d+)=(.*)$/s.exec(text) ?? []
    const range = parseRange(expression ?? text, nowMs)
    if (partition === undefined) all = joined(all, range, text)
    else byPartition.set(Number(partition), joined(byPartition.get(Number(partition)) ?? {}, range, text))
  }
  return { all, byPartition }
}

/** Reads where to stop: an offset, `end`, `-N`, `+N`, a time with or without its `@`. Throws `OperatorError`. */
export function parseUntil(text: string, nowMs: number): RangeEnd {
  const isTime = text.startsWith('@') || /^\d{4}-|^now$|^-.*[a-z]$/.test(text)
  return isTime ? { kind: 'time', timestampMs: parseTime(text.replace(/^@/, ''), nowMs) } : parseEnd(text, nowMs)
}

function joined(known: OffsetRange, added: OffsetRange, text: string): OffsetRange {
  if ((known.start && added.start) || (known.end && added.end)) {
    throw new OperatorError(`'${text}' says again where to ${known.start && added.start ? 'begin' : 'stop'}`)
  }
  return { ...known, ...added }
}

function parseRange(text: string, nowMs: number): OffsetRange {
  const kcat = /^([se])@(.*)$/s.exec(text)
  if (kcat) return kcatTime(kcat[1] === 's' ? 'start' : 'end', kcat[2] ?? '', nowMs)
  if (text.startsWith('@')) {
    const { startMs, end } = parseTimeRange(text.slice(1), nowMs)
    return {
      ...(startMs !== undefined && { start: { kind: 'time', timestampMs: startMs } }),
      ...(end !== undefined && { end: end === 'end' ? { kind: 'end' } : { kind: 'time', timestampMs: end } }),
    }
  }
  const colon = text.indexOf(':')
  if (colon < 0) return { start: parseStart(text, nowMs) }
  const [from, to] = [text.slice(0, colon), text.slice(colon + 1)]
  if (from === '' && to === '') throw new OperatorError(`'${text}' is no offset`, { hint })
  const range = {
    ...(from !== '' && { start: parseStart(from, nowMs) }),
    ...(to !== '' && { end: parseEnd(to, nowMs) }),
  }
  if (range.start?.kind === 'offset' && range.end?.kind === 'offset' && range.end.offset <= range.start.offset) {
    throw new OperatorError(`'${text}' ends before it begins`, { hint: 'FROM:TO stops before TO' })
  }
  return range
}

/** kcat's times are milliseconds, however few. */
function kcatTime(side: 'start' | 'end', text: string, nowMs: number): OffsetRange {
  const timestampMs = /^\d{1,15}$/.test(text) ? Number(text) : parseTime(text, nowMs)
  return { [side]: { kind: 'time', timestampMs } }
}

const startNames: ReadonlySet<string> = new Set(['start', 'beginning', 'earliest', 'oldest'])
const endNames: ReadonlySet<string> = new Set(['end', 'latest', 'newest'])

function parseStart(text: string, nowMs: number): RangeStart {
  if (startNames.has(text)) return { kind: 'start' }
  if (endNames.has(text)) return { kind: 'end' }
  if (text === 'stored') return { kind: 'stored' }
  if (text.startsWith('@')) return { kind: 'time', timestampMs: parseTime(text.slice(1), nowMs) }
  const number = wholeNumberOf(text)
  if (text.startsWith('+')) return { kind: 'afterStart', count: number }
  return text.startsWith('-') ? { kind: 'last', count: -number } : { kind: 'offset', offset: number }
}

function parseEnd(text: string, nowMs: number): RangeEnd {
  const end = parseStart(text, nowMs)
  if (end.kind === 'afterStart') return { kind: 'count', count: end.count }
  if (end.kind === 'start' || end.kind === 'stored') throw new OperatorError(`'${text}' is no place to stop`, { hint })
  return end
}

function wholeNumberOf(text: string): number {
  const number = Number(text)
  if (!/^[+-]?\d+$/.test(text) || !Number.isSafeInteger(number)) {
    throw new OperatorError(`'${text}' is no offset`, { hint })
  }
  return number
}
