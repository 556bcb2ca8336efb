import { expect, test } from 'vitest'
import { sparkline } from '../../../src/tui/charts/sparkline.ts'

test.each<[readonly number[], number, string]>([
  [[], 4, '    '],
  [[0, 0, 0], 4, ' ▁▁▁'],
  [[0, 1, 2, 3, 4, 5, 6, 7], 8, '▁▂▃▄▅▆▇█'],
  [[1, 1_000_000], 2, '▂█'],
  [[5, 1, 2, 4], 2, '▅█'],
  [[-3, Number.NaN, 3], 3, '▁▁█'],
  [[1], 0, ''],
])('%j in %i cells', (values, width, expected) => {
  expect(sparkline(values, width)).toBe(expected)
})
