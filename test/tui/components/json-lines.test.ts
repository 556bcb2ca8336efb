import { expect, test } from 'vitest'
import { jsonLines } from '../../../src/tui/components/json-lines.ts'
import { textOf } from '../../../src/tui/line.ts'

test('JSON is laid out as JSON.stringify does', () => {
  const values = [
    {},
    [],
    { a: 1, b: [1, 'x', null, { c: true }], d: {} },
    'text',
    5,
    null,
    [[], [[]]],
    { '"': '\\"{[,:' },
  ]
  for (const value of values) {
    expect(jsonLines(JSON.stringify(value))?.map(textOf).join('\n')).toBe(JSON.stringify(value, null, 2))
  }
})

test('numbers, double keys and escapes stay as they are written', () => {
  const lines = jsonLines('{"big":12345678901234567890,"a":1.0,"a":1e3,"u":"\\u00e9"}')
  expect(lines?.map(textOf)).toEqual([
    '{',
    '  "big": 12345678901234567890,',
    '  "a": 1.0,',
    '  "a": 1e3,',
    '  "u": "\\u00e9"',
    '}',
  ])
})

test('what is no JSON is left to others', () => {
  for (const text of ['', 'text', '{', '{"a":}', '{} {}', 'nothing']) expect(jsonLines(text)).toBeUndefined()
})
