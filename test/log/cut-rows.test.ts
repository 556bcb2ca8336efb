import { expect, test } from 'vitest'
import { CutRows } from '../../src/log/cut-rows.ts'

const row = (baseOffset: number, bytes = 100) => ({
  baseOffset,
  lastOffset: baseOffset + 9,
  data: Buffer.alloc(bytes),
})

test('a row is found by the offsets that it holds, and only for its partition', () => {
  const rows = new CutRows()
  rows.remember(1, row(10))
  expect([9, 10, 19, 20].map(offset => rows.holding(1, offset)?.baseOffset)).toEqual([undefined, 10, 10, undefined])
  expect(rows.holding(2, 10)).toBeUndefined()
})

test('a partition has one row', () => {
  const rows = new CutRows()
  rows.remember(1, row(10))
  rows.remember(1, row(20))
  expect(rows.holding(1, 10)).toBeUndefined()
  expect(rows.bytes).toBe(100)
  rows.forget(1)
  rows.forget(1)
  expect(rows.bytes).toBe(0)
})

test('the bytes are bounded, the rows remembered longest go first', () => {
  const rows = new CutRows(250)
  for (const partition of [1, 2, 3]) rows.remember(partition, row(0))
  rows.remember(2, row(10))
  rows.remember(4, row(0))
  expect([1, 2, 3, 4].map(partition => rows.holding(partition, partition === 2 ? 10 : 0) !== undefined)).toEqual([
    false,
    true,
    false,
    true,
  ])
  rows.remember(5, row(0, 1000))
  expect(rows.bytes).toBe(0)
})
