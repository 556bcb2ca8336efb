import { expect, test } from 'vitest'
import { OperatorError } from '../../../src/base/errors.ts'
import { ByteSink } from '../../../src/cli/byte-sink.ts'
import { compileFormat } from '../../../src/cli/format/output-format.ts'
import { RecordProblem } from '../../../src/cli/format/record-problem.ts'
import { forEachFetched } from '../../../src/client/fetched-records.ts'
import { placeOf } from '../../../src/client/record-place.ts'
import { answered, type SampleRecord } from '../answered.ts'

const timestamp = 1_700_000_000_123

const sample: SampleRecord = {
  key: 'ann',
  value: 'héllo',
  headers: [
    { key: 'a', value: Buffer.from('1') },
    { key: 'b', value: null },
  ],
}

function print(format: string, record: SampleRecord = sample): Buffer {
  const chunks: Buffer[] = []
  const sink = new ByteSink({ write: bytes => void chunks.push(Buffer.from(bytes)) })
  const fetched = answered([{ timestamp, ...record }], {
    topic: 'wéb',
    partition: 3,
    baseOffset: 5_000_000_000,
    logStartOffset: 4,
    lastStableOffset: 5_000_000_001,
    highWatermark: 5_000_000_002,
  })
  const printRecord = compileFormat(format)
  forEachFetched(fetched, view => printRecord(view, placeOf(fetched, 0), sink))
  sink.flush()
  return Buffer.concat(chunks)
}

test.each([
  ['%v\\n', 'héllo\n'],
  ['%k=%v', 'ann=héllo'],
  ['%t/%p@%o', 'wéb/3@5000000000'],
  ['%d', '1700000000123'],
  ['%K %V %S %T %H', '3 6 6 4 2'],
  ['%s', 'héllo'],
  ['%h', 'a=1,b='],
  ['%h{%k:%v(%V) }', 'a:1(1) b:(-1) '],
  ['%h{[%k{hex}]}', '[61][62]'],
  ['%H%h{%% %} %{%k}', '2% } {a% } {b'],
  ['%[ %| %]', '4 5000000001 5000000002'],
  ['%x %y %e', '-1 -1 -1'],
  ['%i', '1'],
  ['%%%{%}', '%{}'],
  ['{%v}', '{héllo}'],
  ['\\t\\r\\0\\\\', '\t\r\0\\'],
  ['ü → %p', 'ü → 3'],
  ['', ''],
  ['%v{hex}', '68c3a96c6c6f'],
  ['%k{base64} %v{base64}', 'YW5u aMOpbGxv'],
  ['%k{base64raw} %t{hex}', 'YW5u 77c3a962'],
  ['%K{ascii} %K{hex} %p{hex4} %p{hex8} %p{hex16} %p{hex32}', '3 3 3 03 0003 00000003'],
  ['%o{hex64} %o{hex}', '000000012a05f200 12a05f200'],
  ['%d{ms} %d{s} %d{us} %d{ns}', '1700000000123 1700000000 1700000000123000 1700000000123000000'],
  ['%d{rfc3339}', '2023-11-14T22:13:20.123Z'],
  ['%d{strftime[%F %T]}', '2023-11-14 22:13:20'],
  [
    '%d{strftime##%a %A %b %B %e %j %u %V %G %p %I %% %s %L##}',
    'Tue Tuesday Nov November 14 318 2 46 2023 PM 10 % 1700000000 123',
  ],
  ['%d{strftime{{%y%m%d %D %R %Z %z}}}', '231114 11/14/23 22:13 UTC +0000'],
  ['%d{go[2006-01-02T15:04:05.000Z07:00]}', '2023-11-14T22:13:20.123Z'],
  ['%d{go##Mon Jan _2 3:04PM 06##}', 'Tue Nov 14 10:13PM 23'],
  ['%d{hex}', '18bcfe5687b'],
])("'%s' prints '%s'", (format, text) => {
  expect(print(format).toString()).toBe(text)
})

