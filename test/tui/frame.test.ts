import { expect, test } from 'vitest'
import { frameLines } from '../../src/tui/frame.ts'
import { lineWidth, type Size, textOf } from '../../src/tui/line.ts'
import type { Model } from '../../src/tui/model.ts'
import { after, data, keys, screenOf, someModel, topicRow } from './some-model.ts'

const sizes: readonly Size[] = [
  { columns: 80, rows: 24 },
  { columns: 120, rows: 40 },
  { columns: 200, rows: 50 },
  { columns: 40, rows: 10 },
  { columns: 10, rows: 4 },
  { columns: 1, rows: 1 },
]

/** Names and values as nobody should choose them. */
const evil = [
  '\u001b[2J\u001b[31m\u0007 escape',
  '漢字🎉👩‍👩‍👧‍👦🇩🇪',
  'e\u0301'.repeat(300),
  `z${'\u0301'.repeat(5_000)}`,
  '\u202egpj.exe \u200b\ufeff\u2028',
  'x'.repeat(20_000),
  '漢'.repeat(8_000),
  'a\nb\tc\r\n',
  '',
]

const rows = evil.map((text, offset) => ({
  ...{ partition: 0, offset, timestamp: offset % 2 === 0 ? 1_700_000_000_000 : -1, headerCount: 0 },
  ...{ key: offset === 3 ? null : text, value: text, keyBytes: text.length, valueBytes: text.length },
}))
const record = (text: string) => ({
  ...{ topic: 'web', partition: 0, offset: 0, timestamp: 9e15, timestampType: 'CreateTime' },
  key: Buffer.from(text),
  value: Buffer.from(text),
  headers: [{ key: text, value: Buffer.from(text) }],
})
const progress = { isDone: true, looked: 9, total: 9, reachedMs: 0, failed: 1, failure: evil[0]! }
const page = { rows, focus: 0, older: null, newer: null, arrived: 3, progress }

const question = { kind: 'records', topic: 'web', from: '', direction: 'older', count: 200, where: '', nth: 1 }
const topics = after(
  someModel(),
  data(
    { kind: 'topics' },
    evil.map(name => topicRow(name, { lag: 9e15 })),
  ),
).model
const records = after(topics, ...keys(':', '"records web"', 'enter'), data(question, page)).model

function opened(text: string): Model {
  const source = { kind: 'record', topic: 'web', partition: 0, offset: 0 }
  return after(records, ...keys('enter'), data(source, record(text))).model
}

const shown: Readonly<Record<string, Model>> = {
  topics,
  'topics in trouble': after(topics, {
    kind: 'trouble',
    source: { kind: 'topics' },
    trouble: { message: evil[0]!, hint: evil[5]!, retryAtMs: 0 },
  }).model,
  'no topics': after(someModel(), data({ kind: 'topics' }, [])).model,
  'nothing yet': someModel(),
  'a long path': after(records, ...keys('enter', '?')).model,
  'a command': after(topics, ...keys(':', `"${'records 漢'.repeat(30)}"`, 'tab')).model,
  'a form': after(topics, ...keys('n', `"${'漢'.repeat(300)}"`, 'tab', 'tab', 'tab', '"a=1"', 'enter', '"b"')).model,
  'a confirmation': after(topics, ...keys('ctrl-d', '"x"')).model,
  'a message': after(topics, { kind: 'flash', text: evil[5]!, look: 'bad' }).model,
  help: after(topics, ...keys('?', 'pagedown')).model,
  records,
  'records to the right': after(records, ...keys('right', 'right', 'down')).model,
  'records live': after(
    records,
    ...keys('l'),
    data(
      { kind: 'tail', topic: 'web', count: 1_000, where: '' },
      { rows, seen: 9, rate: 1e9, skipped: 1, failed: 0, failure: null, notice: evil[0] },
    ),
  ).model,
  ...Object.fromEntries(
    evil.flatMap((text, at) => [
      [`record ${at}`, opened(text)],
      [`record ${at} as text, cut`, after(opened(text), ...keys('v', 'w', 'right')).model],
      [`record ${at} as bytes`, after(opened(text), ...keys('v', 'v', 'down')).model],
    ]),
  ),
}

for (const [name, model] of Object.entries(shown)) {
  test(`${name}: fills terminals of every size exactly, and nothing in it moves the cursor`, () => {
    for (const size of sizes) {
      const lines = frameLines({ ...model, size })
      expect(lines).toHaveLength(size.rows)
      for (const spans of lines) {
        expect(lineWidth(spans), `${size.columns}x${size.rows}: ${textOf(spans).slice(0, 200)}`).toBe(size.columns)
        expect(textOf(spans)).not.toMatch(/\p{Cc}|\u202e|\u2028/u)
      }
    }
  })
}

test('80x24: topics as people see them', () => {
  const model = after(
    someModel(),
    data({ kind: 'topics' }, [topicRow('orders'), topicRow('payments', { lag: null })]),
  ).model
  expect(screenOf(model).filter(text => text !== '')).toMatchInlineSnapshot(`
    [
      "Topics  2                                                         127.0.0.1:9092",
      "TOPIC↑                  PARTS  RECORDS    SIZE       IN      OUT     LAG  GROUPS",
      "orders                      3     1.2k    4.8M     13/s      3/s      17       2",
      "payments                    3     1.2k    4.8M     13/s      3/s       -       2",
      "enter open  d describe  / filter  n new  e edit  p produce  : command  ? help",
    ]
  `)
})

test('40x10: what matters most is left', () => {
  const model = after(someModel(), data({ kind: 'topics' }, [topicRow('orders')])).model
  expect(screenOf(model, { columns: 40, rows: 10 }).filter(text => text !== '')).toMatchInlineSnapshot(`
    [
      "Topics  1                 127.0.0.1:9092",
      "TOPIC↑                    PARTS  RECORDS",
      "orders                        3     1.2k",
      "enter open  : command  ? help",
    ]
  `)
})

test('a record as people see it: numbers stay as they are written', () => {
  const value = '{"id":12345678901234567890,"list":[],"inner":{"a":1e5,"a":"twice"}}'
  const source = { kind: 'record', topic: 'web', partition: 0, offset: 0 }
  const model = after(records, ...keys('enter'), data(source, { ...record('key'), value: Buffer.from(value) })).model
  expect(screenOf(model).filter(text => text !== '')).toMatchInlineSnapshot(`
    [
      "Topics › web › 0:0  1 of 9, json                                  127.0.0.1:9092",
      "topic     web",
      "partition 0",
      "offset    0",
      "time      9000000000000000",
      "key       key",
      "headers   1",
      "  key     key",
      "value",
      "{",
      "  "id": 12345678901234567890,",
      "  "list": [],",
      "  "inner": {",
      "    "a": 1e5,",
      "    "a": "twice"",
      "  }",
      "}",
      "v view  c copy  x export  r again  e edit  ^n next  : command  ? help  esc back",
    ]
  `)
})
