import { expect, test } from 'vitest'
import { OperatorError } from '../../../src/base/errors.ts'
import { ByteSink } from '../../../src/cli/byte-sink.ts'
import { compileInput, type ParsedRecord } from '../../../src/cli/format/input-format.ts'
import { compileFormat } from '../../../src/cli/format/output-format.ts'
import { forEachFetched } from '../../../src/client/fetched-records.ts'
import { placeOf } from '../../../src/client/record-place.ts'
import { answered, type SampleRecord } from '../answered.ts'

/** Reads a text in chunks of a size; buffers are overwritten afterwards, as a caller may do. */
function parse(format: string, input: Buffer | string, chunkBytes = 1_000_000): ParsedRecord[] {
  const records: ParsedRecord[] = []
  const emit = ({ key, value, headers, ...rest }: ParsedRecord): void =>
    void records.push({
      ...rest,
      key: key && Buffer.from(key),
      value: value && Buffer.from(value),
      headers: headers.map(header => ({ key: header.key, value: header.value && Buffer.from(header.value) })),
    })
  const reader = compileInput(format)
  const bytes = Buffer.from(input)
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    const chunk = Buffer.from(bytes.subarray(at, at + chunkBytes))
    reader.push(chunk, emit)
    chunk.fill(0x2a)
  }
  reader.end(emit)
  return records
}

const shown = ({ key, value, headers, ...rest }: ParsedRecord): unknown[] => [
  key?.toString() ?? null,
  value?.toString() ?? null,
  ...(headers.length > 0 ? [headers.map(header => `${header.key}=${header.value}`).join()] : []),
  ...(Object.keys(rest).length > 0 ? [rest] : []),
]

const timestampMs = Date.parse('2026-11-22T08:00:00Z')

const table: readonly (readonly [format: string, input: string, records: readonly (readonly unknown[])[]])[] = [
  [
    '%v\\n',
    'a\n\nb',
    [
      [null, 'a'],
      [null, ''],
      [null, 'b'],
    ],
  ],
  ['%v', 'all of\nit', [[null, 'all of\nit']]],
  [
    '%k:%v\\n',
    'a:1\nb:2:3\n',
    [
      ['a', '1'],
      ['b', '2:3'],
    ],
  ],
  [
    '%s\\0',
    'a\0b\0',
    [
      [null, 'a'],
      [null, 'b'],
    ],
  ],
  [
    '<%k> %v;;',
    '<a> b;c;;<d> e',
    [
      ['a', 'b;c'],
      ['d', 'e'],
    ],
  ],
  [
    '%k %v{json}\\n',
    'a {"x": [1, "} "]}\nb \nc 12\nd "x y"',
    [
      ['a', '{"x":[1,"} "]}'],
      ['b', null],
      ['c', '12'],
      ['d', '"x y"'],
    ],
  ],
  [
    '%v{json}',
    '{"a":1} {"a":2}\n[3]',
    [
      [null, '{"a":1}'],
      [null, '{"a":2}'],
      [null, '[3]'],
    ],
  ],
  [
    '%K %V %k%v\\n',
    '1 2 abc\n-1 0 \n',
    [
      ['a', 'bc'],
      [null, ''],
    ],
  ],
  [
    '%V{3}%v',
    'abcdef',
    [
      [null, 'abc'],
      [null, 'def'],
    ],
  ],
  [
    '%V{hex4}%v',
    '3abc1d',
    [
      [null, 'abc'],
      [null, 'd'],
    ],
  ],
  ['%V{hex},%v', 'a,0123456789', [[null, '0123456789']]],
  ['%k{hex} %v{base64}\\n', '6162 YWI=\n', [['ab', 'ab']]],
  ['%v{base64raw}\\n', 'YWI\n', [[null, 'ab']]],
  ['%V %v{hex}\\n', '2 6162\n', [[null, 'ab']]],
  [
    '%k{re[\\d+]}%v{re##[a-z]+##}',
    '12ab345c',
    [
      ['12', 'ab'],
      ['345', 'c'],
    ],
  ],
  ['%v{unpack[>I]}\\n', '65\n', [[null, '\0\0\0A']]],
  ['%t %p %o %e %x %y %i %[ %| %] %v\\n', 'web 3 7 0 -1 -1 1 0 8 9 a\n', [[null, 'a', { topic: 'web', partition: 3 }]]],
  ['%d %v\\n', '1795334400000 a\n', [[null, 'a', { timestampMs }]]],
  ['%d{s} %v\\n', '1795334400 a\n', [[null, 'a', { timestampMs }]]],
  ['%d{rfc3339} %v\\n', '2026-11-22T09:00:00+01:00 a\n', [[null, 'a', { timestampMs }]]],
  ['%d{strftime[%F %T]},%v\\n', '2026-11-22 08:00:00,a\n', [[null, 'a', { timestampMs }]]],
  ['%d{strftime[%d/%b/%Y:%I %p]} %v\\n', '22/Nov/2026:08 AM a\n', [[null, 'a', { timestampMs }]]],
  ['%d{go[2 Jan 2006 3:04PM]};%v\\n', '22 Nov 2026 8:00AM;a\n', [[null, 'a', { timestampMs }]]],
  [
    '%H %h{%k=%v,}%v\\n',
    '2 a=1,b=2,x\n0 y\n',
    [
      [null, 'x', 'a=1,b=2'],
      [null, 'y'],
    ],
  ],
  ['%H{byte}%h{%K{byte}%k%V{big32}%v}%v\\n', '\x01\x01a\0\0\0\x01bx\n', [[null, 'x', 'a=b']]],
  ['%%%{%v%}\\n', '%{a}\n', [[null, 'a']]],
]

