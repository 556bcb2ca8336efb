import { expect, test } from 'vitest'
import { OperatorError } from '../../src/base/errors.ts'
import { checkInputOptions, type InputOptions, isFramed, openInput } from '../../src/cli/input-source.ts'
import type { RecordTarget } from '../../src/cli/record-input.ts'
import { anyPartition } from '../../src/client/topic-writer.ts'
import { simulatedEnv } from '../support/simulated-env.ts'

const env = simulatedEnv()
const nowMs = env.clock.now()

/** What an input becomes: key, value, and what else is not as usual. */
function records(input: string, options: Partial<InputOptions>, chunkBytes = 1000): unknown[] {
  const seen: unknown[] = []
  const text = (bytes: Buffer | null, start: number, end: number) => bytes?.toString('utf8', start, end) ?? null
  const writer: RecordTarget = {
    name: 't',
    partitionCount: 3,
    append: (time, key, keyStart, keyEnd, value, start, end, headers, partition) => {
      const more = [
        ...(time === nowMs ? [] : [`at ${time}`]),
        ...headers.map(header => `${header.key}=${header.value}`),
        ...(partition === anyPartition ? [] : [`in ${partition}`]),
      ]
      seen.push([text(key, keyStart, keyEnd), text(value, start, end), ...more])
    },
  }
  const source = openInput(writer, { env, headers: [], partition: anyPartition, ...options })
  const bytes = Buffer.from(input)
  for (let at = 0; at < bytes.length; at += chunkBytes) source.push(bytes.subarray(at, at + chunkBytes))
  source.end()
  return seen
}

const header = [{ key: 'h', value: Buffer.from('1') }]

test.each<[string, string, Partial<InputOptions>, unknown[]]>([
  [
    'lines',
    'a\n\nb',
    {},
    [
      [null, 'a'],
      [null, ''],
      [null, 'b'],
    ],
  ],
  [
    'NUL-separated',
    'a\n1\0b\0',
    { null: true },
    [
      [null, 'a\n1'],
      [null, 'b'],
    ],
  ],
  [
    'keys in NUL-separated input',
    'k:a\0b\0',
    { null: true, keyDelimiter: Buffer.from(':') },
    [
      ['k', 'a'],
      [null, 'b'],
    ],
  ],
  [
    'with their length',
    '\0\0\0\x03k=a\0\0\0\0',
    { lengthPrefix: 'big32', keyDelimiter: Buffer.from('=') },
    [
      ['k', 'a'],
      [null, ''],
    ],
  ],
  [
    'tombstones',
    'k:\nl:v\n\n',
    { keyDelimiter: Buffer.from(':'), tombstones: true },
    [
      ['k', null],
      ['l', 'v'],
      [null, null],
    ],
  ],
  ['CSV', 'id,name\n7,"a ""b"""\n', { csv: ',' }, [[null, '{"id":"7","name":"a \\"b\\""}']]],
  [
    'CSV with a key',
    'id;n\n7;x\n',
    { csv: ';', keyColumn: 'id', headers: header },
    [['7', '{"id":"7","n":"x"}', 'h=1']],
  ],
  [
    'CSV with numbers as columns',
    '2,1\na,b\n',
    { csv: ',', key: 'k', partition: 1 },
    [['k', '{"2":"a","1":"b"}', 'in 1']],
  ],
  [
    'a format',
    'k v\nl w\n',
    { format: '%k %v\\n' },
    [
      ['k', 'v'],
      ['l', 'w'],
    ],
  ],
  ['a format with place and time', '2 17 v\n', { format: '%p %d %v\\n' }, [[null, 'v', 'at 17', 'in 2']]],
  ['a format, and options that win', '2 v\n', { format: '%p %v\\n', partition: 0, key: 'k' }, [['k', 'v', 'in 0']]],
  ['a format with tombstones', 'k \n', { format: '%k %v\\n', tombstones: true }, [['k', null]]],
])('%s', (_, input, options, expected) => {
  for (const chunkBytes of [1, 3, 1000]) expect(records(input, options, chunkBytes)).toEqual(expected)
})

test.each<[string, Partial<InputOptions>, RegExp]>([
  ['{"value":"a"}\n{', { json: true }, /^line 2: not JSON/],
  ['a,b\n1,2\n3\n', { csv: ',' }, /^CSV, line 3: 1 fields, but 2 columns/],
  ['a,b\n1,2\n', { csv: ',', keyColumn: 'id' }, /^the CSV has no column 'id'/],
  ['a,b\n1,"2', { csv: ',' }, /^CSV, line 2: the input ends within quotes/],
  ['\0\0\0\x05ab', { lengthPrefix: 'big32' }, /^the input ends in the middle of record 1/],
  ['5 v\n', { format: '%p %v\\n' }, /^record 1: topic 't' has no partition 5/],
  ['a 1\nb', { format: '%k %v\\n' }, /record 2/],
])('bad input is named by its record: %j with %j', (input, options, message) => {
  expect(() => records(input, options)).toThrow(OperatorError)
  expect(() => records(input, options)).toThrow(message)
})

test.each<Partial<InputOptions>>([
  { json: true, null: true },
  { csv: ',', format: '%v\\n' },
  { format: '%v\\n', keyDelimiter: Buffer.from(':') },
  { csv: ',', keyDelimiter: Buffer.from(':') },
  { keyColumn: 'id' },
  { csv: ',', keyColumn: 'id', key: 'k' },
  { json: true, tombstones: true },
])('options that exclude each other are refused before anything is read: %j', options => {
  expect(() => {
    checkInputOptions(options)
    records('', options)
  }).toThrow(OperatorError)
})

test('options that cut an input into records tell that a file is not one record', () => {
  expect([{}, { json: false }, { null: true }, { csv: ',' }, { format: '%v' }].map(isFramed)).toEqual([
    ...[false, false, true, true, true],
  ])
})
