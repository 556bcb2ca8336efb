import { isUtf8 } from 'node:buffer'
import { printable } from '../cells.ts'
import { type Line, line } from '../line.ts'
import type { WholeRecord } from '../record-row.ts'
import { hexLines } from './hex-lines.ts'
import { jsonLines } from './json-lines.ts'
import { wrapLine } from './wrap-line.ts'

export const recordModes = ['json', 'text', 'hex'] as const
export type RecordMode = (typeof recordModes)[number]

/** How the lines of a record are made. */
export interface RecordStyle {
  readonly mode: RecordMode
  readonly wraps: boolean
  readonly columns: number
}

/** More of a value is not shown: nobody scrolls so far, and a key must be answered soon. */
const shownBytesMax = 64 * 1024

const made = new WeakMap<WholeRecord, { readonly style: RecordStyle; readonly lines: readonly Line[] }>()

/** Everything about a record, line by line. The last answer for each record is kept: scrolling asks again and again. */
export function recordLines(record: WholeRecord, style: RecordStyle): readonly Line[] {
  const known = made.get(record)
  if (known && known.style.mode === style.mode && known.style.wraps === style.wraps) {
    if (known.style.columns === style.columns) return known.lines
  }
  const lines = build(record, style)
  made.set(record, { style, lines })
  return lines
}

function build(record: WholeRecord, style: RecordStyle): readonly Line[] {
  const { topic, partition, offset, timestamp, timestampType, key, value, headers } = record
  const facts: readonly Line[] = [
    fact('topic', printable(topic)),
    fact('partition', String(partition)),
    fact('offset', String(offset)),
    fact('time', `${timeText(timestamp)}${timestampType === 'LogAppendTime' ? ' (of the broker)' : ''}`),
  ]
  const headerLines = headers.flatMap(header => [
    ...labelled(`  ${printable(header.key)}`, header.value, { ...style, mode: style.mode === 'hex' ? 'hex' : 'text' }),
  ])
  const lines = [
    ...facts,
    ...labelled('key', key, style),
    ...(headers.length > 0 ? [fact('headers', String(headers.length)), ...headerLines] : []),
    [],
    line(`value${sizeText(value)}`, 'head'),
    ...bytesLines(value, style),
  ]
  return style.wraps ? lines.flatMap(spans => wrapLine(spans, style.columns)) : lines
}

function fact(name: string, text: string): Line {
  return [{ text: name.padEnd(10), look: 'head' }, { text }]
}

/** A short value behind its name, a longer one on lines of its own. */
function labelled(name: string, bytes: Buffer | null, style: RecordStyle): readonly Line[] {
  const lines = bytesLines(bytes, style)
  const label = { text: name.padEnd(10), look: 'head' as const }
  if (lines.length === 1) return [[label, ...(name.length >= 10 ? [{ text: '  ' }] : []), ...lines[0]!]]
  return [[label], ...lines.map((spans): Line => [{ text: '  ' }, ...spans])]
}

/** Bytes in the mode that was asked for; what is not text is shown as bytes anyway. */
function bytesLines(bytes: Buffer | null, { mode, columns }: RecordStyle): readonly Line[] {
  if (bytes === null) return [line('null', 'accent')]
  const shown = bytes.length > shownBytesMax ? bytes.subarray(0, shownBytesMax) : bytes
  const more: readonly Line[] =
    shown === bytes ? [] : [line(`… ${bytes.length - shown.length} bytes more: x writes all to a file`, 'warning')]
  if (mode === 'hex' || !isUtf8(bytes)) return [...hexLines(shown, columns), ...more]
  const text = bytes.length === 0 ? '' : shown.toString()
  if (bytes.length === 0) return [line('(empty)', 'dim')]
  const json = mode === 'json' && shown === bytes ? jsonLines(text) : undefined
  return json ?? [...text.split('\n').map(part => line(printable(part.replace(/\r$/, '')))), ...more]
}

function sizeText(bytes: Buffer | null): string {
  return bytes === null || bytes.length < 1_000 ? '' : `  ${bytes.length} bytes`
}

/** UTC with milliseconds, as everywhere in this program. */
export function timeText(timestampMs: number): string {
  if (timestampMs < 0) return 'none'
  const date = new Date(timestampMs)
  // Beyond the year 275760 there is no date.
  return Number.isNaN(date.getTime()) ? String(timestampMs) : date.toISOString().replace('T', ' ')
}
