import { assert, replay, TestDriver, test } from 'streamctl/test'
import script, { alerts, authorisations, settlements } from './fraud.ts'

const minute = 60_000
const authorised = { card: '4711', txId: 't1', amount: 100, country: 'DE' }

test('a settlement that fits is no alert', async () => {
  await using driver = await TestDriver.create(script)
  await driver.input(authorisations).pipe('4711', authorised, 0)
  await driver.input(settlements).pipe('4711', { ...authorised, amount: 115 }, minute)
  assert.ok(driver.output(alerts).isEmpty())
})

test('another country and a higher amount are alerts, by card', async () => {
  await using driver = await TestDriver.create(script)
  await driver.input(authorisations).pipe('4711', authorised, 0)
  await driver.input(settlements).pipe('4711', { ...authorised, country: 'FR' }, minute)
  await driver.input(authorisations).pipe('4712', { ...authorised, card: '4712', txId: 't2' }, 2 * minute)
  await driver.input(settlements).pipe('4712', { ...authorised, card: '4712', txId: 't2', amount: 121 }, 3 * minute)
  const found = driver.output(alerts).readAll()
  assert.deepEqual(
    found.map(({ key, value }) => [key, value?.reason]),
    [
      ['4711', 'country'],
      ['4712', 'amount'],
    ],
  )
})

test('what is not settled within half an hour is an alert then', async () => {
  await using driver = await TestDriver.create(script)
  await replay(driver, [authorisations, settlements], 'fraud.ndjson')
  const found = driver.output(alerts).readAll()
  assert.deepEqual(
    found.map(({ value }) => [value?.authorisation.txId, value?.reason]),
    [
      ['t2', 'country'],
      ['t3', 'unsettled'],
    ],
  )
})
