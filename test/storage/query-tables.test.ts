import { expect, test } from 'vitest'
import { QueryProblem, type QueryRow, QueryTables } from '../../src/storage/query-tables.ts'

function row(key: unknown, value: unknown, more: Partial<QueryRow> = {}): QueryRow {
  return { key, value, windowStart: null, windowEnd: null, timestamp: 5, partition: 0, ...more }
}

async function tablesOf(stores: Readonly<Record<string, readonly QueryRow[]>>): Promise<QueryTables> {
  const tables = new QueryTables()
  for (const [name, rows] of Object.entries(stores)) {
    await tables.addTable(
      name,
      (async function* () {
        for (const each of rows) yield [each]
      })(),
    )
  }
  return tables
}

async function asked(sql: string, stores: Readonly<Record<string, readonly QueryRow[]>>): Promise<unknown[]> {
  const tables = await tablesOf(stores)
  try {
    return [...tables.query(sql)].map(each => ({ ...each }))
  } finally {
    tables.close()
  }
}

test('fields of keys and values are columns, under names that are not taken', async () => {
  const value = { page: '/a', Key: 7, on: true, "it's": 1, deep: { a: [1] } }
  expect(
    await asked('select * from pages', { pages: [row({ host: 'x' }, value, { windowStart: 1, windowEnd: 2 })] }),
  ).toEqual([
    {
      key: '{"host":"x"}',
      window_start: 1,
      window_end: 2,
      timestamp: 5,
      partition: 0,
      value: JSON.stringify(value),
      page: '/a',
      value_Key: 7,
      on: 1,
      "it's": 1,
      deep: '{"a":[1]}',
      key_host: 'x',
    },
  ])
})

test('values of any kind may stand beside objects', async () => {
  const rows = [row('a', 'no json'), row('b', 5), row('c', { n: 1 }), row('d', [1]), row('e', null), row('f', true)]
  expect(await asked('select key, n, value from mixed order by key', { mixed: rows })).toEqual([
    { key: 'a', n: null, value: 'no json' },
    { key: 'b', n: null, value: 5 },
    { key: 'c', n: 1, value: '{"n":1}' },
    { key: 'd', n: null, value: '[1]' },
    { key: 'e', n: null, value: null },
    { key: 'f', n: null, value: 1 },
  ])
})

test('a store is a table under its name, and under one that needs no quotes; empty ones too', async () => {
  const stores = { 'per-minute': [row('a', 1)], 'not "there"': [] }
  expect(await asked('select value from per_minute union all select value from "per-minute"', stores)).toHaveLength(2)
  expect(await asked('select count(*) n from not__there_', stores)).toEqual([{ n: 0 }])
})

test.each([
  'delete from a',
  'create table b(c)',
  "attach ':memory:' as b",
  'select 1; select 2',
  'nonsense',
  'select nope from a',
])('%s is refused, and changes nothing', async sql => {
  const tables = await tablesOf({ a: [row('x', 1)] })
  expect(() => [...tables.query(sql)]).toThrow(QueryProblem)
  expect([...tables.query('select count(*) n from a')].map(each => ({ ...each }))).toEqual([{ n: 1 }])
  expect(tables.describe()).toBe('a(key, window_start, window_end, timestamp, partition, value)')
  tables.close()
})