test.each(table)("'%s' reads %j, however it is cut", (format, input, records) => {
  for (const chunkBytes of [1, 2, 3, 7, 1_000_000]) {
    expect(parse(format, Buffer.from(input, 'latin1'), chunkBytes).map(shown)).toEqual(records)
  }
})

test('a record of many chunks is read once it is whole', () => {
  const value = Buffer.alloc(3_000_000, 'x')
  const input = Buffer.concat([Buffer.from('key:'), value, Buffer.from('\nb:c\n')])
  const [first, second] = parse('%k:%v\\n', input, 1000)
  expect([first?.key?.toString(), first?.value?.equals(value), second?.value?.toString()]).toEqual(['key', true, 'c'])
})

test.each([
  ['%k:%v\\n', 'a:1\nabc\n', 2],
  ['%K{big32}%k%V{big32}%v', '\0\0\0\x01a\0\0\0\x02b', 1],
  ['%V{big32}%v', '\0\0\0\x01a\xff\0\0\0b', 2],
  ['%V{3}%v', 'abcd', 2],
  ['%v{json}\\n', '{"a":1}\n{"a":\n', 2],
  ['%v{json}\\n', 'nonsense\n', 1],
  ['%v{hex}\\n', '61\n6\n', 2],
  ['%v{base64}\\n', 'YQ==\n*\n', 2],
  ['%p %v\\n', 'x a\n', 1],
  ['%p %v\\n', '-1 a\n', 1],
  ['%d{rfc3339} %v\\n', 'yesterday a\n', 1],
  ['%d{strftime[%F]} %v\\n', '2026-02-30 a\n', 1],
  ['[%v]', '[a](b)', 2],
  ['%H %h{%k=%v;}\\n', '2 a=b;\n', 1],
  ['%v{unpack[>H]}\\n', '65536\n', 1],
  ['%k{re[\\d+]}\\n', 'x\n', 1],
] as const)("what '%s' cannot read is an error that names the record: %j", (format, input, recordNumber) => {
  const message = new RegExp(`^record ${recordNumber} of the input: `)
  for (const chunkBytes of [1, 1000]) {
    expect(() => parse(format, Buffer.from(input, 'latin1'), chunkBytes)).toThrow(message)
  }
})

