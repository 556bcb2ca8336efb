import { expect, test } from 'vitest'
import { Scheduler } from '../../scripts/simulate/scheduler.ts'

test('events run in the order of their time, then of their making, with what follows from them', async () => {
  const scheduler = new Scheduler()
  const ran: string[] = []
  const note = (name: string) => (): void => void ran.push(`${name} at ${scheduler.nowMs}`)
  for (const delayMs of [5, 3, 8, 1, 3]) scheduler.after(delayMs, note(`${delayMs}`))
  scheduler.after(2, note('never')).cancel()
  void scheduler.sleep(4).then(note('slept'))
  while (await scheduler.step());
  expect(ran).toEqual(['1 at 1', '3 at 3', '3 at 3', 'slept at 4', '5 at 5', '8 at 8'])
  expect(scheduler.steps).toBe(6)
})

test('after a freeze everything is late', async () => {
  const scheduler = new Scheduler()
  const times: number[] = []
  scheduler.after(10, () => times.push(scheduler.nowMs))
  scheduler.freeze(100)
  scheduler.after(0, () => times.push(scheduler.nowMs))
  while (await scheduler.step());
  expect(times).toEqual([100, 100])
})
