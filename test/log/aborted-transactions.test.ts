import { expect, test } from 'vitest'
import { AbortedTransactions } from '../../src/log/aborted-transactions.ts'
import type { AbortedTransaction } from '../../src/storage/change.ts'
import { simulatedEnv } from '../support/simulated-env.ts'

const transaction = (producerId: number, firstOffset: number, lastOffset: number): AbortedTransaction => ({
  producerId,
  firstOffset,
  lastOffset,
})

// Producer 2 begins within the transaction of 1 and ends after it; 3 is alone.
const first = transaction(1, 0, 10)
const second = transaction(2, 5, 20)
const third = transaction(3, 30, 40)

function listed(): AbortedTransactions {
  const list = new AbortedTransactions()
  list.add(first, 5)
  list.add(second, 21)
  list.add(third, 41)
  return list
}

const ranges: [from: number, to: number, expected: AbortedTransaction[], why: string][] = [
  [0, 1, [first], 'the first batch of a transaction'],
  [0, 6, [first, second], 'two that overlap'],
  [10, 11, [first, second], 'the marker of one'],
  [11, 12, [second], 'what comes after a marker'],
  [20, 21, [second], 'the marker alone'],
  [21, 30, [], 'between transactions'],
  [15, 35, [second, third], 'the end of one to the middle of another'],
  [0, 100, [first, second, third], 'everything'],
  [41, 100, [], 'behind the last'],
]

for (const [from, to, expected, why] of ranges) {
  test(`a range from ${from} to ${to} lists ${why}`, () => expect(listed().overlapping(from, to)).toEqual(expected))
}

test('those that ended below the log start are forgotten, one that reaches over it is not', () => {
  const list = listed()
  list.dropBelow(11)
  expect([list.count, list.overlapping(0, 100)]).toEqual([2, [second, third]])
  list.dropBelow(41)
  expect(list.count).toBe(0)
})

test('what compaction has taken is forgotten by its ends, and what is left is found as before', () => {
  const list = listed()
  list.drop([10, 40, 77])
  expect([list.count, list.overlapping(0, 100)]).toEqual([1, [second]])
  list.drop([20])
  expect(list.overlapping(0, 100)).toEqual([])
})

test('a recovered list goes on as it was, also where an open transaction reaches far back', () => {
  const list = AbortedTransactions.recovered([first, third], 5)
  const late = transaction(2, 5, 50)
  list.add(late, 60)
  expect(list.overlapping(0, 6)).toEqual([first, late])
  expect(list.overlapping(0, 5)).toEqual([first])
})

test('whatever was open when, a range lists all that overlap it, in the order of their ends', () => {
  const { random } = simulatedEnv({ seed: 3 })
  for (let round = 0; round < 50; round++) {
    let list = new AbortedTransactions()
    const all: AbortedTransaction[] = []
    const open = new Map<number, number>()
    for (let offset = 0; offset < 60; offset++) {
      const producerId = random.below(5)
      const firstOffset = open.get(producerId)
      if (firstOffset === undefined) open.set(producerId, offset)
      else {
        open.delete(producerId)
        all.push(transaction(producerId, firstOffset, offset))
        list.add(transaction(producerId, firstOffset, offset), Math.min(offset + 1, ...open.values()))
      }
      if (random.below(20) === 0) list = AbortedTransactions.recovered(all, Math.min(offset + 1, ...open.values()))
    }
    const from = random.below(60)
    const to = from + 1 + random.below(60 - from)
    expect(list.overlapping(from, to)).toEqual(
      all.filter(({ firstOffset, lastOffset }) => lastOffset >= from && firstOffset < to),
    )
  }
})
