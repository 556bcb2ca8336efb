import { assert, replay, TestDriver, test } from 'streamctl/test'
import script, { counts, views } from './page-views.ts'

const at = (seconds: number): number => seconds * 1000

test('a view that comes within grace is counted, a later one is not', async () => {
  await using driver = await TestDriver.create(script)
  const input = driver.input(views)
  await input.pipe('u1', { page: '/a', userId: 'u1', at: at(5) }, at(5))
  await input.pipe('u2', { page: '/a', userId: 'u2', at: at(65) }, at(65))
  await input.pipe('u3', { page: '/a', userId: 'u3', at: at(59) }, at(59))
  assert.ok(driver.output(counts).isEmpty())
  await input.pipe('u4', { page: '/b', userId: 'u4', at: at(71) }, at(71))
  await input.pipe('u5', { page: '/a', userId: 'u5', at: at(58) }, at(58))
  assert.deepEqual(driver.output(counts).readValues(), [{ page: '/a', minute: '1970-01-01T00:00:00.000Z', views: 2 }])
})

test('a crash loses no view', async () => {
  await using driver = await TestDriver.create(script)
  await driver.input(views).pipe('u1', { page: '/a', userId: 'u1', at: at(5) }, at(5))
  await driver.crashAndRestore()
  await driver.input(views).pipe('u2', { page: '/a', userId: 'u2', at: at(6) }, at(6))
  assert.deepEqual(driver.store('views-per-minute').all(), [[{ key: '/a', window: { start: 0, end: 60_000 } }, 2]])
})

test('a recorded morning', async () => {
  await using driver = await TestDriver.create(script, { startTime: '2026-03-02T08:00:00Z' })
  await replay(driver, views, 'page-views.ndjson')
  await driver.advanceWallClock('5m')
  const told = driver.output(counts).readAll()
  assert.deepEqual(
    told.map(({ value }) => `${value?.minute.slice(11, 16)} ${value?.page} ${value?.views}`),
    ['08:00 / 2', '08:00 /pricing 1', '08:01 / 1', '08:02 /docs 1'],
  )
})
