import type { Env, Timer } from '../base/env.ts'
import { KafkaError } from '../protocol/errors.ts'
import type { LogReader } from '../storage/log-reader.ts'
import type { Partition } from './partition.ts'
import { decideRetention } from './retention.ts'
import type { Topics } from './topics.ts'

/** Summaries asked for at a time: an index scan without the batches. */
const rowsPerStep = 1000

export interface RetentionOptions {
  readonly env: Env
  readonly topics: Topics
  readonly reader: LogReader
  /** `log.retention.check.interval.ms`, asked before each wait. */
  readonly intervalMs: () => number
  /** The disk failed. */
  readonly onFailure: (error: unknown) => void
}

/**
 * Applies `retention.ms` and `retention.bytes` to all partitions from time to time, one after the other. It only raises
 * log starts; storage removes the rows behind them in small steps within its commits.
 */
export class RetentionJob {
  readonly #options: RetentionOptions
  #timer: Timer | undefined
  #running: Promise<void> | undefined
  #closed = false

  constructor(options: RetentionOptions) {
    this.#options = options
  }

  start(): void {
    if (this.#closed) return
    const { env, intervalMs, onFailure } = this.#options
    this.#timer = env.clock.after(intervalMs(), () => {
      this.#running = this.runOnce().then(() => this.start(), onFailure)
    })
  }

  /** Looks at all partitions once; resolves when what they lose is durable. */
  async runOnce(): Promise<void> {
    for (const topic of this.#options.topics.all()) {
      for (const partition of topic.partitions) {
        if (this.#closed) return
        await this.#apply(partition)
      }
    }
  }

  /** Ends the job, after the partition that it is at. */
  async close(): Promise<void> {
    this.#closed = true
    this.#timer?.cancel()
    await this.#running
  }

  async #apply(partition: Partition): Promise<void> {
    try {
      const logStartOffset = await this.#newLogStart(partition)
      if (logStartOffset !== undefined) await partition.advanceLogStart(logStartOffset)
    } catch (error) {
      // Its topic was deleted meanwhile.
      if (!(error instanceof KafkaError)) throw error
    }
  }

  async #newLogStart(partition: Partition): Promise<number | undefined> {
    const { deletes, retentionMs, retentionBytes } = partition.topic.rules
    let { sizeBytes } = partition
    const mayBeOld = retentionMs >= 0 && partition.logStartOffset < partition.highWatermark
    const isTooMuch = retentionBytes >= 0 && sizeBytes > retentionBytes
    if (!deletes || !(mayBeOld || isTooMuch)) return undefined
    const { env, reader } = this.#options
    let logStartOffset: number | undefined
    for (;;) {
      const fromOffset = logStartOffset ?? partition.logStartOffset
      const rows = await reader.oldestRows({ partitionId: partition.id, limit: rowsPerStep, fromOffset })
      const { highWatermark } = partition
      const nowMs = env.clock.now()
      const decision = decideRetention(rows, { retentionMs, retentionBytes, nowMs, sizeBytes, highWatermark })
      logStartOffset = decision.logStartOffset ?? logStartOffset
      sizeBytes = decision.sizeBytes
      if (decision.rows < rowsPerStep) return logStartOffset
    }
  }
}
