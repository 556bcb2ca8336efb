import { expect, test } from 'vitest'
import { selectBatches } from '../../src/log/batch-selection.ts'
import { batchOf } from './log-fixture.ts'

// Three batches of two records: offsets 10-11, 12-13, 14-15.
const row = Buffer.concat([10, 12, 14].map(baseOffset => batchOf(2, { baseOffset })))
const size = row.length / 3
const everything = { offset: 0, endOffset: 100, maxBytes: row.length, atLeastOne: false }

const cases: Record<
  string,
  [Partial<typeof everything>, { start: number; end: number; nextOffset: number | undefined }]
> = {
  'a whole row': [{}, { start: 0, end: 3, nextOffset: 16 }],
  'from the batch that holds the offset': [{ offset: 13 }, { start: 1, end: 3, nextOffset: 16 }],
  'up to the end that the reader may see': [{ endOffset: 14 }, { start: 0, end: 2, nextOffset: 14 }],
  'not beyond the bytes': [{ maxBytes: 2 * size }, { start: 0, end: 2, nextOffset: 14 }],
  'not a part of a batch': [{ maxBytes: 2 * size - 1 }, { start: 0, end: 1, nextOffset: 12 }],
  'nothing when the first does not fit': [{ maxBytes: size - 1 }, { start: 0, end: 0, nextOffset: undefined }],
  'one that does not fit when one is needed': [
    { offset: 12, maxBytes: 0, atLeastOne: true },
    { start: 1, end: 2, nextOffset: 14 },
  ],
  'nothing when all end before the offset': [{ offset: 16 }, { start: 3, end: 3, nextOffset: undefined }],
}

test('a batch of the one record at the end is not taken', () => {
  const single = Buffer.concat([10, 11].map(baseOffset => batchOf(1, { baseOffset })))
  const limits = { ...everything, maxBytes: single.length, endOffset: 11 }
  expect(selectBatches(single, limits)).toEqual({ start: 0, end: single.length / 2, nextOffset: 11 })
})

for (const [name, [limits, expected]] of Object.entries(cases)) {
  test(`a read takes ${name}`, () => {
    expect(selectBatches(row, { ...everything, ...limits })).toEqual({
      start: expected.start * size,
      end: expected.end * size,
      nextOffset: expected.nextOffset,
    })
  })
}
