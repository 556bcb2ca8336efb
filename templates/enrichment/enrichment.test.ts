import { assert, replay, TestDriver, test } from 'streamctl/test'
import script, { customers, goldOrders, orders, otherOrders, products } from './enrichment.ts'

const order = { orderId: 'o1', customerId: 'c1', sku: 'tea', cents: 450 }

test('an order gets its customer and its product, and goes where it belongs', async () => {
  await using driver = await TestDriver.create(script)
  await driver.input(products).pipe('tea', { title: 'Assam', category: 'drinks' }, 0)
  await driver.input(customers).pipe('c1', { name: 'Ann', tier: 'gold' }, 0)
  await driver.input(orders).pipe('o1', order, 1_000)
  // Orders wait five seconds for news of customers.
  await driver.input(orders).pipe('o2', { ...order, orderId: 'o2', customerId: 'nobody' }, 7_000)
  assert.deepEqual(driver.output(goldOrders).readAll()[0]?.value, {
    ...order,
    customer: { name: 'Ann', tier: 'gold' },
    product: { title: 'Assam', category: 'drinks' },
  })
  assert.ok(driver.output(otherOrders).isEmpty())
})

test('an order gets the customer of its time, and no product where there is none', async () => {
  await using driver = await TestDriver.create(script)
  await replay(driver, [customers, products, orders], 'enrichment.ndjson')
  const tiers = driver.output(otherOrders).readAll()
  assert.deepEqual(
    tiers.map(({ value }) => [value?.orderId, value?.customer.tier, value?.product?.title ?? null]),
    [['o1', 'free', 'Assam']],
  )
  const gold = driver.output(goldOrders).readAll()
  assert.deepEqual(
    gold.map(({ value }) => [value?.orderId, value?.product]),
    [['o2', null]],
  )
})
