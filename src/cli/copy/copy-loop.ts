import type { Env } from '../../base/env.ts'
import { copyBatches } from '../../client/batch-copy.ts'
import { type FetchedBatches, offsetBehind } from '../../client/fetched-records.ts'
import type { OffsetToCommit } from '../../client/group-admin.ts'
import type { TopicWriter } from '../../client/topic-writer.ts'
import type { RecordFilter } from '../../client/where/filter.ts'
import type { RateLimiter } from '../rate-limiter.ts'
import type { CopySink } from './copy-sink.ts'

export interface CopyLoopOptions {
  readonly env: Env
  readonly sink: CopySink
  /** By source topic. */
  readonly writers: ReadonlyMap<string, TopicWriter>
  readonly filter: RecordFilter
  readonly limiter: RateLimiter
  readonly signal: AbortSignal
  readonly onProgress: () => void
}

/** A transaction holds back those who read only what is committed: it must not last. */
const checkpointMs = 1_000

/** Writes what is fetched, and makes it durable in steps, together with how far it goes. */
export class CopyLoop {
  readonly #options: CopyLoopOptions
  /** What the next checkpoint commits. */
  #positions = new Map<string, OffsetToCommit>()
  #lastMs: number
  /** Deliveries and checkpoints, one after the other. */
  #turn: Promise<void> = Promise.resolve()
  /** Records that are in a checkpoint. */
  copiedCount = 0
  /** Of those that were read, in checkpoints or not. */
  readCount = 0
  #writtenCount = 0

  constructor(options: CopyLoopOptions) {
    this.#options = options
    this.#lastMs = options.env.clock.monotonic()
  }

  /** Copies what one fetch brought. */
  take(fetched: FetchedBatches): Promise<void> {
    return this.#inTurn(() => this.#copy(fetched))
  }

  /** Makes durable what there is, if the last time is long enough ago; `force` does it at once. */
  checkpoint({ force = false }: { readonly force?: boolean } = {}): Promise<void> {
    return this.#inTurn(() => this.#checkpoint(force))
  }

  async #copy(fetched: FetchedBatches): Promise<void> {
    const { sink, writers, filter, limiter, signal, onProgress } = this.#options
    const { topic, partition } = fetched
    const writer = writers.get(topic)!
    const isWanted = filter.matches.bind(filter)
    const note = (offset: number): void => {
      this.#positions.set(`${topic}/${partition}`, { topic: writer.name, partition, offset })
    }
    for (const batch of copyBatches(fetched, writer, record => {
      this.readCount++
      return isWanted(record, fetched)
    })) {
      this.#writtenCount += batch.records
      note(batch.nextOffset)
      onProgress()
      if (sink.isFull) await sink.room()
      if (!limiter.isLimited) continue
      // No transaction stays open during a pause.
      await this.#checkpoint(true)
      await limiter.passed(batch, signal)
      if (signal.aborted) return
    }
    // Behind batches of which nothing is wanted, as the ends of transactions.
    note(Math.min(offsetBehind(fetched.bytes, fetched.fromOffset), fetched.endOffset))
    await this.#checkpoint(false)
  }

  async #checkpoint(force: boolean): Promise<void> {
    const nowMs = this.#options.env.clock.monotonic()
    if (this.#positions.size === 0 || (!force && nowMs - this.#lastMs < checkpointMs)) return
    const positions = [...this.#positions.values()]
    this.#positions = new Map()
    await this.#options.sink.checkpoint(positions)
    this.copiedCount = this.#writtenCount
    this.#lastMs = this.#options.env.clock.monotonic()
  }

  #inTurn(action: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(action)
    this.#turn = done.catch(() => {})
    return done
  }
}
