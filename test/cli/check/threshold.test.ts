import { expect, test } from 'vitest'
import { isBeyond, parseThreshold } from '../../../src/cli/check/threshold.ts'

test.each<[string, readonly number[], readonly number[]]>([
  ['10', [0, 5, 10], [-1, 11]],
  ['10:', [10, 1e9], [9, -5]],
  ['~:10', [-1e9, 10], [11]],
  ['2:10', [2, 10], [1, 11]],
  ['@2:10', [1, 11], [2, 5, 10]],
  ['@5', [-1, 6], [0, 5]],
  ['-3:3', [-3, 0, 3], [-4, 4]],
  ['0.5', [0.5], [0.6]],
])('%s lets values pass and complains about others', (text, fine, beyond) => {
  const threshold = parseThreshold(text)
  expect(threshold).toMatchObject({ text, isTime: false })
  expect(fine.filter(value => isBeyond(threshold, value))).toEqual([])
  expect(beyond.filter(value => !isBeyond(threshold, value))).toEqual([])
})

test.each([
  ['5m', 0, 300_000],
  ['500ms', 0, 500],
  ['1s:1h30m', 1_000, 5_400_000],
  ['2d:', 172_800_000, Infinity],
])('%s is about times', (text, min, max) => {
  expect(parseThreshold(text)).toMatchObject({ min, max, isTime: true })
})

test.each(['', 'x', '@', ':', '10:2', '1:2:3', '5 m', '1e3', 'ten:'])('%j is refused', text =>
  expect(() => parseThreshold(text)).toThrow(/'|time/),
)
