import { expect, test } from 'vitest'
import {
  currentRow,
  emptyTable,
  moveTable,
  type TableSpec,
  type TableState,
  tableLines,
  withFilter,
  withRows,
  withSort,
} from '../../../src/tui/components/table.ts'
import { textOf } from '../../../src/tui/line.ts'

interface Row {
  readonly name: string
  readonly size: number | null
}

const spec: TableSpec<Row> = {
  key: ({ name }) => name,
  filterText: ({ name }) => name,
  columns: [
    { title: 'NAME', value: row => row.name, width: 6, grows: true },
    { title: 'SIZE', value: row => row.size, align: 'right', width: 6, rank: 1 },
  ],
}
const room = { columns: 20, rows: 4 }
const rows = ['b', 'a', 'd', 'c', 'e'].map((name, at) => ({ name, size: at === 4 ? null : at }))
const listed = withRows(spec, emptyTable<Row>(), rows)

function press(
  state: TableState<Row>,
  ...actions: readonly (readonly [
    action: 'up' | 'down' | 'pageDown' | 'pageUp' | 'top' | 'bottom' | 'sort',
    key?: string,
  ])[]
): TableState<Row> {
  return actions.reduce((table, [action, key = '']) => moveTable(spec, table, { action, key }, room) ?? table, state)
}

const names = (state: TableState<Row>): string => state.shown.map(({ name }) => name).join('')

test('rows are sorted by the first column, by another with its number, the other way round with the same again', () => {
  expect(names(listed)).toBe('abcde')
  expect(names(press(listed, ['sort', '2']))).toBe('cdabe')
  expect(names(press(listed, ['sort', '2'], ['sort', '2']))).toBe('badce')
  expect(names(press(listed, ['sort', '1']))).toBe('edcba')
  expect(names(press(listed, ['sort', '9']))).toBe('abcde')
})

test('what is not known comes last, whichever way', () => {
  expect(names(withSort(spec, listed, 1)).at(-1)).toBe('e')
  expect(names(withSort(spec, withSort(spec, listed, 1), 1)).at(-1)).toBe('e')
})

test('the cursor stays on its row when rows come, go and change places', () => {
  const onC = press(listed, ['down'], ['down'])
  expect(currentRow(onC)?.name).toBe('c')
  expect(currentRow(withRows(spec, onC, [{ name: '0', size: 1 }, ...rows]))?.name).toBe('c')
  expect(currentRow(press(onC, ['sort', '2']))?.name).toBe('c')
  expect(currentRow(withRows(spec, onC, [{ name: 'a', size: 1 }]))?.name).toBe('a')
  expect(currentRow(withRows(spec, onC, []))).toBeUndefined()
})

test('the cursor stays within the list, and on the screen', () => {
  const actions = ['down', 'down', 'bottom', 'up', 'pageDown', 'pageDown', 'top', 'pageUp', 'bottom', 'down'] as const
  let state = listed
  for (const action of actions) {
    state = press(state, [action])
    const lines = tableLines(spec, state, room).map(textOf)
    expect(lines).toHaveLength(room.rows)
    expect(lines.some(text => text.startsWith(currentRow(state)!.name))).toBe(true)
  }
})

test('a filter is a part of the name, a pattern, its opposite, or letters in order', () => {
  const long = withRows(
    spec,
    emptyTable<Row>(),
    ['web-clicks', 'web-orders', 'Payments'].map(name => ({ name, size: 1 })),
  )
  const cases = { web: 2, WEB: 0, pay: 1, '!web': 1, '-f wor': 1, '^web.*s$': 2, '!^web': 1, '(': 0, '': 3, '!': 3 }
  for (const [filter, count] of Object.entries(cases)) {
    expect(withFilter(spec, long, filter).shown.length, filter).toBe(count)
  }
})

test('narrow terminals lose the columns that matter least', () => {
  expect(textOf(tableLines(spec, listed, { columns: 10, rows: 3 })[0]!).trim()).toBe('NAME↑')
})
