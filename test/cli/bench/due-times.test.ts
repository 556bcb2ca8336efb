import { expect, test } from 'vitest'
import { DueTimes } from '../../../src/cli/bench/due-times.ts'

test('what is acknowledged takes the oldest times, run by run', () => {
  const due = new DueTimes()
  for (const time of [1, 1, 1, 2, 3, 3]) due.push(time)
  const taken: [number, number][] = []
  due.take(4, (time, count) => taken.push([time, count]))
  due.push(3)
  due.take(9, (time, count) => taken.push([time, count]))
  expect(taken).toEqual([
    [1, 3],
    [2, 1],
    [3, 3],
  ])
})

test('a long run of times is forgotten as it is taken', () => {
  const due = new DueTimes()
  let sum = 0
  for (let round = 0; round < 20_000; round++) {
    due.push(round)
    due.take(1, time => {
      sum += time
    })
  }
  expect(sum).toBe((20_000 * 19_999) / 2)
})
