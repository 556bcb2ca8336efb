import { expect, test } from 'vitest'
import { RequestError } from '../../../src/client/failures.ts'
import { Sampled } from '../../../src/tui/data/sampled.ts'
import { simulatedEnv } from '../../support/simulated-env.ts'

function sampled(costMs: () => number) {
  const env = simulatedEnv()
  let asked = 0
  const thing = new Sampled({
    env,
    leastMs: 2_000,
    ask: async () => {
      env.clock.advance(costMs())
      return ++asked
    },
  })
  return { env, thing }
}

test('in between everybody gets the last answer', async () => {
  const { env, thing } = sampled(() => 1)
  expect([await thing.fresh(), await thing.fresh()]).toEqual([1, 1])
  env.clock.advance(2_001)
  expect(await thing.fresh()).toBe(2)
})

test('what takes long is asked for rarely: a twentieth of the time at most', async () => {
  const { env, thing } = sampled(() => 1_000)
  await thing.fresh()
  env.clock.advance(19_999)
  expect(await thing.fresh()).toBe(1)
  env.clock.advance(2)
  expect(await thing.fresh()).toBe(2)
})

test('who asks while an answer is on its way waits for that one', async () => {
  const { thing } = sampled(() => 1)
  expect(await Promise.all([thing.fresh(), thing.fresh()])).toEqual([1, 1])
})

test('somebody who wants to know now is told now', async () => {
  const { thing } = sampled(() => 1_000)
  await thing.fresh()
  thing.expire()
  expect(await thing.fresh()).toBe(2)
})

test('a refusal is no failure: nothing is known, and it is not asked again at once', async () => {
  const env = simulatedEnv()
  let asked = 0
  const ask = async () => {
    asked++
    throw new RequestError(31, 'sizes')
  }
  const thing = new Sampled({ env, leastMs: 1_000, ask })
  expect([await thing.fresh(), await thing.fresh(), asked]).toEqual([undefined, undefined, 1])
  await expect(thing.required()).rejects.toThrow('sizes')
  env.clock.advance(30_001)
  await thing.fresh()
  expect(asked).toBe(2)
})

test('a broker that cannot be reached is a failure', async () => {
  const ask = async () => {
    throw new Error('gone')
  }
  await expect(new Sampled({ env: simulatedEnv(), leastMs: 1_000, ask }).fresh()).rejects.toThrow('gone')
})
