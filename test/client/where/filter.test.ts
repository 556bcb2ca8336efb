import { expect, test } from 'vitest'
import { OperatorError } from '../../../src/base/errors.ts'
import { forEachFetched } from '../../../src/client/fetched-records.ts'
import { compileFilter, type FilterOptions } from '../../../src/client/where/filter.ts'
import { answered, type SampleRecord } from '../../cli/answered.ts'

const records: readonly SampleRecord[] = [
  { key: 'ann', value: '{"amount": 50, "tags": ["a"]}', headers: [{ key: 'trace', value: Buffer.from('1') }] },
  { key: 'bob', value: '{"amount": 500}', timestamp: 2000 },
  { key: null, value: null },
  { key: '7', value: 'plain error' },
  { key: 'e', value: '' },
  { key: 'x', value: Buffer.from([0xff, 0x00]) },
]

/** Offsets of the records that a filter lets pass. */
function passing(options: Partial<FilterOptions>): number[] {
  const filter = compileFilter({ onError: 'stop', ...options })
  const fetched = answered(records, { topic: 'web', partition: 3 })
  const offsets: number[] = []
  forEachFetched(fetched, record => {
    if (filter.matches(record, fetched)) offsets.push(record.offset)
  })
  return offsets
}

test.each([
  ['value?.amount > 100', [1]],
  ['(value as { amount: number })?.amount > 100', [1]],
  ['value?.tags?.includes("a")', [0]],
  ['value === null', [2]],
  ['value === ""', [4]],
  ['typeof value === "string" && value.length > 5', [3]],
  ['key === "ann" || key === 7', [0, 3]],
  ['headers.trace', [0]],
  ['"trace" in headers && partition === 3', [0]],
  ['topic === "web" && offset >= 4', [4, 5]],
  ['timestamp === 2000', [1]],
  ['valueBytes?.[0] === 0xff', [5]],
  ['keyBytes === null', [2]],
  ['({ ...value }).amount === 50', [0]],
  ['JSON.stringify([offset, partition, topic]) === \'[1,3,"web"]\'', [1]],
  ['true // all of them', [0, 1, 2, 3, 4, 5]],
  ['[1,2].some(n => n === offset)', [1, 2]],
] as const)('--where %s', (where, offsets) => {
  expect(passing({ where })).toEqual([...offsets])
})

test.each([
  ['error', [3]],
  ['/ERROR/i', [3]],
  ['^ann$|^b', [0, 1]],
  ['"amount": 50', [0, 1]],
  ['ann', [0]],
  ['7', [3]],
  ['nothing', []],
] as const)('--grep %s looks into key and value', (grep, offsets) => {
  expect(passing({ grep })).toEqual([...offsets])
})

test('with both, both have to hold', () => {
  expect(passing({ grep: 'amount', where: 'value.amount < 100' })).toEqual([0])
})

test('an expression that fails names the record and stops', () => {
  expect(() => passing({ where: 'value.amount > 100' })).toThrow(/^web \[3\] at offset 2: --where: .*null/)
})

test('or leaves it out and says so', () => {
  const notices: string[] = []
  const onNotice = (text: string): void => void notices.push(text)
  expect(passing({ where: 'value.amount > 100', onError: 'skip', onNotice })).toEqual([1])
  expect(notices).toEqual([expect.stringMatching(/^web \[3\] at offset 2: .*: left out$/)])
})

test.each(
  ['', 'value.', 'const a = 1', 'value.amount >', '1) || (2', 'value as', 'return 1'].filter(
    where => where !== '1) || (2',
  ),
)("'%s' is no expression", where => {
  expect(() => compileFilter({ where, onError: 'stop' })).toThrow(OperatorError)
})

test('a pattern that is none is refused', () => {
  expect(() => compileFilter({ grep: '(', onError: 'stop' })).toThrow(OperatorError)
})

test('text is found in every record of a batch that holds it, and nowhere between two of them', () => {
  const values = ['xab', 'abx', 'a', 'b', 'ab', '', 'xaabb', 'ab']
  const fetched = answered(values.map(value => ({ value, key: 'k' })))
  const filter = compileFilter({ grep: 'ab', onError: 'stop' })
  const found: string[] = []
  forEachFetched(fetched, record => {
    if (filter.matches(record, fetched)) found.push(String(record.value))
  })
  expect(found).toEqual(values.filter(value => value.includes('ab')))
})
