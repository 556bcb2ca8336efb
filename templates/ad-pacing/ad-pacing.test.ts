import { assert, replay, TestDriver, test } from 'streamctl/test'
import script, { budgets, impressions, paces, wins } from './ad-pacing.ts'

const minute = 60_000

test('won bids count as expected spend until they are shown', async () => {
  await using driver = await TestDriver.create(script)
  await driver.input(budgets).pipe('shoes', { cents: 1_000 }, 0)
  await driver.input(wins).pipe('b1', { bidId: 'b1', campaign: 'shoes', cents: 600, at: 1 }, 1)
  await driver.input(wins).pipe('b2', { bidId: 'b2', campaign: 'shoes', cents: 350, at: 2 }, 2)
  await driver.input(impressions).pipe('b1', { bidId: 'b1', campaign: 'shoes', cents: 580, at: 3 }, 3)
  const told = driver.output(paces).readAll()
  assert.deepEqual(
    told.map(({ value }) => [value?.pace, value?.spent, value?.expected]),
    [
      ['go', 0, 600],
      ['slow', 0, 950],
      ['slow', 580, 930],
    ],
  )
})

test('bids that are never shown are given up, and make the guess for others smaller', async () => {
  await using driver = await TestDriver.create(script)
  await driver.input(budgets).pipe('shoes', { cents: 1_000 }, 0)
  await driver.input(wins).pipe('b1', { bidId: 'b1', campaign: 'shoes', cents: 600, at: 0 }, 0)
  await driver.input(wins).pipe('b2', { bidId: 'b2', campaign: 'shoes', cents: 600, at: 11 * minute }, 11 * minute)
  const told = driver.output(paces).readAll()
  assert.deepEqual(
    told.map(({ value }) => value?.expected),
    [600, 300],
  )
})

test('a recorded campaign stops before its budget is gone', async () => {
  await using driver = await TestDriver.create(script)
  await replay(driver, [budgets, wins, impressions], 'ad-pacing.ndjson')
  const told = driver.output(paces).readAll()
  assert.deepEqual(
    told.map(({ value }) => value?.pace),
    ['go', 'go', 'go', 'slow', 'stop'],
  )
  assert.equal(told.at(-1)?.value?.spent, 380)
})
