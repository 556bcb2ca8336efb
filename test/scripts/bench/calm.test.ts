import { expect, test } from 'vitest'
import { CalmRuns, isSteadyDisk, type Machine } from '../../../scripts/bench/calm.ts'

const options = { stolenMax: 0.05, attemptsMax: 3, restMs: 0, restMsMax: 0 }

/** A machine from which the given shares are stolen, one measurement after the other. */
function machineOf(shares: readonly number[]): Machine {
  let [all, stolen, asked] = [0, 0, 0]
  return {
    times() {
      if (asked++ % 2 === 1) {
        all += 1000
        stolen += 1000 * (shares[(asked - 2) / 2] ?? 0)
      }
      return { all, stolen }
    },
    pass: async () => {},
  }
}

const counter = () => {
  let runs = 0
  return async () => ++runs
}

test('a run from which little was stolen counts at once', async () => {
  const calm = new CalmRuns(options, machineOf([0.04]))
  expect(await calm.run(counter())).toBe(1)
  expect(calm.summary()).toContain('took 4 % of the processor time (median; 4 % at most); 0 runs')
})

test('a run from which much was stolen is made again', async () => {
  const calm = new CalmRuns(options, machineOf([0.2, 0.01]))
  expect(await calm.run(counter())).toBe(2)
  expect(calm.summary()).toContain('took 1 %')
  expect(calm.summary()).toContain('; 1 runs')
})

test('after the last attempt the one counts from which least was stolen', async () => {
  const calm = new CalmRuns(options, machineOf([0.3, 0.1, 0.2]))
  expect(await calm.run(counter())).toBe(2)
})

test('a steady run goes before one from which less was stolen', async () => {
  const calm = new CalmRuns(options, machineOf([0, 0.2, 0.1]))
  expect(await calm.run(counter(), run => run === 2)).toBe(2)
})

test('as many results as asked for', async () => {
  const calm = new CalmRuns(options, machineOf([0, 0.9, 0, 0]))
  expect(await calm.runs(3, counter())).toEqual([1, 3, 4])
})

test.each([
  [undefined, 500, true],
  [400, 600, true],
  [600, 400, true],
  [300, 600, false],
])('a disk that gave %s and then %s MB/s', (before, after, steady) => expect(isSteadyDisk(before, after)).toBe(steady))
