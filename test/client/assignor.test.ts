import { expect, test } from 'vitest'
import { assignInTurn, assignRanges } from '../../src/client/assignor.ts'

const members = [
  { memberId: 'b', topics: ['t', 'u'] },
  { memberId: 'a', topics: ['t', 'u'] },
  { memberId: 'c', topics: ['t'] },
]
const counts = new Map([
  ['t', 4],
  ['u', 3],
])

// The examples of Kafka's RangeAssignor and RoundRobinAssignor.
test('ranges: neighbours for each member, topic by topic, one more for the first', () => {
  expect(Object.fromEntries(assignRanges(members, counts))).toEqual({
    a: [
      { topic: 't', partitions: [0, 1] },
      { topic: 'u', partitions: [0, 1] },
    ],
    b: [
      { topic: 't', partitions: [2] },
      { topic: 'u', partitions: [2] },
    ],
    c: [{ topic: 't', partitions: [3] }],
  })
})

test('in turn: all partitions are dealt out to the members that want them', () => {
  expect(Object.fromEntries(assignInTurn(members, counts))).toEqual({
    a: [
      { topic: 't', partitions: [0, 3] },
      { topic: 'u', partitions: [1] },
    ],
    b: [
      { topic: 't', partitions: [1] },
      { topic: 'u', partitions: [0, 2] },
    ],
    c: [{ topic: 't', partitions: [2] }],
  })
})

test('a member without partitions is assigned none', () => {
  const few = assignRanges(
    [
      { memberId: 'a', topics: ['t'] },
      { memberId: 'b', topics: ['t'] },
    ],
    new Map([['t', 1]]),
  )
  expect(few.get('b')).toEqual([])
})

test('a topic that nobody wants is passed over', () => {
  expect(assignInTurn([{ memberId: 'a', topics: [] }], counts).get('a')).toEqual([])
  expect(assignRanges([{ memberId: 'a', topics: [] }], counts).get('a')).toEqual([])
})
