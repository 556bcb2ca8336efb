import { padCells, printable } from '../cells.ts'
import type { ActionName } from '../keymap.ts'
import { barLine, type Line, type Look, type Span } from '../line.ts'
import { nameFilter } from './match.ts'

/** A column of a list. */
export interface TableColumn<Row> {
  readonly title: string
  /** What it sorts by. */
  readonly value: (row: Row) => string | number | null | undefined
  /** How it is shown; without it, the value as it is. */
  readonly text?: (row: Row) => string
  readonly look?: (row: Row) => Look
  readonly align?: 'left' | 'right'
  /** Cells, the least for a column that grows. */
  readonly width: number
  /** Takes what is left of the line; one column should. */
  readonly grows?: true
  /** Columns with higher numbers give way first on narrow terminals; 0 never does. */
  readonly rank?: number
}

/** What does not change about a list. */
export interface TableSpec<Row> {
  readonly columns: readonly TableColumn<Row>[]
  /** Tells rows apart, so that the cursor stays on its own when the list changes. */
  readonly key: (row: Row) => string
  /** What a filter is held against. */
  readonly filterText: (row: Row) => string
}

export interface TableState<Row> {
  readonly rows: readonly Row[]
  /** The rows that the filter lets through, in order. */
  readonly shown: readonly Row[]
  readonly cursor: number
  readonly top: number
  /** Index of a column. */
  readonly sort: { readonly column: number; readonly descending: boolean }
  readonly filter: string
}

/** Keys that every list answers. */
export const tableActions = [
  'up',
  'down',
  'pageUp',
  'pageDown',
  'top',
  'bottom',
  'sort',
] as const satisfies readonly ActionName[]

export function emptyTable<Row>(sort: TableState<Row>['sort'] = { column: 0, descending: false }): TableState<Row> {
  return { rows: [], shown: [], cursor: 0, top: 0, sort, filter: '' }
}

/** The list with other rows; the cursor stays on the row that it is on, wherever that is now. */
export function withRows<Row>(spec: TableSpec<Row>, state: TableState<Row>, rows: readonly Row[]): TableState<Row> {
  return arranged(spec, { ...state, rows })
}

export function withFilter<Row>(spec: TableSpec<Row>, state: TableState<Row>, filter: string): TableState<Row> {
  return arranged(spec, { ...state, filter })
}

/** Sorts by a column; by the same one again: the other way round. Numbers begin with the largest. */
export function withSort<Row>(spec: TableSpec<Row>, state: TableState<Row>, column: number): TableState<Row> {
  const isSame = state.sort.column === column
  const descending = isSame ? !state.sort.descending : spec.columns[column]?.align === 'right'
  return arranged(spec, { ...state, sort: { column, descending } })
}

/** The row that the cursor is on. */
export function currentRow<Row>(state: TableState<Row>): Row | undefined {
  return state.shown[state.cursor]
}

/** What a key does to the list; nothing if it is not one of `tableActions`. */
export function moveTable<Row>(
  spec: TableSpec<Row>,
  state: TableState<Row>,
  { action, key }: { readonly action: ActionName; readonly key: string },
  room: { readonly columns: number; readonly rows: number },
): TableState<Row> | undefined {
  const page = Math.max(1, room.rows - 2)
  const to = (cursor: number): TableState<Row> => inView({ ...state, cursor }, room.rows - 1)
  switch (action) {
    case 'up':
      return to(state.cursor - 1)
    case 'down':
      return to(state.cursor + 1)
    case 'pageUp':
      return to(state.cursor - page)
    case 'pageDown':
      return to(state.cursor + page)
    case 'top':
      return to(0)
    case 'bottom':
      return to(state.shown.length - 1)
    case 'sort': {
      const shown = visibleColumns(spec.columns, room.columns)
      const column = shown[(Number(key) + 9) % 10]
      return column ? inView(withSort(spec, state, spec.columns.indexOf(column)), room.rows - 1) : state
    }
    default:
      return undefined
  }
}

