import { padCells, printable } from '../cells.ts'
import { shortCount, shortRate } from '../components/amounts.ts'
import { timeText } from '../components/record-lines.ts'
import { barLine, type Line, type Look, type Span } from '../line.ts'
import type { RecordRow } from '../record-row.ts'

/** How records are laid out: how many cells each column has; 0: it is not shown. */
interface Layout {
  readonly partition: number
  readonly offset: number
  readonly time: number
  readonly key: number
  readonly value: number
}

export interface RecordList {
  readonly rows: readonly RecordRow[]
  readonly cursor: number
  readonly top: number
  /** How many characters of the values are passed over. */
  readonly left: number
}

/** The titles, and as many records as there is room for. */
export function recordListLines(
  list: RecordList,
  room: { readonly columns: number; readonly rows: number },
): readonly Line[] {
  const top = Math.max(list.cursor - room.rows + 2, Math.min(list.top, list.cursor), 0)
  const shown = list.rows.slice(top, top + room.rows - 1)
  const layout = layoutOf(shown, room.columns)
  const titles = joined([
    { text: padCells('P', layout.partition, 'right'), look: 'head' },
    { text: padCells('OFFSET', layout.offset, 'right'), look: 'head' },
    { text: padCells('TIME', layout.time), look: 'head' },
    { text: padCells('KEY', layout.key), look: 'head' },
    { text: padCells(list.left > 0 ? `VALUE from ${list.left}` : 'VALUE', layout.value), look: 'head' },
  ])
  const lines = shown.map((row, at) => {
    const isCurrent = top + at === list.cursor
    const spans = rowLine(row, layout, { left: list.left, isCurrent })
    return isCurrent ? barLine(spans, room.columns, 'selected') : spans
  })
  return [titles, ...lines]
}

function layoutOf(rows: readonly RecordRow[], columns: number): Layout {
  const partition = Math.max(1, ...rows.map(row => String(row.partition).length))
  const offset = Math.max(6, ...rows.map(row => String(row.offset).length))
  const time = columns >= 110 ? 24 : columns >= 60 ? 12 : 0
  const longestKey = Math.max(3, ...rows.map(row => Math.min(40, row.key?.length ?? 4)))
  const key = Math.min(longestKey, Math.max(4, Math.floor(columns / 5)))
  const value = Math.max(4, columns - partition - offset - time - key - (time > 0 ? 4 : 3))
  return { partition, offset, time, key, value }
}

function rowLine(
  row: RecordRow,
  layout: Layout,
  { left, isCurrent }: { readonly left: number; readonly isCurrent: boolean },
): Line {
  const time = timeText(row.timestamp)
  return joined([
    { text: padCells(String(row.partition), layout.partition, 'right'), look: 'dim' },
    { text: padCells(String(row.offset), layout.offset, 'right') },
    // A date on wide screens only: who looks at records mostly knows the day.
    { text: padCells(layout.time < 24 ? time.slice(11, 23) : time, layout.time), look: 'dim' },
    textCell(row.key, 0, layout.key, 'accent'),
    ...valueCells(row, left, layout.value, isCurrent),
  ])
}

function textCell(text: string | null, left: number, width: number, look: Look): Span {
  if (text === null) return { text: padCells('null', width), look: 'dim' }
  // Controls grow when they are made visible: no more of the text than can be seen is touched.
  return { text: padCells(printable(text.slice(left, left + width * 4)), width), look }
}

const jsonToken = /("(?:[^"\\]|\\.)*"?)(\s*:)?|(-?\d[\d.eE+-]*)|(true|false|null)/g

/** The value; JSON in its looks, even where it is cut. */
function valueCells(row: RecordRow, left: number, width: number, isCurrent: boolean): readonly Span[] {
  const cell = textCell(row.value, left, width, 'plain')
  if (isCurrent || row.value === null || !/^\s*[{[]/.test(row.value)) return [cell]
  const spans: Span[] = []
  let at = 0
  for (const found of cell.text.matchAll(jsonToken)) {
    if (found.index > at) spans.push({ text: cell.text.slice(at, found.index) })
    const [all, text, colon, number] = found
    if (text === undefined) spans.push({ text: all, look: number === undefined ? 'accent' : 'number' })
    else spans.push({ text, look: colon === undefined ? 'string' : 'key' }, { text: colon ?? '' })
    at = found.index + all.length
  }
  return [...spans, { text: cell.text.slice(at) }]
}

/** Cells with a blank between; the parts of the value belong together. */
function joined(cells: readonly Span[]): Line {
  const fixed = cells.slice(0, 4).filter(({ text }) => text !== '')
  return [...fixed.flatMap(cell => [cell, { text: ' ' }]), ...cells.slice(4)]
}

/** How far a search is: what it has looked at, and back to when. */
export function progressText({
  looked,
  total,
  reachedMs,
  failed,
}: {
  readonly looked: number
  readonly total: number
  readonly reachedMs: number | null
  readonly failed: number
}): string {
  const share = total > 0 ? ` ${Math.min(100, Math.floor((looked / total) * 100))}%` : ''
  const back = reachedMs === null ? '' : `, back to ${timeText(reachedMs).slice(0, 19)}`
  return `searched ${shortCount(looked)} of ${shortCount(total)}${share}${back}${failed > 0 ? `, ${failed} could not be judged` : ''}`
}

export function rateText(perSecond: number): string {
  return shortRate(perSecond)
}
