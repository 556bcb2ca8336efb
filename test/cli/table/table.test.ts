import { expect, test } from 'vitest'
import { type Column, facts, type TableStyle, table } from '../../../src/cli/table/table.ts'

interface Row {
  readonly name: string
  readonly size: number | null
  readonly isBig: boolean
}

const columns: readonly Column<Row>[] = [
  { title: 'NAME', value: row => row.name },
  { title: 'SIZE', value: row => row.size, as: 'bytes' },
  { title: 'BIG', value: row => row.isBig, isWide: true },
]
const rows: readonly Row[] = [
  { name: 'a', size: 2048, isBig: false },
  { name: 'längeres ', size: null, isBig: true },
]
const aligned: TableStyle = { layout: 'aligned', isWide: false, title: text => text }

test.each<[string, TableStyle, readonly string[]]>([
  ['aligned, with units', aligned, ['NAME        SIZE', 'a          2 KiB', 'längeres       -']],
  [
    'wide, with more columns',
    { ...aligned, isWide: true },
    ['NAME        SIZE  BIG', 'a          2 KiB  no', 'längeres       -  yes'],
  ],
  ['exact, with tabs and without titles', { ...aligned, layout: 'tabs' }, ['a\t2048', 'längeres \t-']],
])('a table is %s', (_what, style, lines) => expect(table(rows, columns)(style)).toEqual(lines))

test('a table without rows is its titles, in tabs nothing', () => {
  expect(table([], columns)(aligned)).toEqual(['NAME  SIZE'])
  expect(table([], columns)({ ...aligned, layout: 'tabs' })).toEqual([])
})

test('what others have put into a name changes neither the table nor the terminal', () => {
  const evil = [{ name: 'a\tb\nc\u001b[31m\u009b', size: 1, isBig: false }]
  expect(table(evil, columns)({ ...aligned, layout: 'tabs' })).toEqual(['a\\tb\\nc\\u001b[31m\\u009b\t1'])
})

test('facts are names and values', () => {
  const section = facts([
    ['group', 'g'],
    ['lag time', 1_500, 'milliseconds'],
    ['rack', null],
  ])
  expect(section(aligned)).toEqual(['group     g', 'lag time  1.5 s', 'rack      -'])
  expect(section({ ...aligned, layout: 'tabs' })).toEqual(['group\tg', 'lag time\t1500', 'rack\t-'])
})
