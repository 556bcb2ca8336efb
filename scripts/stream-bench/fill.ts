import type { Cluster } from '../../src/client/cluster.ts'
import { Producer } from '../../src/client/producer.ts'
import { bidAt } from './workloads.ts'

/** Events by turns into each of the topics. `bidOf` is the key and the text of the event of that number, else a bid's. */
export async function fill(
  cluster: Cluster,
  {
    topics,
    records,
    bidOf = bidRecord,
  }: {
    readonly topics: readonly string[]
    readonly records: number
    readonly bidOf: BidOf | undefined
  },
): Promise<void> {
  const producer = new Producer(cluster, { lingerMs: 50 })
  const writers = await Promise.all(topics.map(name => producer.topic(name)))
  for (let number = 0; number < records; number++) {
    const { time, key: keyText, text } = bidOf(number)
    const [key, value] = [Buffer.from(keyText), Buffer.from(text)]
    writers[number % writers.length]!.append(time, key, 0, key.length, value, 0, value.length, [])
    if (producer.isFull) await producer.room()
  }
  await producer.flush()
  producer.close()
}

/** The record of a number: its time in milliseconds since 1970, its key and its value. */
export type BidOf = (number: number) => { readonly time: number; readonly key: string; readonly text: string }

const bidRecord: BidOf = number => {
  const bid = bidAt(number)
  return { time: bid.dateTime, key: String(bid.auction), text: JSON.stringify(bid) }
}
