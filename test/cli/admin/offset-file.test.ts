import { expect, test } from 'vitest'
import { parseOffsetFile } from '../../../src/cli/admin/offset-file.ts'

test('offsets are read from lines as people and kafka-consumer-groups write them, and from JSON', () => {
  const text = `# saved before the release
web 0 10
web\t1\t20
"orders",0,30
{"group":"g","topic":"web","partition":2,"committed":40,"lag":3}
{"topic":"web","partition":3,"to":50,"committed":1}
{"topic":"web","partition":4,"offset":60}
{"topic":"web","partition":5,"committed":null}

web 0 11
`
  expect(Object.fromEntries(parseOffsetFile(text, "'offsets'"))).toEqual({
    'web:0': 11,
    'web:1': 20,
    'orders:0': 30,
    'web:2': 40,
    'web:3': 50,
    'web:4': 60,
  })
})

test.each([
  ['a field too few', 'web 0'],
  ['a field too many', 'web 0 1 2'],
  ['a partition that is none', 'web x 1'],
  ['an offset that is none', 'web 0 -1'],
  ['JSON that is broken', '{"topic":"web"'],
  ['JSON without a partition', '{"topic":"web","offset":1}'],
  ['JSON with an offset that is none', '{"topic":"web","partition":0,"offset":"1"}'],
  ['JSON with a negative offset', '{"topic":"web","partition":0,"offset":-1}'],
])('%s is named by its line', (_what, line) => {
  expect(() => parseOffsetFile(`web 0 1\n${line}\n`, "'offsets'")).toThrow("'offsets', line 2: no offset")
})

test('a file without offsets is refused', () => {
  expect(() => parseOffsetFile('# nothing\n', "'offsets'")).toThrow("'offsets' holds no offsets")
})
