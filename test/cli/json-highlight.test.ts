import { Chalk } from 'chalk'
import { expect, test } from 'vitest'
import { highlightJson } from '../../src/cli/json-highlight.ts'

const colour = new Chalk({ level: 1 })

test('keys, texts, numbers and words have colours of their own, and nothing else changes', () => {
  const json = '{"a": ["x: \\"1\\"", -2.5e3, true], "b":null}'
  const shown = highlightJson(json, colour)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters.
  expect(shown.replace(/\x1b\[\d+m/g, '')).toBe(json)
  expect(shown).toContain(`${colour.blue('"a"')}:`)
  expect(shown).toContain(colour.green('"x: \\"1\\""'))
  expect(shown).toContain(colour.yellow('-2.5e3'))
  expect(shown).toContain(colour.magenta('null'))
})

test.each(['plain', '12', '"text"', '{"a":', '[1,', ''])("'%s' stays as it is", text => {
  expect(highlightJson(text, colour)).toBe(text)
})