/** The titles, and as many rows as there is room for. */
export function tableLines<Row>(
  spec: TableSpec<Row>,
  state: TableState<Row>,
  room: { readonly columns: number; readonly rows: number },
): readonly Line[] {
  const columns = visibleColumns(spec.columns, room.columns)
  const widths = columnWidths(columns, room.columns)
  const sorted = spec.columns[state.sort.column]
  const titles = columns.map((column, at): Span => {
    const mark = column === sorted ? (state.sort.descending ? '↓' : '↑') : ''
    return { text: padCells(column.title + mark, widths[at]!, column.align), look: 'head' }
  })
  const { top, cursor } = inView(state, room.rows - 1)
  const rows = state.shown.slice(top, top + room.rows - 1).map((row, at) => {
    const cells = columns.map((column, index) => cellOf(column, row, widths[index]!))
    return top + at === cursor ? barLine(joined(cells), room.columns, 'selected') : joined(cells)
  })
  return [joined(titles), ...rows]
}

function cellOf<Row>(column: TableColumn<Row>, row: Row, width: number): Span {
  const value = column.text ? column.text(row) : column.value(row)
  const text = padCells(value === null || value === undefined ? '-' : printable(String(value)), width, column.align)
  return { text, look: column.look?.(row) ?? 'plain' }
}

function joined(cells: readonly Span[]): Line {
  return cells.flatMap((cell, at) => (at === 0 ? [cell] : [{ text: ' ' }, cell]))
}

function visibleColumns<Row>(columns: readonly TableColumn<Row>[], width: number): readonly TableColumn<Row>[] {
  let shown = columns
  while (shown.length > 1 && shown.reduce((sum, column) => sum + column.width + 1, -1) > width) {
    const last = shown.reduce((worst, column) => ((column.rank ?? 0) >= (worst.rank ?? 0) ? column : worst))
    if ((last.rank ?? 0) === 0) break
    shown = shown.filter(column => column !== last)
  }
  return shown
}

function columnWidths<Row>(columns: readonly TableColumn<Row>[], width: number): readonly number[] {
  const fixed = columns.reduce((sum, column) => sum + column.width + 1, -1)
  return columns.map(column => (column.grows ? Math.max(1, column.width + width - fixed) : column.width))
}

/** Filters and sorts, and finds the cursor's row again. */
function arranged<Row>(spec: TableSpec<Row>, state: TableState<Row>): TableState<Row> {
  const current = currentRow(state)
  const { matches } = nameFilter(state.filter)
  const found = state.filter === '' ? state.rows : state.rows.filter(row => matches(spec.filterText(row)))
  const shown = sortedRows(spec, found, state.sort)
  const key = current && spec.key(current)
  const at = key === undefined ? -1 : shown.findIndex(row => spec.key(row) === key)
  return clamped({ ...state, shown, cursor: at >= 0 ? at : state.cursor, top: state.top })
}

function sortedRows<Row>(
  spec: TableSpec<Row>,
  rows: readonly Row[],
  { column, descending }: TableState<Row>['sort'],
): readonly Row[] {
  const by = spec.columns[column]
  if (!by) return rows
  const sign = descending ? -1 : 1
  const keyed = rows.map(row => ({ row, value: by.value(row) ?? null, name: spec.key(row) }))
  keyed.sort((a, b) => compare(a.value, b.value, sign) || (a.name < b.name ? -1 : 1))
  return keyed.map(({ row }) => row)
}

/** What is not known comes last, whichever way. */
function compare(a: string | number | null, b: string | number | null, sign: number): number {
  if (a === b) return 0
  if (a === null || b === null) return a === null ? 1 : -1
  return (a < b ? -1 : 1) * sign
}

function clamped<Row>(state: TableState<Row>): TableState<Row> {
  const cursor = Math.max(0, Math.min(state.cursor, state.shown.length - 1))
  return cursor === state.cursor ? state : { ...state, cursor }
}

function inView<Row>(state: TableState<Row>, rows: number): TableState<Row> {
  const { cursor, shown, top } = clamped(state)
  const highest = Math.max(0, cursor - rows + 1)
  const last = Math.max(0, shown.length - rows)
  return { ...state, cursor, top: Math.min(Math.max(highest, Math.min(top, cursor)), Math.max(last, highest)) }
}
