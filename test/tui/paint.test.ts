import { expect, test } from 'vitest'
import { Painter } from '../../src/tui/paint.ts'
import { FakeTerminal } from './fake-terminal.ts'

const colourless = { hasColour: false }

test('only lines that have changed are drawn', () => {
  const painter = new Painter(colourless)
  painter.frame([[{ text: 'first' }], [{ text: 'second' }]])
  const changed = painter.frame([[{ text: 'first' }], [{ text: 'other' }]])
  expect(changed).toContain('other')
  expect(changed).not.toContain('first')
  expect(painter.frame([[{ text: 'first' }], [{ text: 'other' }]])).toBe('')
})

test('what was forgotten is drawn again as a whole', () => {
  const painter = new Painter(colourless)
  painter.frame([[{ text: 'first' }]])
  painter.forget()
  expect(painter.frame([[{ text: 'first' }]])).toContain('first')
})

test('a frame leaves the terminal wrapping as it was', () => {
  const terminal = new FakeTerminal(10, 2)
  terminal.take(new Painter(colourless).frame([[{ text: '1234567890' }], [{ text: 'abc' }]]))
  expect(terminal.lines).toEqual(['1234567890', 'abc'])
  expect(terminal.wraps).toBe(true)
})

test('what follows characters of uncertain width is put where it belongs', () => {
  const painter = new Painter(colourless)
  const drawn = painter.frame([[{ text: '漢字 ' }, { text: 'next' }]])
  expect(drawn).toContain('\u001b[6Gnext')
})

test('without colours nothing but bold and inverted text', () => {
  const looks = ['dim', 'key', 'good', 'bad', 'warning', 'selected', 'chart', 'number', 'head'] as const
  const drawn = new Painter(colourless).frame([looks.map(look => ({ text: look, look }))])
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
  for (const [, code] of drawn.matchAll(/\u001b\[([\d;]*)m/g)) expect(['0', '1', '7']).toContain(code)
})
