import { expect, test } from 'vitest'
import { cellWidth, clipCells, loadWidths, padCells, printable, wrapCells } from '../../src/tui/cells.ts'

await loadWidths()

const widths: readonly (readonly [text: string, cells: number])[] = [
  ['', 0],
  ['abc', 3],
  ['é…─▁⣿', 5],
  ['漢字', 4],
  ['🎉', 2],
  ['👩‍👩‍👧‍👦', 2],
  ['🇩🇪', 2],
  ['e\u0301', 1],
  ['ภาษา', 4],
]

test.each(widths)('%j takes %i cells', (text, cells) => expect(cellWidth(text)).toBe(cells))

test('a text is cut to whole characters, with an ellipsis, and never wider than the room', () => {
  for (const [text] of widths) {
    for (let width = 0; width <= 12; width++) {
      const long = `${text}${text}x${text}${text}`
      expect(cellWidth(clipCells(long, width)), `${long} in ${width}`).toBeLessThanOrEqual(width)
      expect(cellWidth(padCells(long, width, 'right')), `${long} in ${width}`).toBe(width)
      if (cellWidth(long) > width && width > 0) expect(clipCells(long, width)).toMatch(/…$/)
    }
  }
})

test('pieces are the whole text, none wider than the room', () => {
  for (const [text] of widths) {
    const long = text.repeat(9)
    for (let width = 2; width <= 12; width++) {
      const pieces = wrapCells(long, width)
      expect(pieces.join('')).toBe(long)
      for (const piece of pieces) expect(cellWidth(piece)).toBeLessThanOrEqual(width)
    }
  }
})

const unprintable: readonly (readonly [given: string, shown: string])[] = [
  ['plain', 'plain'],
  ['a\tb\nc\rd', 'a\\tb\\nc\\rd'],
  ['\u001b[2J', '\\u001b[2J'],
  ['\u009b31m', '\\u009b31m'],
  ['\u202egpj.exe', '\\u202egpj.exe'],
  ['a\u200bb\ufeff', 'a\\u200bb\\ufeff'],
  ['\ud800', '\\ud800'],
  ['\u2028', '\\u2028'],
  ['👩‍👩‍👧‍👦', '👩‍👩‍👧‍👦'],
  [`z${'\u0301'.repeat(500)}`, 'z'],
]

test.each(unprintable)('%j is shown as %j', (given, shown) => expect(printable(given)).toBe(shown))
