import { expect, test } from 'vitest'
import { bareRecord } from '../../../src/client/fetched-records.ts'
import { compileFilter } from '../../../src/client/where/filter.ts'
import { completeFilter, readRecordFilter } from '../../../src/tui/components/record-filter.ts'

const record = (value: string | null, key = 'user-1') =>
  bareRecord(Buffer.from(key), value === null ? null : Buffer.from(value))
const place = { topic: 'web', partition: 3 }

/** A filter line, a value, and whether it is let through. */
const cases: readonly (readonly [line: string, value: string | null, isWanted: boolean])[] = [
  ['', 'anything', true],
  ['order', '{"name":"ORDER 1"}', true],
  ['Order', '{"name":"ORDER 1"}', false],
  ['user-1', 'x', true],
  ['!order', '{"name":"order"}', false],
  ['!order', 'payment', true],
  ['-f odr', 'order', true],
  ['-f rdo', 'order', false],
  ['/ord[ae]r/', 'order', true],
  ['/ORDER/i', 'order', true],
  ['value', 'the value of it', true],
  ['a.b(c', 'a.b(c', true],
  ['value.id > 5', '{"id":7}', true],
  ['value.id > 5', '{"id":3}', false],
  ['!value.ok', '{"ok":false}', true],
  ['partition === 3', 'x', true],
  ["key === 'user-2'", 'x', false],
  ['value === null', null, true],
  ['null', null, false],
  ["say 'value.id'", "say 'value.id'", true],
]

test.each(cases)('%j on %j: %j', (line, value, isWanted) => {
  const read = readRecordFilter(line)
  if ('error' in read) throw new Error(read.error)
  const filter = compileFilter({ ...(read.where ? { where: read.where } : {}), onError: 'stop' })
  expect(filter.matches(record(value), place)).toBe(isWanted)
})

test('what cannot be read is told in one sentence', () => {
  expect(readRecordFilter('value.id ===')).toEqual({ error: expect.stringContaining('is no expression') })
  expect(readRecordFilter('/(/')).not.toEqual({ where: '' })
})

test('names and members of the values that are shown complete a line', () => {
  const row = { partition: 0, offset: 0, timestamp: 0, key: null, keyBytes: -1, valueBytes: 9, headerCount: 0 }
  const rows = [
    { ...row, value: '{"id":1,"inner":{"name":"x"},"not a name":2}' },
    { ...row, value: '{"cut":1,"of' },
    { ...row, value: null },
  ]
  expect(completeFilter('va', rows)).toEqual(['value', 'valueBytes'])
  expect(completeFilter('offset > 5 && value.i', rows)).toEqual([
    'offset > 5 && value.id',
    'offset > 5 && value.inner',
    'offset > 5 && value.inner.name',
  ])
  expect(completeFilter('value.c', rows)).toEqual(['value.cut'])
})
