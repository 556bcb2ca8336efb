import { expect, test } from 'vitest'
import { OffsetTranslation } from '../../../src/cli/archive/offset-translation.ts'

const place = (offset: number) => ({ topic: 't', partition: 0, offset })

/** The records of the archive, at these offsets of the source, arrive in batches at the destination. */
function translated(
  wanted: readonly number[],
  { offsets, deliveries }: { offsets: readonly number[]; deliveries: readonly (readonly [number, number])[] },
  end: number,
): number[] {
  const translation = new OffsetTranslation([
    { group: 'g', offsets: wanted.map(place) },
    { group: 'h', offsets: wanted.map(place) },
  ])
  for (const offset of offsets) translation.archived('t', 0, offset)
  for (const [baseOffset, recordCount] of deliveries) translation.delivered('t', 0, { baseOffset, recordCount })
  return wanted.map(offset => translation.translate('t', 0, offset, end))
}

test.each<[string, number[], Parameters<typeof translated>[1], number, number[]]>([
  ['the same offsets', [0, 1, 3], { offsets: [0, 1, 2], deliveries: [[0, 3]] }, 3, [0, 1, 3]],
  ['retention has cut the source', [100, 101, 103], { offsets: [100, 101, 102], deliveries: [[0, 3]] }, 3, [0, 1, 3]],
  ['a place before the first record', [50], { offsets: [100, 101], deliveries: [[0, 2]] }, 2, [0]],
  ['gaps at the source', [5, 7, 10, 21], { offsets: [5, 9, 20], deliveries: [[0, 3]] }, 3, [0, 1, 2, 3]],
  [
    'gaps at the destination',
    [1, 2],
    {
      offsets: [0, 1, 2],
      deliveries: [
        [10, 1],
        [20, 2],
      ],
    },
    23,
    [20, 21],
  ],
  ['an end with a marker behind it', [3], { offsets: [0, 1, 2], deliveries: [[0, 3]] }, 4, [4]],
  [
    'a batch that was there already',
    [1, 2],
    {
      offsets: [0, 1, 2],
      deliveries: [
        [0, 1],
        [-1, 2],
      ],
    },
    3,
    [1, 2],
  ],
  ['no records', [7], { offsets: [], deliveries: [] }, 0, [0]],
])('%s', (_, wanted, records, end, expected) => {
  expect(translated(wanted, records, end)).toEqual(expected)
})

test('deliveries may come while the archive is still being read', () => {
  const translation = new OffsetTranslation([{ group: 'g', offsets: [place(2)] }])
  for (let offset = 0; offset < 4; offset++) {
    translation.archived('t', 0, offset)
    translation.delivered('t', 0, { baseOffset: 100 + offset, recordCount: 1 })
  }
  expect(translation.translate('t', 0, 2, 104)).toBe(102)
})

test('nobody follows a partition without groups', () => {
  const translation = new OffsetTranslation([{ group: 'g', offsets: [place(2)] }])
  expect(translation.isWanted('t', 0)).toBe(true)
  expect(translation.isWanted('t', 1)).toBe(false)
})
