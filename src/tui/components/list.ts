import type { Line } from '../line.ts'
import type { ScreenContext, ScreenEvent, Step } from '../screen.ts'
import { emptyTable, moveTable, type TableSpec, type TableState, tableLines, withFilter, withRows } from './table.ts'
import { emptyLines, troubleLines } from './trouble.ts'

/** A table with a filter line, as most screens are. */
export interface ListState<Row> {
  readonly table: TableState<Row>
  /** Everything that was told; undefined before the first time. */
  readonly all: readonly Row[] | undefined
  readonly filters: readonly string[]
}

export function emptyList<Row>(sort?: TableState<Row>['sort']): ListState<Row> {
  return { table: emptyTable(sort), all: undefined, filters: [] }
}

/** The list with news; `shown` may leave rows out. */
export function listWith<Row>(
  spec: TableSpec<Row>,
  list: ListState<Row>,
  all: readonly Row[],
  isShown: (row: Row) => boolean = () => true,
): ListState<Row> {
  return { ...list, all, table: withRows(spec, list.table, all.filter(isShown)) }
}

/** What every list does with keys and filters; nothing where the event is the screen's own. */
export function listStep<Row>(
  spec: TableSpec<Row>,
  list: ListState<Row>,
  event: ScreenEvent,
  context: { readonly columns: number; readonly rows: number },
): Step<ListState<Row>> | undefined {
  const filtered = (filter: string): ListState<Row> => ({ ...list, table: withFilter(spec, list.table, filter) })
  switch (event.kind) {
    case 'typed':
      return event.id === 'filter' ? { state: filtered(event.text ?? '') } : undefined
    case 'answer': {
      if (event.id !== 'filter') return undefined
      const { text } = event
      // Given up: everything is shown again.
      if (text === undefined || text === '') return { state: filtered('') }
      return {
        state: { ...filtered(text), filters: [...list.filters.filter(other => other !== text), text].slice(-100) },
      }
    }
    case 'action': {
      const table = moveTable(spec, list.table, event, context)
      if (table) return { state: { ...list, table } }
      if (event.action === 'filter') {
        const question = { id: 'filter', label: '/', text: '', history: list.filters, isLive: true }
        return { state: list, effects: [{ kind: 'ask', question }] }
      }
      return event.action === 'back' && list.table.filter !== '' ? { state: filtered('') } : undefined
    }
    default:
      return undefined
  }
}

/** How many there are, and what they are filtered by. */
export function listStatus<Row>({ table, all }: ListState<Row>): string {
  if (!all) return ''
  const shown = `${table.shown.length}${table.shown.length === all.length ? '' : ` of ${all.length}`}`
  return `${shown}${table.filter ? ` /${table.filter}` : ''}`
}

/** The table with what is wrong above it, or why it is empty. */
export function listLines<Row>(
  spec: TableSpec<Row>,
  list: ListState<Row>,
  context: ScreenContext,
  { kind, whenEmpty }: { readonly kind: string; readonly whenEmpty: readonly string[] },
): readonly Line[] {
  if (!list.all) return emptyLines(context, kind, ['asking the cluster …'])
  const trouble = troubleLines(context, kind)
  const { table } = list
  if (table.shown.length === 0) {
    const texts = table.filter ? [`nothing matches /${table.filter}`, 'esc: show all'] : whenEmpty
    return [...trouble, [], ...texts.map((text): Line => [{ text: ` ${text}`, look: 'dim' }])]
  }
  return [...trouble, ...tableLines(spec, table, { ...context, rows: context.rows - trouble.length })]
}
