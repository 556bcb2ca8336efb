import { expect, test } from 'vitest'
import { canaries } from '../../scripts/simulate/faults.ts'
import { simulate } from '../../scripts/simulate/simulation.ts'

const steps = 3_000

test.each([1, 2])('the promises hold through crashes, cuts and clock jumps (seed %i)', async seed => {
  const { violation, newest, crashes, requests } = await simulate({ seed, steps })
  expect(violation?.message, newest.join('\n')).toBeUndefined()
  expect(requests).toBeGreaterThan(300)
  expect(crashes).toBeGreaterThan(0)
})

test('the same seed gives the same history, another one another', async () => {
  const [first, again, other] = [
    await simulate({ seed: 7, steps: 1_500 }),
    await simulate({ seed: 7, steps: 1_500 }),
    await simulate({ seed: 8, steps: 1_500 }),
  ]
  expect(again.fingerprint).toBe(first.fingerprint)
  expect(other.fingerprint).not.toBe(first.fingerprint)
})

test.each(Object.keys(canaries))('a planted fault is found: %s', async canary => {
  for (let seed = 1; seed <= 20; seed++) {
    const { violation } = await simulate({ seed, steps, canary })
    if (violation) return
  }
  expect.unreachable('20 seeds without a broken promise')
})
