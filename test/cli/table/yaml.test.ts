import { expect, test } from 'vitest'
import { type Data, toYaml } from '../../../src/cli/table/yaml.ts'

test('maps, lists and scalars in block style', () => {
  const value = {
    topic: 'web',
    settings: { 'retention.ms': '1000', none: null },
    partitions: [
      { partition: 0, replicas: [1, 2], empty: [] },
      { partition: 1, replicas: [], member: {} },
    ],
    nested: [[1, [2]], 'x'],
    gone: undefined,
  }
  expect(toYaml(value)).toBe(`topic: web
settings:
  retention.ms: "1000"
  none: null
partitions:
  - partition: 0
    replicas:
      - 1
      - 2
    empty: []
  - partition: 1
    replicas: []
    member: {}
nested:
  - - 1
    - - 2
  - x
`)
})

test.each<[string, Data, string]>([
  ['an empty list', [], '[]'],
  ['an empty map', {}, '{}'],
  ['a map of nothing', { a: undefined }, '{}'],
  ['null', null, 'null'],
  ['a number', -1.5, '-1.5'],
  ['a boolean', true, 'true'],
  ['a plain text', 'order-items_v2.x', 'order-items_v2.x'],
  ['words with spaces', 'two words', 'two words'],
  ['a path', '/var/lib/data', '/var/lib/data'],
])('%s', (_what, value, yaml) => expect(toYaml(value)).toBe(`${yaml}\n`))

// What readers of YAML 1.1 or 1.2 take for something else, or choke on.
const dangerous = [
  '',
  'null',
  '~',
  'No',
  'on',
  'y',
  'TRUE',
  '1',
  '-1',
  '1e3',
  '0x1f',
  '1:30',
  '2026-11-22',
  '.inf',
  '- x',
  'a: b',
  'a #b',
  '#a',
  '&a',
  '*a',
  '!a',
  '|',
  '>',
  '%a',
  '@a',
  '`a',
  '[a',
  '{a',
  ' a',
  'a ',
  'a\nb',
  'a\tb',
  '"a"',
  "'a'",
  '\u0000',
  '\u007f',
  '\u0085',
  '\u2028',
  '\ufeff',
  'é',
  '💥',
  '=',
  '<<',
  'a:',
  '---',
  '...',
  '?',
]

test.each(dangerous.map(text => [text]))('%j is quoted', text => {
  const yaml = toYaml(text)
  expect(yaml).toMatch(/^".*"\n$/)
  expect(JSON.parse(yaml)).toBe(text)
})

test('keys are quoted like values', () => {
  expect(toYaml({ 'a: b': 1, no: 2 })).toBe('"a: b": 1\n"no": 2\n')
})
