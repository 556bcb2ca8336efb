import { expect, test } from 'vitest'
import { type GroupFacts, groupRows, trendOf } from '../../../src/tui/data/group-rows.ts'

const points = (...values: readonly number[]) => values.map((value, at) => ({ atMs: at * 2_000, value }))
const group = { group: 'billing', state: 'Stable', protocolType: 'consumer', type: 'classic', coordinator: 1 }
const facts: GroupFacts = {
  groups: [group],
  ...{ members: undefined, committed: undefined, starts: undefined, ends: undefined },
  rate: () => 12,
  lags: () => [],
}

test.each<[readonly number[], number | null]>([
  [[], null],
  [[5, 5], null],
  [[5, 5, 5], 0],
  [[0, 2, 4, 6], 1],
  [[100, 80, 60], -10],
])('the trend of %j, every two seconds', (values, expected) => {
  expect(trendOf(points(...values))).toBe(expected)
})

test('only the last half minute counts for the trend', () => {
  const old = Array.from({ length: 100 }, (_, at) => 1_000 - at)
  expect(trendOf(points(...old, ...Array.from({ length: 16 }, () => 7)))).toBe(0)
})

test('what nobody has said yet is null', () => {
  expect(groupRows(facts)[0]).toMatchObject({ members: null, topics: null, lag: null, rate: null, trend: null })
})

test('a group that catches up says when it is done; one that falls behind does not', () => {
  const committed = new Map([['billing', new Map([['web', new Map([[0, 40]])]])]])
  const known = { ...facts, committed, ends: new Map([['web', new Map([[0, 100]])]]) }
  expect(groupRows({ ...known, lags: () => points(100, 80, 60) })[0]).toMatchObject({ lag: 60, doneInMs: 6_000 })
  expect(groupRows({ ...known, lags: () => points(20, 40, 60) })[0]).toMatchObject({ lag: 60, doneInMs: null })
})

test('lag in topics that are gone is nobody’s', () => {
  const committed = new Map([['billing', new Map([['gone', new Map([[0, 40]])]])]])
  expect(groupRows({ ...facts, committed, ends: new Map() })[0]).toMatchObject({ lag: 0, topics: 1 })
})
