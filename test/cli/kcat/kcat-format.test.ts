// What kcat 1.7.1 of Debian prints; test/compatibility/kcat-applet.test.ts compares with it where it is installed.
import { expect, test } from 'vitest'
import { ByteSink } from '../../../src/cli/byte-sink.ts'
import { KcatError } from '../../../src/cli/kcat/kcat-error.ts'
import { compileKcatFormat, parseDelimiter } from '../../../src/cli/kcat/kcat-format.ts'
import { compileKcatJson } from '../../../src/cli/kcat/kcat-json.ts'
import { parseKcat } from '../../../src/cli/kcat/kcat-options.ts'
import { forEachFetched } from '../../../src/client/fetched-records.ts'
import { placeOf } from '../../../src/client/record-place.ts'
import { answered, type SampleRecord } from '../answered.ts'

const sample: SampleRecord = {
  key: 'k',
  value: Buffer.from('a/b\x7f\xff\x01"\\\t', 'latin1'),
  headers: [
    { key: 'n', value: null },
    { key: 'e', value: Buffer.alloc(0) },
  ],
  timestamp: 5,
}

function print(args: readonly string[], record: SampleRecord = sample): string {
  const options = parseKcat(args)
  const printRecord = options.json ? compileKcatJson(parseDelimiter(options.delimiter)) : compileKcatFormat(options)
  const chunks: Buffer[] = []
  const sink = new ByteSink({ write: bytes => void chunks.push(Buffer.from(bytes)) })
  const fetched = answered([record], { topic: 'web', partition: 2, baseOffset: 9 })
  forEachFetched(fetched, view => printRecord(view, placeOf(fetched, 0), sink))
  sink.flush()
  return Buffer.concat(chunks).toString('latin1')
}

test.each([
  [[], 'a/b\x7f\xff\x01"\\\t\n'],
  [['-f', '%t %p %o %k %K %S %T %h %%'], 'web 2 9 k 1 9 5 n=NULL,e= %'],
  [['-f', '%R'], '\0\0\0\x09'],
  [['-f', '\\x41\\x4g\\65\\075\\0x41\\xff\\q\\n'], 'A\x04gA=Affq\n'],
  [['-K', '\\t', '-D', '\\x2c', '-Z'], 'k\ta/b\x7f\xff\x01"\\\t,'],
  [
    ['-J', '-D', ';'],
    '{"topic":"web","partition":2,"offset":9,"tstype":"create","ts":5,"broker":1,"headers":["n",null,"e",""],"key":"k","payload":"a/b\x7f\xff\\u0001\\"\\\\\\t"};',
  ],
  [['-s', 'value=B c s', '-f', '%s'], '97 / b\x7f\xff\x01"\\\t'],
  [['-s', 'value=<H', '-f', '%s'], '24879'],
] as const)('%j', (args, text) => {
  expect(print(args)).toBe(text)
})

test('with -Z what is empty is NULL, but null in JSON', () => {
  expect(print(['-Z', '-f', '%k|%s|%K|%S'], { key: null, value: '' })).toBe('NULL|NULL|-1|0')
  expect(print(['-J'], { key: null, value: null })).toContain('"key":null,"payload":null}')
})

test.each([
  ['-f', '%q'],
  ['-f', 'a%'],
  ['-D', '\\xzz'],
  ['-s', 'value=z'],
  ['-P', '-C'],
  ['-y'],
  ['-t'],
  ['-X', 'name'],
])('%s %s is refused', (...args) => {
  expect(() => print(args)).toThrow(KcatError)
})

test('options stand together, with their arguments attached or behind, among operands', () => {
  expect(parseKcat(['-Cet', 'web', '-p0', '-Xa=b=c'])).toMatchObject({
    mode: 'C',
    exitAtEnd: true,
    topic: 'web',
    partition: 0,
    properties: [['a', 'b=c']],
  })
  expect(parseKcat(['-G', 'g', 'one', '-e', 'two', '--', '-three'])).toMatchObject({
    mode: 'G',
    group: 'g',
    exitAtEnd: true,
    operands: ['one', 'two', '-three'],
  })
})
