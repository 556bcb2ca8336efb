// Enrichment: each order gets its customer, as they were when it was placed, and its product; orders of gold customers go
// to a topic of their own.
import { json, streams, string, topic } from 'streamctl'

type Order = { orderId: string; customerId: string; sku: string; cents: number }
type Customer = { name: string; tier: 'free' | 'gold' }
type Product = { title: string; category: string }
type EnrichedOrder = Order & { customer: Customer; product: Product | null }

export const orders = topic('orders', { key: string, value: json<Order>() })
export const customers = topic('customers', { key: string, value: json<Customer>() })
export const products = topic('products', { key: string, value: json<Product>() })
export const goldOrders = topic('orders.gold', { key: string, value: json<EnrichedOrder>() })
export const otherOrders = topic('orders.other', { key: string, value: json<EnrichedOrder>() })

export default streams('enrichment', builder => {
  // Versions are kept for an hour: a late order finds the customer of its time.
  const customer = builder.table(customers, { store: 'customers', versioned: { historyRetention: '1h' } })
  // Small, and joined by another key than that of the order: every instance has all of it.
  const product = builder.globalTable(products)
  const { gold, default: other } = builder
    .stream(orders)
    .selectKey(order => order.customerId)
    .join(customer, (order, found) => ({ ...order, customer: found }), { grace: '5s' })
    .leftJoin(product, (order, found) => ({ ...order, product: found }), { on: order => order.sku })
    .branch({ gold: order => order.customer.tier === 'gold' })
  gold.to(goldOrders)
  other.to(otherOrders)
})
