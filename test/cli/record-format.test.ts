import { expect, test } from 'vitest'
import { OperatorError } from '../../src/base/errors.ts'
import { ByteSink } from '../../src/cli/byte-sink.ts'
import { compileFormat } from '../../src/cli/record-format.ts'
import { BatchBuilder } from '../../src/protocol/records/build.ts'
import { forEachRecord, type RecordHeader } from '../../src/protocol/records/record.ts'

interface Sample {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers?: readonly RecordHeader[]
}

const sample: Sample = {
  key: Buffer.from('ann'),
  value: Buffer.from('héllo'),
  headers: [
    { key: 'a', value: Buffer.from('1') },
    { key: 'b', value: null },
  ],
}

function print(format: string, { key, value, headers = [] }: Sample = sample): Buffer {
  const chunks: Buffer[] = []
  const sink = new ByteSink({ write: bytes => void chunks.push(Buffer.from(bytes)) })
  const builder = new BatchBuilder()
  builder.append(1_700_000_000_123, key, value, headers)
  forEachRecord(builder.build({ baseOffset: 5_000_000_000 }), 0, record =>
    compileFormat(format)(record, { topic: 'wéb', partition: 3 }, sink),
  )
  sink.flush()
  return Buffer.concat(chunks)
}

test.each([
  ['%v\\n', 'héllo\n'],
  ['%k=%v', 'ann=héllo'],
  ['%t/%p@%o', 'wéb/3@5000000000'],
  ['%d %T', '1700000000123 1700000000123'],
  ['%K %V %S', '3 6 6'],
  ['%s', 'héllo'],
  ['%h', 'a=1,b='],
  ['%%%{%}', '%{}'],
  ['\\t\\r\\0\\\\', '\t\r\0\\'],
  ['ü → %p', 'ü → 3'],
  ['', ''],
])("'%s' prints '%s'", (format, text) => {
  expect(print(format).toString()).toBe(text)
})

test('bytes are printed as they are, in values and in escapes', () => {
  const value = Buffer.from([0, 0xff, 0xc3, 0x28, 10])
  expect(print('%v', { key: null, value })).toEqual(value)
  expect(print('\\xff\\x0a')).toEqual(Buffer.from([0xff, 0x0a]))
})

test('null prints nothing, and -1 as its size', () => {
  expect(print('[%k][%v] %K %V', { key: null, value: null }).toString()).toBe('[][] -1 -1')
})

test.each(['%q', '%', 'a%', '\\q', '\\', '\\x1', '%v{hex}', '%constructor'])("'%s' is refused", format => {
  expect(() => compileFormat(format)).toThrow(OperatorError)
})
