import { expect, test } from 'vitest'
import { Ring } from '../../../src/tui/data/ring.ts'

test.each([
  [0, []],
  [2, [1, 2]],
  [3, [1, 2, 3]],
  [8, [6, 7, 8]],
])('of %i things the last three are kept', (count, expected) => {
  const ring = new Ring<number>(3)
  for (let at = 1; at <= count; at++) ring.push(at)
  expect(ring.oldestFirst()).toEqual(expected)
  for (const last of [0, 1, 2, 9]) expect(ring.last(last)).toEqual(expected.slice(Math.max(0, expected.length - last)))
  expect(ring.newestFirst()).toEqual(expected.toReversed())
})
