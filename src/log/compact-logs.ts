import type { Env } from '../base/env.ts'
import { KafkaError } from '../protocol/errors.ts'
import type { Compaction } from '../storage/change.ts'
import type { LastOfProducer } from '../storage/compaction-filter.ts'
import type { Compactor } from '../storage/compactor.ts'
import type { LogReader, RowSummary } from '../storage/log-reader.ts'
import type { WriteQueue } from '../storage/write-queue.ts'
import { type CompactionState, dirtyRatio, isToBeCompacted } from './compact-choice.ts'
import type { Partition } from './partition.ts'
import type { ProducerEntry } from './producer-state.ts'
import type { Topics } from './topics.ts'
import { writeLoad } from './write-load.ts'

export interface LogCompactionOptions {
  readonly env: Env
  readonly topics: Topics
  readonly writes: WriteQueue
  readonly reader: LogReader
  readonly compactor: Compactor
  /** How far the partitions are compacted already, by id. */
  readonly recovered: ReadonlyMap<number, Compaction>
  /** Memory for the keys of a run: `log.cleaner.dedupe.buffer.size`. */
  readonly keyBytesMax: () => number
}

/** A partition that is to be compacted, and how far. */
interface Candidate {
  readonly partition: Partition
  readonly endOffset: number
  readonly dirtyRatio: number
}

/**
 * Between two steps, this many times what a step took: compaction has half of the time, or a thirteenth beside producers at full
 * speed. With a fifth, they lost a quarter of it: a step takes a processor, and a commit of 4 MiB.
 */
const pausesPerStep = { idle: 1, busy: 12 } as const
const pauseMaxMs = 1000

const neverCompacted: Compaction = { cleanOffset: 0, horizonMs: null }

/**
 * Compacts the partitions of topics with `cleanup.policy=compact`: of each key the last record stays.
 *
 * There is no active segment as in Kafka, which would never be compacted: everything below the last stable offset is,
 * as soon as `min.compaction.lag.ms` allows.
 */
export class LogCompaction {
  readonly #options: LogCompactionOptions
  readonly #compactions: Map<number, Compaction>

  constructor(options: LogCompactionOptions) {
    this.#options = options
    this.#compactions = new Map(options.recovered)
  }

  /**
   * Compacts all partitions once that are due, the dirtiest first; resolves when that is durable. `signal` ends it after the
   * step that it is at. Rejects when the disk fails.
   */
  async run(signal?: AbortSignal): Promise<void> {
    const partitions = this.#options.topics.all().flatMap(topic => topic.partitions)
    this.#forgetDeleted(partitions)
    const candidates: Candidate[] = []
    for (const partition of partitions) {
      if (!partition.topic.rules.compacts || signal?.aborted) continue
      const candidate = await unlessDeleted(() => this.#candidate(partition))
      if (candidate) candidates.push(candidate)
    }
    for (const candidate of candidates.toSorted((a, b) => b.dirtyRatio - a.dirtyRatio)) {
      if (signal?.aborted) return
      await unlessDeleted(() => this.#compact(candidate, signal))
    }
  }

  #of(partition: Partition): Compaction {
    return this.#compactions.get(partition.id) ?? neverCompacted
  }

  #forgetDeleted(partitions: readonly Partition[]): void {
    if (this.#compactions.size === 0) return
    const ids = new Set(partitions.map(({ id }) => id))
    for (const id of this.#compactions.keys()) if (!ids.has(id)) this.#compactions.delete(id)
  }

  async #candidate(partition: Partition): Promise<Candidate | undefined> {
    const { cleanOffset, horizonMs } = this.#of(partition)
    const nowMs = this.#options.env.clock.now()
    const mayBeDue = partition.lastStableOffset > cleanOffset || (horizonMs !== null && horizonMs <= nowMs)
    if (!mayBeDue || partition.logStartOffset === partition.logEndOffset) return undefined
    const endOffset = await this.#endOffset(partition, nowMs)
    const state = await this.#state(partition, { endOffset, nowMs })
    return isToBeCompacted(state) ? { partition, endOffset, dirtyRatio: dirtyRatio(state) } : undefined
  }

  #firstDirtyOffset(partition: Partition): number {
    return Math.max(this.#of(partition).cleanOffset, partition.logStartOffset)
  }

  /** Up to where it may be compacted: what is undecided stays, and what is younger than `min.compaction.lag.ms`. */
  async #endOffset(partition: Partition, nowMs: number): Promise<number> {
    const { lastStableOffset } = partition
    const fromOffset = this.#firstDirtyOffset(partition)
    const { compactionLagMinMs } = partition.topic.rules
    if (compactionLagMinMs <= 0) return Math.max(fromOffset, lastStableOffset)
    const timestamp = nowMs - compactionLagMinMs + 1
    const young = await this.#options.reader.rowAtTimestamp({ partitionId: partition.id, timestamp, fromOffset })
    return Math.max(fromOffset, Math.min(lastStableOffset, young?.baseOffset ?? lastStableOffset))
  }

