import type { Topics } from '../log/topics.ts'

export interface OpenPartition {
  readonly topic: string
  readonly partition: number
}

/**
 * Where producers have open transactions, by producer id. A producer of the second generation adds a partition by
 * writing to it: that batch says it all, and nothing else is written for it.
 */
export function openProducers(topics: Topics): Map<number, OpenPartition[]> {
  const byProducer = new Map<number, OpenPartition[]>()
  for (const { name: topic, partitions } of topics.all()) {
    for (const partition of partitions) {
      for (const { producerId, transactionFirstOffset } of partition.producers()) {
        if (transactionFirstOffset < 0) continue
        const open = byProducer.get(producerId) ?? []
        open.push({ topic, partition: partition.index })
        byProducer.set(producerId, open)
      }
    }
  }
  return byProducer
}
