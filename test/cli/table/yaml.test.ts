import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { type Data, toYaml } from '../../../src/cli/table/yaml.ts'
import { simulatedEnv } from '../../support/simulated-env.ts'

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

const pieces = [
  ...[
    '',
    ' ',
    '-',
    ':',
    '#',
    "'",
    '"',
    '\\',
    '\n',
    '\t',
    'a',
    'Z',
    '0',
    '9',
    '.',
    '~',
    '{',
    '}',
    '[',
    ']',
    ',',
    '&',
    '*',
  ],
  ...['!', '|', '>', '%', '@', '`', '?', '=', 'é', '💥', '\u0085', '\u2028', '\ufeff', '\u0000', '/', '+', '_'],
  ...['no', 'yes', 'null', '1e3', '0x1F', '2026-11-22', '12:30', '.inf', 'NaN', '0o7', '1_000'],
]

/** Values of all kinds, made of what is dangerous; the same ones every time. */
function* values(count: number): Generator<Data> {
  const { random } = simulatedEnv({ seed: 5 })
  const text = (): string => Array.from({ length: random.below(4) }, () => pieces[random.below(pieces.length)]).join('')
  const value = (depth: number): Data => {
    switch (random.below(depth > 3 ? 4 : 6)) {
      case 0:
        return random.below(1_000_000) / 7 - 50_000
      case 1:
        return random.below(2) === 1
      case 2:
        return null
      case 3:
        return text()
      case 4:
        return Array.from({ length: random.below(4) }, () => value(depth + 1))
      default:
        return Object.fromEntries(Array.from({ length: random.below(4) }, () => [text(), value(depth + 1)]))
    }
  }
  for (let i = 0; i < count; i++) yield value(0)
}

test.each(['1.1', '1.2'] as const)('a reader of YAML %s reads back what was written', version => {
  for (const value of values(500)) expect(parse(toYaml(value), { version })).toEqual(value)
})
