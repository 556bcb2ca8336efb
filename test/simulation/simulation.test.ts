import { expect, test } from 'vitest'
import { canaries } from '../../scripts/simulate/faults.ts'
import { simulate } from '../../scripts/simulate/simulation.ts'

test('the promises hold through crashes, cuts and clock jumps', async () => {
  let restarts = 0
  let requests = 0
  for (const seed of [1, 5, 7]) {
    const result = await simulate({ seed, steps: 2_000 })
    expect(result.violation?.message, result.newest.join('\n')).toBeUndefined()
    restarts += result.restarts
    requests += result.requests
  }
  expect(restarts).toBeGreaterThan(1)
  expect(requests).toBeGreaterThan(1_000)
})

test('the same seed gives the same history, another one another', async () => {
  const first = await simulate({ seed: 7, steps: 600 })
  const again = await simulate({ seed: 7, steps: 600 })
  const other = await simulate({ seed: 8, steps: 600 })
  expect(again.fingerprint).toBe(first.fingerprint)
  expect(other.fingerprint).not.toBe(first.fingerprint)
})

/** Seeds that find a fault soon. Any others do too, after a while. */
const quickSeeds: Readonly<Record<string, number>> = {
  'early-acknowledgements': 7,
  'lost-offsets': 6,
  'strangers-commit': 19,
  'unnamed-aborts': 16,
  'forgotten-aborts': 20,
  'half-commits': 20,
  'open-transactions-shown': 11,
  'greedy-compaction': 7,
}

test.each(Object.keys(canaries))('a planted fault is found: %s', async canary => {
  const first = quickSeeds[canary] ?? 1
  for (let seed = first; seed < first + 20; seed++) {
    const { violation } = await simulate({ seed, steps: 2_500, canary })
    if (violation) return
  }
  expect.unreachable('20 seeds without a broken promise')
})
