import { expect, test } from 'vitest'
import { runLoad } from '../../../src/cli/bench/schedule.ts'
import { simulatedEnv } from '../../support/simulated-env.ts'

const signal = new AbortController().signal

/** Runs a load in simulated time, one millisecond after the other. */
async function simulate(load: Partial<Parameters<typeof runLoad>[1]>, ready: (nowMs: number) => Promise<void>) {
  const env = simulatedEnv()
  const startMs = env.clock.monotonic()
  const sent: { due: number; at: number; isCounted: boolean }[] = []
  let isDone = false
  const now = (): number => env.clock.monotonic() - startMs
  const running = runLoad(
    env,
    {
      rate: undefined,
      recordsMax: Number.POSITIVE_INFINITY,
      durationMs: Number.POSITIVE_INFINITY,
      warmupMs: 0,
      ...load,
    },
    {
      signal,
      ready: () => ready(now()),
      send: (dueMs, isCounted) => void sent.push({ due: dueMs - startMs, at: now(), isCounted }),
    },
  ).then(() => {
    isDone = true
  })
  for (let step = 0; step < 5_000 && !isDone; step++) {
    for (let turn = 0; turn < 10; turn++) await Promise.resolve()
    env.clock.advance(1)
  }
  await running
  return sent
}

test('a record is due every so often, and no sooner sent', async () => {
  const sent = await simulate({ rate: 100, durationMs: 1_000 }, async () => {})
  expect(sent).toHaveLength(100)
  expect(sent.map(({ due }) => Math.round(due))).toEqual(Array.from({ length: 100 }, (_, at) => at * 10))
  for (const { due, at } of sent) expect(at).toBeGreaterThanOrEqual(due)
})

test('records that were held up are as late as they are, and none is left out', async () => {
  // Nothing is taken between 100 and 600 ms.
  const blocked = Promise.withResolvers<void>()
  const sent = await simulate({ rate: 100, durationMs: 1_000 }, async nowMs => {
    if (nowMs >= 600) blocked.resolve()
    if (nowMs >= 100 && nowMs < 110) await Promise.race([blocked.promise, later(500)])
  })
  expect(sent).toHaveLength(100)
  expect(sent.map(({ due }) => Math.round(due))).toEqual(Array.from({ length: 100 }, (_, at) => at * 10))
})

test('what is sent while it warms up does not count', async () => {
  const sent = await simulate({ rate: 100, durationMs: 500, warmupMs: 200 }, async () => {})
  expect(sent.filter(({ isCounted }) => isCounted)).toHaveLength(50)
  expect(sent.findIndex(({ isCounted }) => isCounted)).toBe(20)
})

test('it ends after so many records that count', async () => {
  const sent = await simulate({ rate: 1_000, recordsMax: 30, warmupMs: 10 }, async () => {})
  expect(sent.filter(({ isCounted }) => isCounted)).toHaveLength(30)
})

/** Some turns of the loop that moves the clock. */
async function later(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await Promise.resolve()
}
