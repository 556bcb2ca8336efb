import { hopping, int64, json, session, sliding, streams, string, topic, tumbling } from 'streamctl'
import { TestDriver } from 'streamctl/test'

// Types as they come out of the operators: each line says which.

type Order = { id: string; customer: string; cents: number; tier?: 'gold' | 'free' }
type Customer = { name: string }

const orders = topic('orders', {
  key: string,
  value: json<Order>(),
  timestamp: (value, meta) => value.cents + meta.offset,
})
const customers = topic('customers', {
  key: string,
  value: json<Customer>(),
  onInvalid: { deadLetter: 'customers.dlq' },
})
const totals = topic('totals', { key: string, value: int64 })

const isGold = (order: Order): order is Order & { tier: 'gold' } => order.tier === 'gold'

export const topology = streams('accepted', builder => {
  const stream = builder.stream(orders)
  const gold: 'gold'[] = []
  stream.filter(isGold).forEach(order => {
    gold.push(order.tier)
  })
  const table = builder.table(customers, { store: 'customers', versioned: { historyRetention: '1h' } })
  stream
    .selectKey(order => order.customer)
    .join(table, (order, customer, key) => ({ ...order, customer: customer.name, key }), { grace: '5s' })
    .groupBy(order => order.key)
    .windowedBy(hopping({ size: '10m', advance: '1m', grace: '30s' }))
    .aggregate(
      () => 0,
      (sum, order) => sum + order.cents,
      { emit: { final: true, idle: '1m' }, value: int64 },
    )
    .toStream()
    .map((sum, windowed) => ({ key: windowed.key, value: sum + windowed.window.start }), { key: string })
    .to(totals)
  stream
    .groupByKey()
    .windowedBy(sliding({ difference: 500, grace: 0 }))
    .reduce((a, b) => (a.cents > b.cents ? a : b))
  stream
    .groupByKey()
    .windowedBy(session({ gap: '5m', grace: '1m' }))
    .aggregate(
      () => 0,
      sum => sum + 1,
      (a, b) => a + b,
    )
  const late = stream.groupByKey().windowedBy(tumbling({ size: '1m', grace: 0 }))
  late.count()
  late.late().to(orders)
  const { gold: golden, default: rest } = stream.branch({ gold: order => order.tier === 'gold' })
  golden
    .merge(rest)
    .deduplicate({ id: order => order.id, within: '1h' })
    .to(orders)
  table
    .groupBy((customer, key) => ({ key: customer.name, value: key.length }))
    .aggregate(
      () => 0,
      (sum, n) => sum + n,
      (sum, n) => sum - n,
    )
    .join(table, (n, customer) => `${n}${customer.name}`)
    .toStream()
  builder
    .table(topic('by-order', { key: string, value: json<Order>() }))
    .leftJoin(table, (order, customer) => ({ order, name: customer?.name ?? null }), {
      foreignKey: order => order.customer,
      store: 'named',
    })
  stream
    .groupByKey()
    .cogroup<number>((sum, order) => sum + order.cents)
    .cogroup(builder.stream(totals).groupByKey(), (sum, cents) => sum + cents)
    .aggregate(() => 0, { value: int64 })
  builder.store('seen', { key: string, value: int64 })
  stream
    .process<string, number>(
      context => {
        const seen = context.store<string, number>('seen')
        context.schedule('1m', 'wall-clock', now => context.forward('tick', now))
        return { process: (order, key) => seen.put(key, (seen.get(key) ?? 0) + order.cents) }
      },
      { stores: ['seen'] },
    )
    .to(totals)
})

export async function use(): Promise<number | null> {
  await using driver = await TestDriver.create(topology, { startTime: '2026-01-01T00:00:00Z' })
  await driver.input(orders).pipe('a', { id: '1', customer: 'c', cents: 5 }, 0)
  const total: number | null = driver.output(totals).read()?.value ?? null
  return total
}
