import { expect, test } from 'vitest'
import { OperatorError } from '../../src/base/errors.ts'
import { recordFromJson, recordToJson } from '../../src/client/json-record.ts'
import { BatchBuilder } from '../../src/protocol/records/build.ts'
import { forEachRecord, type RecordHeader } from '../../src/protocol/records/record.ts'

function toJson(
  key: Buffer | null,
  value: Buffer | null,
  headers: readonly RecordHeader[] = [],
  timestamp = 5,
): string {
  const builder = new BatchBuilder()
  builder.append(timestamp, key, value, headers)
  const lines: string[] = []
  forEachRecord(builder.build({ baseOffset: 9 }), 0, record => void lines.push(recordToJson('t', 2, record)))
  return lines[0]!
}

test('a record is one line with stable names', () => {
  expect(toJson(Buffer.from('k'), Buffer.from('"v"\n'), [{ key: 'h', value: Buffer.from('x') }])).toBe(
    '{"topic":"t","partition":2,"offset":9,"timestamp":5,"key":"k","value":"\\"v\\"\\n","headers":[{"key":"h","value":"x"}]}',
  )
})

test.each([
  ['text', Buffer.from('k'), Buffer.from('häßlich\u2028\0\u{1f600}')],
  ['no key', null, Buffer.from('v')],
  ['a tombstone', Buffer.from('k'), null],
  ['empty, which is not null', Buffer.alloc(0), Buffer.alloc(0)],
  ['bytes that are no text', Buffer.from([0xff]), Buffer.from([0xc3, 0x28, 0])],
  ['a byte order mark', Buffer.from('\ufeffk'), Buffer.from('\ufeff')],
])('%s comes back as it was', (_name, key, value) => {
  const headers = [
    { key: 'same', value: Buffer.from('1') },
    { key: 'same', value: null },
    { key: 'bytes', value: Buffer.from([0x80]) },
  ]
  expect(recordFromJson(toJson(key, value, headers, 1_700_000_000_000))).toEqual({
    key,
    value,
    headers,
    timestamp: 1_700_000_000_000,
    partition: 2,
  })
})

test('what is missing is null, empty or left to the producer', () => {
  expect(recordFromJson('{"value":"v","more":1}')).toEqual({
    key: null,
    value: Buffer.from('v'),
    headers: [],
    timestamp: undefined,
    partition: undefined,
  })
})

test.each([
  ['', 'not JSON'],
  ['{"value":"v"', 'not JSON'],
  ['[]', 'a record must be an object'],
  ['{"value":1}', 'value must be a string'],
  ['{"key":"k","valeu":"v"}', 'there is no value, only key, valeu'],
  ['{}', 'there is no value'],
  ['{"value":{"base64":"!!"}}', 'value must be base64'],
  ['{"value":{"base64":"YQ==YQ=="}}', 'value must be base64'],
  ['{"value":{"a":1}}', 'value must be a string'],
  ['{"value":null,"headers":{}}', 'headers must be a list'],
  ['{"value":null,"headers":[{"value":"x"}]}', 'a header must be'],
  ['{"value":null,"timestamp":"now"}', 'timestamp must be a whole number'],
  ['{"value":null,"partition":-1}', 'partition must be a whole number'],
])("'%s' is refused: %s", (line, message) => {
  expect(() => recordFromJson(line)).toThrow(OperatorError)
  expect(() => recordFromJson(line)).toThrow(message)
})