test.each([
  ['%p{byte}%p{big8}%p{little8}', [3, 3, 3]],
  ['%K{big16}%K{little16}', [0, 3, 3, 0]],
  ['%K{big32}%K{little32}', [0, 0, 0, 3, 3, 0, 0, 0]],
  ['%o{big64}', [0, 0, 0, 1, 0x2a, 0x05, 0xf2, 0]],
  ['%o{little64}', [0, 0xf2, 0x05, 0x2a, 1, 0, 0, 0]],
  // As rpk: numbers are cut off as necessary.
  ['%o{big16}', [0xf2, 0]],
] as const)("'%s' prints these bytes", (format, bytes) => {
  expect([...print(format)]).toEqual([...bytes])
})

test.each([
  ['%v{unpack[>I]}', [0, 0, 1, 0], '256'],
  ['%v{unpack[<I]}', [0, 0, 1, 0], '65536'],
  ['%v{unpack[I]}', [0, 0, 1, 0], '65536'],
  ['%v{unpack[>bBhH]}', [255, 255, 255, 254, 255, 254], '-1255-265534'],
  ['%v{unpack[>i$]}', [255, 255, 255, 255], '-1'],
  ['%v{unpack{>q}}', [255, 255, 255, 255, 255, 255, 255, 255], '-1'],
  ['%v{unpack[>Q]}', [255, 255, 255, 255, 255, 255, 255, 255], '18446744073709551615'],
  ['%v{unpack[c.s]}', [97, 98, 99, 100], 'abcd'],
] as const)("'%s' unpacks %j to '%s'", (format, bytes, text) => {
  expect(print(format, { value: Buffer.from(bytes) }).toString()).toBe(text)
})

test('JSON is printed in one line, digit for digit', () => {
  const value = '{ "a": 12345678901234567890,\n "b": [1.0, "x \\" y"] }'
  expect(print('%v{json}', { value }).toString()).toBe('{"a":12345678901234567890,"b":[1.0,"x \\" y"]}')
})

test('bytes are printed as they are, in values and in escapes', () => {
  const value = Buffer.from([0, 0xff, 0xc3, 0x28, 10])
  expect(print('%v', { value })).toEqual(value)
  expect(print('\\xff\\x0a')).toEqual(Buffer.from([0xff, 0x0a]))
})

test('null prints nothing, and -1 as its size where that has room', () => {
  const nothing = { key: null, value: null }
  expect(print('[%k][%v{hex}][%v{json}] %K %V', nothing).toString()).toBe('[][][] -1 -1')
  expect([...print('%K{big32}%V{byte}', nothing)]).toEqual([255, 255, 255, 255, 0])
})

test.each([
  ['%k %v{json}', { value: 'plain' }],
  ['%k %v{json}', { value: Buffer.from([0xff]) }],
  ['%k %v{unpack[>I]}', { value: 'abc' }],
  ['%k %v{unpack[>I$]}', { value: 'abcde' }],
  ['%k %V{byte}', { value: 'x'.repeat(256) }],
  ['%k %h{%v{json}}', { headers: [{ key: 'h', value: Buffer.from('{') }] }],
] as const)("a record that '%s' cannot show is refused before anything is printed", (format, record) => {
  const chunks: Buffer[] = []
  const sink = new ByteSink({ write: bytes => void chunks.push(Buffer.from(bytes)) })
  const fetched = answered([record])
  const printRecord = compileFormat(format)
  expect(() => forEachFetched(fetched, view => printRecord(view, placeOf(fetched, 0), sink))).toThrow(RecordProblem)
  sink.flush()
  expect(chunks).toEqual([])
})

test.each([
  '%q',
  '%',
  'a%',
  '\\q',
  '\\',
  '\\x1',
  '%v{nothing}',
  '%v{hex',
  '%constructor',
  '%p{hexx}',
  '%h{%k',
  '%h{%p}',
  '%d{strftime}',
  '%d{strftime[%q]}',
  '%d{strftime[%F}',
  '%v{unpack[>z]}',
  '%v{unpack[s>I]}',
  '%K{constructor}',
])("'%s' is refused", format => {
  expect(() => compileFormat(format)).toThrow(OperatorError)
})
