import { setTimeout as pause } from 'node:timers/promises'
import type { Cluster } from '../../src/client/cluster.ts'
import { forEachFetched } from '../../src/client/fetched-records.ts'
import { findTopic } from '../../src/client/list-offsets.ts'
import { Producer } from '../../src/client/producer.ts'
import { Reader } from '../../src/client/reader.ts'
import { percentile } from '../bench/table.ts'
import type { Run } from './measure.ts'
import { bidAt } from './workloads.ts'

/** The first ones, while the script starts and is compiled, do not count. */
const warmupShare = 0.3

/**
 * Writes events at a fixed rate and reads what a script makes of them, committed only: milliseconds from the moment at which
 * an event was due to the one at which its result was here. Results carry the key and the time of their event.
 */
export async function measureLatency(
  cluster: Cluster,
  { topic, records, perSecond }: { readonly topic: string; readonly records: number; readonly perSecond: number },
): Promise<NonNullable<Run['latencyMs']>> {
  const latencies = new Float64Array(records)
  const out = await findTopic(cluster, 'out')
  const reader = new Reader(cluster.sibling())
  for (const { partition } of out.partitions) {
    reader.add({ topic: 'out', topicId: out.topicId, partition, offset: 0, endOffset: Number.POSITIVE_INFINITY })
  }
  let seen = 0
  const reading = reader.run(fetched => {
    const now = Date.now()
    forEachFetched(fetched, ({ timestamp }) => {
      latencies[seen++] = now - timestamp
    })
    if (seen >= records) reader.stop()
  })
  await write(cluster, { topic, records, perSecond })
  await reading
  const sorted = latencies.subarray(Math.floor(records * warmupShare)).toSorted()
  return { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99), max: sorted.at(-1)! }
}

async function write(
  cluster: Cluster,
  { topic, records, perSecond }: { readonly topic: string; readonly records: number; readonly perSecond: number },
): Promise<void> {
  const producer = new Producer(cluster.sibling(), { lingerMs: 1 })
  const writer = await producer.topic(topic)
  const begunMs = Date.now()
  for (let number = 0; number < records; ) {
    const due = Math.min(records, Math.floor(((Date.now() - begunMs) * perSecond) / 1_000))
    for (; number < due; number++) {
      // Late ones count from when they were due: whoever is late must not look fast.
      const dateTime = begunMs + Math.floor((number * 1_000) / perSecond)
      const bid = { ...bidAt(number), dateTime }
      const [key, value] = [Buffer.from(String(bid.auction)), Buffer.from(JSON.stringify(bid))]
      writer.append(dateTime, key, 0, key.length, value, 0, value.length, [])
    }
    await pause(2)
  }
  await producer.flush()
  producer.close()
}
