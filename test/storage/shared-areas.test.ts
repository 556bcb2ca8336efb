import { expect, test } from 'vitest'
import { SharedAreas } from '../../src/storage/shared-areas.ts'
import { groupBytesMax } from '../../src/storage/write-queue.ts'

test('an area is lent to one at a time, and again when it is back', () => {
  const areas = new SharedAreas()
  const first = areas.take(100)
  const second = areas.take(100)
  expect(second).not.toBe(first)
  areas.give(first)
  expect(areas.take(100)).toBe(first)
})

test('an area is at least as large as asked for', () => {
  const areas = new SharedAreas()
  areas.give(areas.take(100))
  expect(areas.take(5_000_000).byteLength).toBeGreaterThanOrEqual(5_000_000)
  expect(areas.take(0).byteLength).toBeGreaterThan(0)
})

test('no more is kept than groups can use, and nothing of a huge one', () => {
  const areas = new SharedAreas()
  const lent = Array.from({ length: 5 }, () => areas.take(groupBytesMax))
  for (const area of lent) areas.give(area)
  const again = Array.from({ length: 5 }, () => areas.take(groupBytesMax))
  expect(again.filter(area => lent.includes(area))).toHaveLength(3)
  const huge = areas.take(10 * groupBytesMax)
  areas.give(huge)
  expect(areas.take(10 * groupBytesMax)).not.toBe(huge)
})
