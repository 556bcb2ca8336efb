import { expect, test } from 'vitest'
import { OperatorError } from '../../src/base/errors.ts'
import { parseRate, RateLimiter } from '../../src/cli/rate-limiter.ts'
import { simulatedClock, simulatedEnv } from '../support/simulated-env.ts'

test.each([
  ['500', { perSecond: 500, unit: 'records' }],
  ['0.5', { perSecond: 0.5, unit: 'records' }],
  ['500/s', { perSecond: 500, unit: 'records' }],
  ['10MB', { perSecond: 1e7, unit: 'bytes' }],
  ['2.5kB/s', { perSecond: 2500, unit: 'bytes' }],
  ['100B', { perSecond: 100, unit: 'bytes' }],
])('%s is a rate', (text, rate) => {
  expect(parseRate(text)).toEqual(rate)
})

test.each(['', '0', '-1', 'fast', '10 minutes', '10M'])("'%s' is none", text => {
  expect(() => parseRate(text)).toThrow(OperatorError)
})

/** When each of so many records goes through, in ms. */
async function times(count: number, rate: string | undefined, amount = { records: 1, bytes: 10 }): Promise<number[]> {
  const clock = simulatedClock()
  const env = { ...simulatedEnv(), clock }
  const limiter = new RateLimiter(env, rate === undefined ? undefined : parseRate(rate))
  const seen: number[] = []
  let isDone = false
  const run = (async () => {
    for (let at = 0; at < count; at++) {
      seen.push(clock.monotonic())
      await limiter.passed(amount)
    }
    isDone = true
  })()
  while (!isDone) {
    await new Promise(resolve => setImmediate(resolve))
    if (!isDone) clock.advance(10)
  }
  await run
  return seen
}

test('what goes through keeps the rate, without drift', async () => {
  const seen = await times(41, '10')
  expect(seen.at(-1)).toBeGreaterThanOrEqual(3_800)
  expect(seen.at(-1)).toBeLessThanOrEqual(4_100)
  const bytes = await times(11, '100B')
  expect(bytes.at(-1)).toBeGreaterThanOrEqual(900)
})

test('without a rate nothing waits', async () => {
  expect(new Set(await times(100, undefined))).toEqual(new Set([0]))
})

test('an interruption ends the wait', async () => {
  const abort = new AbortController()
  const limiter = new RateLimiter(simulatedEnv(), parseRate('0.001'))
  const passed = limiter.passed({ records: 100, bytes: 0 }, abort.signal)
  abort.abort()
  await passed
})
