import type { Env } from '../../base/env.ts'
import type { Cluster } from '../../client/cluster.ts'
import { Producer } from '../../client/producer.ts'
import type { ProducerOptions } from '../../client/producer-options.ts'
import { DueTimes } from './due-times.ts'
import { Histogram } from './histogram.ts'
import { type Load, runLoad } from './schedule.ts'

export interface ProducedLoad {
  readonly histogram: Histogram
  readonly records: number
  readonly failed: number
  readonly seconds: number
  /** Of the first failure. */
  readonly error: Error | undefined
}

/** So many records go to a partition before the next one has its turn: as sticky partitioners do, batches fill. */
const recordsPerTurn = 100
const notCounted = -1

/**
 * Writes records of one value and times each from when it was due until it was acknowledged. `fill` may write into a
 * record's value before it is sent.
 */
export async function produceLoad(
  env: Env,
  cluster: Cluster,
  options: {
    readonly topic: string
    readonly value: Buffer
    readonly load: Load
    readonly producer: ProducerOptions
    readonly signal: AbortSignal
    readonly fill?: (value: Buffer, dueMs: number, isCounted: boolean) => void
    readonly onProgress?: (acknowledged: number) => void
  },
): Promise<ProducedLoad> {
  const histogram = new Histogram()
  const due: DueTimes[] = []
  let records = 0
  let failed = 0
  let error: Error | undefined
  let lastMs = 0
  const producer = new Producer(cluster, {
    ...options.producer,
    onDelivery: ({ partition, recordCount }) => {
      lastMs = env.clock.monotonic()
      due[partition]!.take(recordCount, (dueMs, count) => {
        if (dueMs === notCounted) return
        histogram.record((lastMs - dueMs) * 1000, count)
        records += count
      })
      options.onProgress?.(records)
    },
    onFailure: failure => {
      due[failure.partition]!.take(failure.recordCount, () => {})
      failed += failure.recordCount
      error ??= failure.error
    },
  })
  try {
    const writer = await producer.topic(options.topic)
    for (let partition = 0; partition < writer.partitionCount; partition++) due.push(new DueTimes())
    const { value, fill } = options
    const perTurn = options.load.rate === undefined ? recordsPerTurn : 1
    let count = 0
    const { countedFromMs } = await runLoad(env, options.load, {
      ready: () => producer.room(),
      signal: options.signal,
      send(dueMs, isCounted) {
        const partition = Math.floor(count++ / perTurn) % writer.partitionCount
        fill?.(value, dueMs, isCounted)
        due[partition]!.push(isCounted ? dueMs : notCounted)
        writer.append(env.clock.now(), null, 0, 0, value, 0, value.length, [], partition)
      },
    })
    await producer.flush()
    return { histogram, records, failed, seconds: Math.max(0, lastMs - countedFromMs) / 1000, error }
  } finally {
    producer.close()
  }
}
