import { expect, test } from 'vitest'
import { compileFormat } from '../../src/cli/format/output-format.ts'
import { LastRecords } from '../../src/cli/last-records.ts'
import { printWanted } from '../../src/cli/wanted-records.ts'
import { answered } from './answered.ts'

const printValue = printWanted(compileFormat('%v'), undefined, { onError: 'stop', onNotice: () => {} })

function fetched(partition: number, records: readonly (readonly [timestamp: number, value: string])[]) {
  return answered(
    records.map(([timestamp, value]) => ({ timestamp, value })),
    { partition },
  )
}

test('the last records of all partitions are those with the latest times, oldest first', () => {
  const last = new LastRecords(3, printValue)
  last.add(
    fetched(0, [
      [1, 'a'],
      [4, 'd'],
      [6, 'f'],
    ]),
  )
  last.add(
    fetched(1, [
      [2, 'b'],
      [3, 'c'],
      [5, 'e'],
    ]),
  )
  expect(last.take().map(String)).toEqual(['d', 'e', 'f'])
})

test('records of one time keep the order of their partition', () => {
  const last = new LastRecords(2, printValue)
  last.add(
    fetched(
      0,
      ['a', 'b', 'c', 'd', 'e', 'f'].map(value => [1, value] as const),
    ),
  )
  expect(last.take().map(String)).toEqual(['e', 'f'])
})
