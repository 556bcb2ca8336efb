import { expect, test } from 'vitest'
import { OneAtATime } from '../../src/log/one-at-a-time.ts'

test('work that is asked for while other work runs waits for it, in order, also when that fails', async () => {
  const steps = new OneAtATime()
  const seen: string[] = []
  const gate = Promise.withResolvers<void>()
  const first = steps.run(async () => {
    seen.push('first begins')
    await gate.promise
    throw new Error('first fails')
  })
  const second = steps.run(async () => void seen.push('second'))
  const third = steps.run(async () => seen.push('third'))
  expect(seen).toEqual(['first begins'])
  gate.resolve()
  await expect(first).rejects.toThrow('first fails')
  await second
  expect(await third).toBe(3)
  expect(seen).toEqual(['first begins', 'second', 'third'])
})

test('work begins at once when nothing runs', async () => {
  const steps = new OneAtATime()
  await steps.run(async () => {})
  let began = false
  const run = steps.run(async () => {
    began = true
  })
  expect(began).toBe(true)
  await run
})
