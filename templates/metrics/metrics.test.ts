import { assert, replay, TestDriver, test } from 'streamctl/test'
import script, { alerts, limits, measurements, rollups } from './metrics.ts'

const at = (seconds: number): number => seconds * 1000
const load = (seconds: number, value: number) => ({ metric: 'load', host: 'web1', value, at: at(seconds) })

test('a minute is rolled up once, when it is over', async () => {
  await using driver = await TestDriver.create(script)
  const input = driver.input(measurements)
  await input.pipe('web1', load(1, 2), at(1))
  await input.pipe('web1', load(30, 4), at(30))
  assert.ok(driver.output(rollups).isEmpty())
  await input.pipe('web1', load(80, 1), at(80))
  assert.deepEqual(driver.output(rollups).readAll()[0]?.value, {
    metric: 'load',
    host: 'web1',
    minute: '1970-01-01T00:00:00.000Z',
    count: 2,
    min: 2,
    max: 4,
    mean: 3,
  })
})

test('alerts do not repeat within a quarter of an hour', async () => {
  await using driver = await TestDriver.create(script)
  await driver.input(limits).pipe('load', { mean: 5 }, 0)
  for (let minute = 0; minute < 20; minute++) {
    await driver.input(measurements).pipe('web1', load(minute * 60, 9), at(minute * 60))
  }
  const told = driver.output(alerts).readAll()
  assert.deepEqual(
    told.map(({ value }) => value?.minute.slice(11, 16)),
    ['00:00', '00:16'],
  )
})

test('a recorded quarter of an hour', async () => {
  await using driver = await TestDriver.create(script, { startTime: '2026-03-02T08:00:00Z' })
  await replay(driver, [limits, measurements], 'metrics.ndjson')
  await driver.advanceWallClock('10m')
  assert.deepEqual(
    driver
      .output(rollups)
      .readAll()
      .map(({ value }) => [value?.host, value?.count, value?.mean]),
    [
      ['web1', 2, 3],
      ['web2', 1, 8],
      ['web1', 1, 1],
    ],
  )
  assert.deepEqual(
    driver
      .output(alerts)
      .readAll()
      .map(({ value }) => [value?.host, value?.limit]),
    [['web2', 5]],
  )
})
