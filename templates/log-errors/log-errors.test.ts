import { assert, replay, TestDriver, test } from 'streamctl/test'
import script, { alerts, lines, rates } from './log-errors.ts'

const minute = 60_000
const line = (at: number, level: 'info' | 'error') => ({ service: 'shop', level, message: '', at })

test('each minute tells of the five minutes before', async () => {
  await using driver = await TestDriver.create(script)
  for (let at = 0; at < 4 * minute; at += minute) {
    await driver.input(lines).pipe('pod1', line(at, at === 0 ? 'error' : 'info'), at)
  }
  await driver.input(lines).pipe('pod1', line(5 * minute + 10_000, 'info'), 0)
  const told = driver.output(rates).readAll()
  assert.deepEqual(
    told.map(({ value }) => [value?.until.slice(11, 16), value?.lines, value?.percent]),
    [['00:05', 4, 25]],
  )
  assert.ok(driver.output(alerts).isEmpty())
})

test('a recorded outage of one service', async () => {
  await using driver = await TestDriver.create(script, { startTime: '2026-03-02T08:00:00Z' })
  await replay(driver, lines, 'log-errors.ndjson')
  await driver.advanceWallClock('30m')
  const found = driver.output(alerts).readAll()
  assert.deepEqual([...new Set(found.map(({ key }) => key))], ['shop'])
  assert.equal(found[0]?.value?.errors, 3)
  // All windows that saw something have closed: five for each of the two minutes with lines.
  assert.equal(driver.output(rates).readAll().length, 11)
})
