import { expect, test } from 'vitest'
import { LastRecords } from '../../src/cli/last-records.ts'
import { compileFormat } from '../../src/cli/record-format.ts'
import { BatchBuilder } from '../../src/protocol/records/build.ts'

function fetched(partition: number, records: readonly (readonly [timestamp: number, value: string])[]) {
  const builder = new BatchBuilder()
  for (const [timestamp, value] of records) builder.append(timestamp, null, Buffer.from(value))
  const bytes = builder.build()
  return { topic: 't', partition, bytes, fromOffset: 0, endOffset: Number.POSITIVE_INFINITY, abortedTransactions: [] }
}

test('the last records of all partitions are those with the latest times, oldest first', () => {
  const last = new LastRecords(3, compileFormat('%v'))
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
  const last = new LastRecords(2, compileFormat('%v'))
  last.add(
    fetched(
      0,
      ['a', 'b', 'c', 'd', 'e', 'f'].map(value => [1, value] as const),
    ),
  )
  expect(last.take().map(String)).toEqual(['e', 'f'])
})
