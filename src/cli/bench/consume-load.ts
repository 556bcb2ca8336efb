import type { Env } from '../../base/env.ts'
import type { Cluster } from '../../client/cluster.ts'
import { forEachFetched } from '../../client/fetched-records.ts'
import { endOffsets, findTopic, startOffsets } from '../../client/list-offsets.ts'
import { Reader } from '../../client/reader.ts'
import { Histogram } from './histogram.ts'

export interface ConsumedLoad {
  readonly records: number
  readonly bytes: number
  readonly seconds: number
  readonly histogram: Histogram
}

/** Reads a topic from its start to its end as it is now, and decodes every record. */
export async function consumeLoad(
  env: Env,
  cluster: Cluster,
  options: {
    readonly topic: string
    readonly recordsMax: number
    readonly durationMs: number
    readonly signal: AbortSignal
    readonly onProgress: (records: number) => void
  },
): Promise<ConsumedLoad> {
  const topic = await findTopic(cluster, options.topic)
  const partitions = topic.partitions.map(({ partition }) => partition)
  const [starts, ends] = await Promise.all([
    startOffsets(cluster, topic, partitions),
    endOffsets(cluster, topic, partitions, 'uncommitted'),
  ])
  const reader = new Reader(cluster, { isolation: 'uncommitted' })
  for (const partition of partitions) {
    const offset = starts.get(partition) ?? 0
    reader.add({ topic: topic.name, topicId: topic.topicId, partition, offset, endOffset: ends.get(partition) ?? 0 })
  }
  const stop = (): void => reader.stop()
  options.signal.addEventListener('abort', stop, { once: true })
  const startMs = env.clock.monotonic()
  const timer = Number.isFinite(options.durationMs) ? env.clock.after(options.durationMs, stop) : undefined
  const histogram = new Histogram()
  let [records, bytes, lastMs] = [0, 0, startMs]
  try {
    await reader.run(fetched => {
      const nowMs = env.clock.monotonic()
      histogram.record((nowMs - lastMs) * 1000)
      lastMs = nowMs
      forEachFetched(fetched, record => {
        if (records >= options.recordsMax) return
        records++
        bytes += Math.max(0, record.keyBytes) + Math.max(0, record.valueBytes)
      })
      options.onProgress(records)
      if (records >= options.recordsMax) reader.stop()
    })
    return { records, bytes, seconds: (env.clock.monotonic() - startMs) / 1000, histogram }
  } finally {
    timer?.cancel()
    options.signal.removeEventListener('abort', stop)
  }
}
