import { expect, test } from 'vitest'
import { canaries } from '../../scripts/simulate/faults.ts'
import { simulate } from '../../scripts/simulate/simulation.ts'

test.each([4, 7])('the promises hold through crashes, cuts and clock jumps (seed %i)', async seed => {
  const { violation, newest, restarts, requests } = await simulate({ seed, steps: 3_000 })
  expect(violation?.message, newest.join('\n')).toBeUndefined()
  expect(requests).toBeGreaterThan(300)
  expect(restarts).toBeGreaterThan(2)
})

test('the same seed gives the same history, another one another', async () => {
  const first = await simulate({ seed: 7, steps: 1_000 })
  const again = await simulate({ seed: 7, steps: 1_000 })
  const other = await simulate({ seed: 8, steps: 1_000 })
  expect(again.fingerprint).toBe(first.fingerprint)
  expect(other.fingerprint).not.toBe(first.fingerprint)
})

/** Seeds that find a fault soon. Any others do too, after a while. */
const quickSeeds: Readonly<Record<string, number>> = {
  'early-acknowledgements': 26,
  'lost-offsets': 26,
  'strangers-commit': 14,
  'unnamed-aborts': 16,
  'forgotten-aborts': 26,
  'half-commits': 25,
  'open-transactions-shown': 11,
}

test.each(Object.keys(canaries))('a planted fault is found: %s', async canary => {
  const first = quickSeeds[canary] ?? 1
  for (let seed = first; seed < first + 20; seed++) {
    const { violation } = await simulate({ seed, steps: 2_500, canary })
    if (violation) return
  }
  expect.unreachable('20 seeds without a broken promise')
})
