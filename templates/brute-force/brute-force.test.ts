import { assert, replay, TestDriver, test } from 'streamctl/test'
import script, { findings, logins } from './brute-force.ts'

const login = (second: number, outcome: 'failure' | 'success', ip = '10.0.0.9') => ({
  user: 'root',
  ip,
  host: 'db1',
  outcome,
  '@timestamp': new Date(second * 1000).toISOString(),
})

test('five failures and a success from the same address are a finding', async () => {
  await using driver = await TestDriver.create(script)
  for (let second = 0; second < 5; second++) await driver.input(logins).pipe('db1', login(second, 'failure'), second)
  assert.ok(driver.output(findings).isEmpty())
  await driver.input(logins).pipe('db1', login(30, 'success'), 30)
  const [finding] = driver.output(findings).readAll()
  assert.equal(finding?.key, 'root')
  assert.equal(finding?.value?.failures, 5)
  assert.deepEqual(finding?.value?.ips, ['10.0.0.9'])
})

test('who mistypes and logs in from home is none', async () => {
  await using driver = await TestDriver.create(script)
  for (let second = 0; second < 3; second++) await driver.input(logins).pipe('db1', login(second, 'failure'), second)
  await driver.input(logins).pipe('db1', login(9, 'success'), 9)
  for (let second = 20; second < 26; second++) await driver.input(logins).pipe('db1', login(second, 'failure'), second)
  await driver.input(logins).pipe('db1', login(30, 'success', '10.0.0.1'), 30)
  assert.ok(driver.output(findings).isEmpty())
})

test('a recorded attack', async () => {
  await using driver = await TestDriver.create(script)
  await replay(driver, logins, 'brute-force.ndjson')
  const found = driver.output(findings).readAll()
  assert.deepEqual(
    found.map(({ key, value }) => [key, value?.failures, value?.last]),
    [['root', 6, '2026-03-02T08:00:50Z']],
  )
})