test.each([
  '',
  '%k%v\\n',
  '%V{9}',
  '%v %v\\n',
  '%v\\n%V',
  '%h{%k}',
  '%h',
  '%H%h{%v;}',
  '%H%h{%k%v;}',
  '%V%v{json}',
  '%V%v{re[a]}',
  '%v{re[(]}',
  '%v{nothing}\\n',
  '%q',
])("'%s' is refused as a format of input", format => {
  expect(() => compileInput(format)).toThrow(OperatorError)
})

test('nothing is no record', () => {
  expect(parse('%v\\n', '')).toEqual([])
  expect(parse('%K{big32}%k%V{big32}%v', '')).toEqual([])
})

/** Formats that lose nothing of keys, values and headers. */
const lossless = [
  '%K{big32}%k%V{big32}%v%H{big32}%h{%K{big32}%k%V{big32}%v}%d{big64}%p{byte}',
  '%K{little64}%V{little64}%k%v%H{little16}%h{%K{little32}%V{little32}%k%v}%d{little64}%p{little32}',
  '%K %V %H %d %p %k%v%h{%K %V %k%v}\\n',
  '%K{hex64},%V{hex32},%H{hex16},%d{hex64},%p{hex8},%k{hex}%v{base64}%h{%K{hex32}%V{hex32}%k{base64raw}%v{hex}}',
  '%K{ascii};%k{hex};%V{hex};%v{base64};%H{hex};%h{%K;%k{base64};%V;%v{base64raw};}%d{rfc3339} %p\\n',
  '%d{strftime[%F %H:%M:%S.%L]} %p %K:%k %V:%v %H:%h{%K:%k%V:%v}',
  '%d{go[2006-01-02T15:04:05.000000Z07:00]}|%p|%K:%k %V:%v %H:%h{%K:%k%V:%v}',
]

/** Numbers that look random and are the same in each run. */
function seeded(seed: number): (limit: number) => number {
  let state = seed
  return limit => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state % limit
  }
}

function randomBytes(below: (limit: number) => number): Buffer | null {
  if (below(6) === 0) return null
  return Buffer.from(Array.from({ length: below(below(10) === 0 ? 400 : 12) }, () => below(256)))
}

test.each(lossless)("what '%s' prints, it reads back", format => {
  const below = seeded(7)
  const samples: SampleRecord[] = Array.from({ length: 300 }, () => ({
    key: randomBytes(below),
    value: randomBytes(below),
    headers: Array.from({ length: below(4) }, () => ({ key: `h${below(3)}é`, value: randomBytes(below) })),
    timestamp: below(2 ** 32) * 1000 + below(1000),
  }))
  const chunks: Buffer[] = []
  const sink = new ByteSink({ write: bytes => void chunks.push(Buffer.from(bytes)) })
  const fetched = answered(samples, { partition: 5 })
  const print = compileFormat(format)
  forEachFetched(fetched, record => print(record, placeOf(fetched, 0), sink))
  sink.flush()
  for (const chunkBytes of [13, 1_000_000]) {
    expect(parse(format, Buffer.concat(chunks), chunkBytes)).toEqual(
      samples.map(({ key, value, headers, timestamp }) => ({
        key,
        value,
        headers,
        timestampMs: timestamp,
        partition: 5,
      })),
    )
  }
})

test('JSON and packed numbers come back as they were', () => {
  for (const [format, value] of [
    ['%v{json}\\n', '{"a":[1,2.50,"x"],"b":12345678901234567890}'],
    ['%v{unpack[>q]}\\n', '\xff\xfe\0\0\0\0\0\x01'],
  ] as const) {
    const fetched = answered([{ value: Buffer.from(value, 'latin1') }])
    const chunks: Buffer[] = []
    const sink = new ByteSink({ write: bytes => void chunks.push(Buffer.from(bytes)) })
    forEachFetched(fetched, record => compileFormat(format)(record, placeOf(fetched, 0), sink))
    sink.flush()
    expect(parse(format, Buffer.concat(chunks))[0]?.value?.toString('latin1')).toBe(value)
  }
})