  async #state(
    partition: Partition,
    { endOffset, nowMs }: { readonly endOffset: number; readonly nowMs: number },
  ): Promise<CompactionState> {
    const { rules } = partition.topic
    const firstDirtyOffset = this.#firstDirtyOffset(partition)
    const rowFrom = async (fromOffset: number): Promise<RowSummary | undefined> =>
      (await this.#options.reader.oldestRows({ partitionId: partition.id, limit: 1, fromOffset }))[0]
    const first = await rowFrom(partition.logStartOffset)
    const dirty = await rowFrom(firstDirtyOffset)
    const behind = await rowFrom(endOffset)
    const start = first?.position ?? 0
    const end = behind?.position ?? start + partition.sizeBytes
    const dirtyStart = dirty?.position ?? end
    return {
      cleanBytes: dirtyStart - start,
      dirtyBytes: endOffset > firstDirtyOffset ? end - dirtyStart : 0,
      oldestDirtyMs: dirty?.maxTimestamp,
      horizonMs: this.#of(partition).horizonMs,
      nowMs,
      dirtyRatioMin: rules.dirtyRatioMin,
      lagMaxMs: rules.compactionLagMaxMs,
    }
  }

  async #compact({ partition, endOffset }: Candidate, signal?: AbortSignal): Promise<void> {
    const { env, writes, compactor, keyBytesMax } = this.#options
    partition.beforeCompaction()
    // From now on the partition counts as one that has gaps; and its newest rows may be replaced too.
    await this.#save(partition, this.#of(partition))
    const { logStartOffset } = partition
    await compactor.begin({
      partitionId: partition.id,
      firstDirtyOffset: this.#firstDirtyOffset(partition),
      endOffset,
      nowMs: env.clock.now(),
      deleteRetentionMs: partition.topic.rules.deleteRetentionMs,
      aborted: partition.abortedWithin(logStartOffset, endOffset),
      lastOfProducers: Array.from(partition.producers(), lastOf),
      keyBytesMax: keyBytesMax(),
    })
    try {
      while (!signal?.aborted) {
        const startedMs = env.clock.monotonic()
        const load = writeLoad(writes)
        const progress = await partition.compact(() => compactor.step(partition.logStartOffset))
        if (progress.kind === 'finished') await this.#save(partition, progress.compaction)
        if (progress.kind === 'finished' || progress.kind === 'postponed') return
        await this.#pause(env.clock.monotonic() - startedMs, load)
      }
    } finally {
      await compactor.end()
    }
  }

  #save(partition: Partition, compaction: Compaction): Promise<void> {
    const { writes } = this.#options
    this.#compactions.set(partition.id, compaction)
    writes.apply({ kind: 'closeStretch', partitionId: partition.id })
    return new Promise(resolve =>
      writes.apply({ kind: 'saveCompaction', partitionId: partition.id, compaction }, resolve),
    )
  }

  /** `loadBefore`: that of the disk before the step. */
  async #pause(stepMs: number, loadBefore: number): Promise<void> {
    const { env, writes } = this.#options
    const { idle, busy } = pausesPerStep
    const pauses = idle + (busy - idle) * Math.max(loadBefore, writeLoad(writes))
    const pauseMs = Math.min(pauseMaxMs, stepMs * pauses)
    if (pauseMs >= 1) await new Promise<void>(resolve => env.clock.after(pauseMs, resolve))
  }
}

function lastOf({ producerId, epoch, batches }: ProducerEntry): LastOfProducer {
  return { producerId, epoch, lastOffset: batches.at(-1)?.lastOffset ?? -1 }
}

/** Undefined if the topic was deleted meanwhile. */
async function unlessDeleted<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof KafkaError) return undefined
    throw error
  }
}
