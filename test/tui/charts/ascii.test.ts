import { expect, test } from 'vitest'
import { cellWidth } from '../../../src/tui/cells.ts'
import { asciiText, hasUnicode } from '../../../src/tui/charts/ascii.ts'

test.each([
  ['plain', 'plain'],
  ['a … b › c', 'a ~ b > c'],
  ['▁▂▃▄▅▆▇█', '_..::||#'],
  ['\u2801\u28ff ', '.# '],
  ['größe', 'gr??e'],
  ['漢字', '????'],
])('%s', (text, expected) => {
  expect(asciiText(text)).toBe(expected)
  expect(asciiText(text)).toHaveLength(cellWidth(text))
})

test.each([
  [{}, true],
  [{ LANG: 'en_US.UTF-8' }, true],
  [{ LANG: 'C.utf8' }, true],
  [{ LANG: 'C' }, false],
  [{ LANG: 'en_US.UTF-8', LC_ALL: 'POSIX' }, false],
  [{ LANG: 'de_DE.ISO-8859-1' }, false],
])('%j', (variables, expected) => {
  expect(hasUnicode(variables)).toBe(expected)
})
