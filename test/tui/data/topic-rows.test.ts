import { expect, test } from 'vitest'
import { lagIn, skewOf, type TopicFacts, topicRows } from '../../../src/tui/data/topic-rows.ts'

const partitions = [0, 1].map(partition => ({
  ...{ partition, leaderId: partition === 0 ? 1 : -1, leaderEpoch: 0, replicas: [1, 2], inSyncReplicas: [1] },
}))
const facts: TopicFacts = {
  topics: [{ name: 'web', topicId: '', isInternal: false, errorCode: 0, partitions }],
  ...{ starts: undefined, ends: undefined, bytes: undefined, settings: undefined, committed: undefined },
  inRate: () => 5,
  outRate: () => 3,
  history: () => [1, 5],
}

test('what is not known yet is not shown as nothing', () => {
  expect(topicRows(facts)).toEqual([
    {
      ...{ name: 'web', isInternal: false, partitions: 2, leaderless: 1, underReplicated: 2 },
      ...{ records: null, bytes: null, inRate: 5, outRate: null, history: [1, 5], skew: null, retentionMs: null },
      ...{ groups: null, lag: null },
    },
  ])
})

test('records, skew, readers and the worst lag', () => {
  const at = (...offsets: readonly number[]) => new Map(offsets.map((offset, partition) => [partition, offset]))
  const [row] = topicRows({
    ...facts,
    starts: new Map([['web', at(10, 0)]]),
    ends: new Map([['web', at(40, 10)]]),
    settings: new Map([
      [
        'web',
        new Map([
          ['retention.ms', '1000'],
          ['cleanup.policy', 'compact,delete'],
        ]),
      ],
    ]),
    committed: new Map([
      ['fast', new Map([['web', at(40, 9)]])],
      // Before the start there is nothing left to read.
      [
        'slow',
        new Map([
          ['web', at(0)],
          ['gone', at(7)],
        ]),
      ],
      ['idle', new Map([['web', at()]])],
    ]),
  })
  expect(row).toMatchObject({ records: 40, skew: 1.5, groups: 2, lag: 30, outRate: 3, retentionMs: 1_000 })
})

test('what is only compacted is kept for ever', () => {
  const settings = new Map([
    [
      'web',
      new Map([
        ['retention.ms', '1000'],
        ['cleanup.policy', 'compact'],
      ]),
    ],
  ])
  expect(topicRows({ ...facts, settings })[0]?.retentionMs).toBe(-1)
})

test.each([
  [[5, 5], 1],
  [[10, 0], 2],
  [[0, 0], null],
  [[7], null],
])('the skew of %j is %j', (counts, expected) => {
  expect(skewOf(counts)).toBe(expected)
})

test.each([
  [5, 0, 10, 5],
  [5, 8, 10, 2],
  [15, 0, 10, 0],
])('at %i of %i to %i, the lag is %i', (committed, start, end, expected) => {
  expect(lagIn(committed, start, end)).toBe(expected)
})
