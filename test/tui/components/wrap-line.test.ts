import { expect, test } from 'vitest'
import { wrapLine } from '../../../src/tui/components/wrap-line.ts'
import { lineWidth, textOf } from '../../../src/tui/line.ts'

test('a line is parted without losing anything, and no part is too wide', () => {
  const spans = [
    { text: 'key', look: 'key' as const },
    { text: '漢字🎉' },
    { text: 'x'.repeat(50) },
    { text: 'é👩‍👩‍👧‍👦'.repeat(9) },
  ]
  for (let width = 2; width < 40; width++) {
    const lines = wrapLine(spans, width)
    expect(lines.map(textOf).join('')).toBe(textOf(spans))
    for (const part of lines) expect(lineWidth(part)).toBeLessThanOrEqual(width)
  }
})

test('an empty line stays one', () => {
  expect(wrapLine([], 10)).toEqual([[]])
})
