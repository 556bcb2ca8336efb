import { expect, test } from 'vitest'
import {
  type Direction,
  isExhausted,
  type Lane,
  lanesToScan,
  placeBehind,
  reachedMs,
  stretchOf,
  takeReady,
  withNews,
} from '../../../src/tui/data/page-merge.ts'
import type { RecordRow } from '../../../src/tui/record-row.ts'

const row = (partition: number, offset: number, timestamp: number): RecordRow => ({
  ...{ partition, offset, timestamp, key: null, value: '', keyBytes: -1, valueBytes: 0, headerCount: 0 },
})

/** A partition: `found` are pairs of offset and time. */
const lane = (
  partition: number,
  changes: Partial<Omit<Lane, 'found'>> & { readonly found?: readonly (readonly [number, number])[] } = {},
): Lane => ({
  ...{ partition, next: 100, limit: 0, edgeMs: null, window: 10 },
  ...changes,
  found: (changes.found ?? []).map(([offset, timestamp]) => row(partition, offset, timestamp)),
})

const taken = (lanes: readonly Lane[], direction: Direction, count = 100): readonly string[] =>
  takeReady(lanes, { direction, count }).rows.map(({ partition, offset }) => `${partition}:${offset}`)

test.each<[name: string, lanes: readonly Lane[], direction: Direction, expected: readonly string[]]>([
  [
    'going back, the newest head comes first',
    [
      lane(0, {
        next: 0,
        found: [
          [9, 50],
          [8, 20],
        ],
      }),
      lane(1, {
        next: 0,
        found: [
          [5, 40],
          [4, 30],
        ],
      }),
    ],
    'older',
    ['0:9', '1:5', '1:4', '0:8'],
  ],
  [
    'going forward, the oldest',
    [
      lane(0, {
        next: 100,
        limit: 100,
        found: [
          [8, 20],
          [9, 50],
        ],
      }),
      lane(1, {
        next: 100,
        limit: 100,
        found: [
          [4, 30],
          [5, 40],
        ],
      }),
    ],
    'newer',
    ['0:8', '1:4', '1:5', '0:9'],
  ],
  [
    'a partition that was not looked at yet holds up everything',
    [lane(0, { next: 0, found: [[9, 50]] }), lane(1)],
    'older',
    [],
  ],
  [
    'one that ran out holds up what is older than its edge',
    [
      lane(0, {
        next: 0,
        found: [
          [9, 50],
          [8, 20],
        ],
      }),
      lane(1, { next: 3, edgeMs: 30 }),
    ],
    'older',
    ['0:9'],
  ],
  [
    'one that is at its end holds up nothing',
    [
      lane(0, {
        next: 0,
        found: [
          [9, 50],
          [8, 20],
        ],
      }),
      lane(1, { next: 0, limit: 0 }),
    ],
    'older',
    ['0:9', '0:8'],
  ],
  [
    'within a partition offsets count, whatever the times say',
    [
      lane(0, {
        next: 0,
        found: [
          [9, 10],
          [8, 99],
        ],
      }),
      lane(1, { next: 0, found: [[5, 40]] }),
    ],
    'older',
    ['1:5', '0:9', '0:8'],
  ],
])('%s', (_, lanes, direction, expected) => {
  expect(taken(lanes, direction)).toEqual(expected)
})

test('a full page leaves the rest where the next page finds it', () => {
  const lanes = [
    lane(0, {
      next: 0,
      found: [
        [9, 50],
        [8, 20],
      ],
    }),
    lane(1, { next: 2, found: [[5, 40]] }),
  ]
  const left = takeReady(lanes, { direction: 'older', count: 1 }).lanes
  expect(left.map(each => placeBehind(each, 'older'))).toEqual([9, 6])
  expect(left.map(isExhausted)).toEqual([false, false])
})

test('only the partitions that hold up the page are looked at', () => {
  const lanes = [
    lane(0, { found: [[9, 50]] }),
    lane(1, { edgeMs: 60 }),
    lane(2, { edgeMs: 40 }),
    lane(3),
    lane(4, { next: 0 }),
  ]
  expect(lanesToScan(lanes, 'older').map(({ partition }) => partition)).toEqual([1, 3])
})

test.each([
  ['older', lane(0), { from: 90, to: 100 }],
  ['older', lane(0, { next: 4 }), { from: 0, to: 4 }],
  ['newer', lane(0, { next: 95, limit: 100 }), { from: 95, to: 100 }],
] as const)('the next stretch, %s', (direction, given, expected) => {
  expect(stretchOf(given, direction)).toEqual(expected)
})

test('what brought little is looked at further, but no more bytes than can be afforded', () => {
  const news = { partition: 0, next: 90, found: [], edgeMs: 7, bytes: 1_000 }
  expect(withNews(lane(0), news)).toMatchObject({ next: 90, edgeMs: 7, window: 20 })
  expect(withNews(lane(0), { ...news, bytes: 100 * 1024 * 1024 }).window).toBe(1)
})

test('how far back everything has been looked at', () => {
  expect(reachedMs([lane(0, { edgeMs: 10 }), lane(1, { edgeMs: 30 })], 'older')).toBe(30)
  expect(reachedMs([lane(0, { edgeMs: 10 }), lane(1)], 'older')).toBeNull()
  expect(reachedMs([lane(0, { next: 0 })], 'older')).toBeNull()
})
