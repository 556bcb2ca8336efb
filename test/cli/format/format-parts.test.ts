import { expect, test } from 'vitest'
import { unescapeText } from '../../../src/cli/format/format-parts.ts'

test.each([
  ['\\t', '\t'],
  ['a\\\\b', 'a\\b'],
  ['%v', '%v'],
  ['\\x41ä\\n', 'Aä\n'],
  ['', ''],
])('a text with escapes has no verbs: %j', (text, expected) => {
  expect(unescapeText(text).toString()).toBe(expected)
})

test('an escape that does not exist is refused', () => {
  expect(() => unescapeText('\\q')).toThrow(/no escape '\\q'/)
})
