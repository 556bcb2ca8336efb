import { afterEach, expect, test } from 'vitest'
import { StorageError } from '../../src/base/errors.ts'
import { type Job, type JobContext, startJobs } from '../../src/broker/jobs.ts'
import { simulatedEnv } from '../support/simulated-env.ts'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

function started(run: Job['run']) {
  const env = simulatedEnv()
  const fatal: unknown[] = []
  const context = { env, onFatal: (error: unknown) => fatal.push(error) } as unknown as JobContext
  const jobs = startJobs(context, [{ name: 'count', intervalMs: () => 1000, run }])
  stops.push(() => jobs.stop())
  /** Lets time pass, and what a job does after it. */
  const pass = async (ms: number): Promise<void> => {
    env.clock.advance(ms)
    await new Promise(resolve => setImmediate(resolve))
  }
  return { env, fatal, jobs, pass }
}

test('a job comes back at its interval, and not after the node has closed', async () => {
  let runs = 0
  const { jobs, pass } = started(() => void runs++)
  await pass(999)
  expect(runs).toBe(0)
  await pass(1)
  await pass(1000)
  expect(runs).toBe(2)
  await jobs.stop()
  await pass(5000)
  expect(runs).toBe(2)
})

test('a run that takes long is not overtaken by the next, and a close asks it to end', async () => {
  let running = 0
  const { jobs, pass } = started(
    (_context, signal) =>
      new Promise(resolve => {
        running++
        signal.addEventListener('abort', () => resolve())
      }),
  )
  await pass(1000)
  await pass(5000)
  expect(running).toBe(1)
  await jobs.stop()
})

test('a job that fails is logged and comes back', async () => {
  const { env, fatal, pass } = started(() => {
    throw new Error('not today')
  })
  await pass(1000)
  await pass(1000)
  expect(env.log.errors).toHaveLength(2)
  expect(fatal).toEqual([])
})

test('a job that finds the disk broken stops the node', async () => {
  const { fatal, pass } = started(() => Promise.reject(new StorageError('cannot read')))
  await pass(1000)
  expect(fatal).toMatchObject([{ message: 'cannot read' }])
})
