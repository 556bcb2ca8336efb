import type { Env } from '../../base/env.ts'
import type { Cluster } from '../../client/cluster.ts'
import { type FetchedRecord, forEachFetched } from '../../client/fetched-records.ts'
import { endOffsets, findTopic } from '../../client/list-offsets.ts'
import { Reader } from '../../client/reader.ts'
import { Histogram } from './histogram.ts'
import { sampleValue } from './load-options.ts'
import { type ProducedLoad, produceLoad } from './produce-load.ts'
import type { Load } from './schedule.ts'

/** What is acknowledged is readable within moments; then the reader gives up. */
const lastRecordsMs = 5_000

/** Writes at a rate and reads at the same time; a record carries the time at which it was due, and whose it is. */
export async function latencyLoad(
  env: Env,
  cluster: Cluster,
  options: {
    readonly topic: string
    readonly size: number
    readonly load: Load
    readonly signal: AbortSignal
    readonly onProgress: (records: number) => void
  },
): Promise<ProducedLoad> {
  const topic = await findTopic(cluster, options.topic)
  const partitions = topic.partitions.map(({ partition }) => partition)
  const ends = await endOffsets(cluster, topic, partitions, 'uncommitted')
  // Requests that wait for records must not stand before those that bring them.
  const readers = cluster.sibling()
  const reader = new Reader(readers, { isolation: 'uncommitted' })
  for (const partition of partitions) {
    const offset = ends.get(partition) ?? 0
    reader.add({
      topic: topic.name,
      topicId: topic.topicId,
      partition,
      offset,
      endOffset: Number.POSITIVE_INFINITY,
    })
  }
  const arrivals = new Arrivals(env, options.onProgress)
  const reading = reader.run(fetched => forEachFetched(fetched, record => arrivals.note(record)))
  // It must not be unhandled while records are still being written; it is waited for below.
  reading.catch(() => {})
  try {
    const produced = await produceLoad(env, cluster, {
      topic: options.topic,
      value: sampleValue(options.size),
      load: options.load,
      producer: { lingerMs: 0 },
      signal: options.signal,
      fill: (value, dueMs, isCounted) => arrivals.mark(value, isCounted ? dueMs : 0),
    })
    await Promise.race([arrivals.reached(produced.records), reading])
    return { ...produced, records: arrivals.histogram.count, histogram: arrivals.histogram }
  } finally {
    reader.stop()
    await reading.finally(() => readers.close())
  }
}

class Arrivals {
  readonly histogram = new Histogram()
  readonly #env: Env
  readonly #onProgress: (records: number) => void
  /** Tells our records from those of others. */
  readonly #mark: Buffer
  #changed = Promise.withResolvers<void>()

  constructor(env: Env, onProgress: (records: number) => void) {
    this.#env = env
    this.#onProgress = onProgress
    this.#mark = env.random.bytes(8)
  }

  mark(value: Buffer, dueMs: number): void {
    this.#mark.copy(value)
    value.writeDoubleBE(dueMs, 8)
  }

  note(record: FetchedRecord): void {
    const { buffer, valueStart, valueBytes } = record
    if (valueBytes < 16 || this.#mark.compare(buffer, valueStart, valueStart + 8) !== 0) return
    const dueMs = buffer.readDoubleBE(valueStart + 8)
    if (dueMs <= 0) return
    this.histogram.record((this.#env.clock.monotonic() - dueMs) * 1000)
    this.#onProgress(this.histogram.count)
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }

  /** Resolves when so many have been read, or when no more come. */
  async reached(count: number): Promise<void> {
    while (this.histogram.count < count) {
      const { promise: late, resolve } = Promise.withResolvers<'late'>()
      const timer = this.#env.clock.after(lastRecordsMs, () => resolve('late'))
      const won = await Promise.race([this.#changed.promise, late])
      timer.cancel()
      if (won === 'late') return
    }
  }
}
