import { expect, test } from 'vitest'
import { every } from '../../src/cli/every.ts'
import { simulatedEnv } from '../support/simulated-env.ts'

test('each time comes so long after the last has ended, until it is stopped', async () => {
  const env = simulatedEnv()
  let times = 0
  let finish = Promise.withResolvers<void>()
  const stop = every(env, 100, () => {
    times++
    return finish.promise
  })
  env.clock.advance(100)
  env.clock.advance(1_000)
  expect(times).toBe(1)
  finish.resolve()
  await new Promise(setImmediate)
  finish = Promise.withResolvers()
  env.clock.advance(99)
  expect(times).toBe(1)
  env.clock.advance(1)
  expect(times).toBe(2)
  stop()
  finish.resolve()
  await new Promise(setImmediate)
  env.clock.advance(1_000)
  expect(times).toBe(2)
})
