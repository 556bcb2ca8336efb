import type { Env } from '../base/env.ts'
import { KafkaError } from '../protocol/errors.ts'
import type { LogReader } from '../storage/log-reader.ts'
import type { Partition } from './partition.ts'
import { decideRetention } from './retention.ts'
import type { Topics } from './topics.ts'

/** Summaries asked for at a time: an index scan without the batches. Those behind the new log start are read for nothing. */
const rowsPerStep = 128

export interface RetentionOptions {
  readonly env: Env
  readonly topics: Topics
  readonly reader: LogReader
  /** Ends the pass after the partition that it is at. */
  readonly signal?: AbortSignal
}

/**
 * Applies `retention.ms` and `retention.bytes` to all partitions once, one after the other; resolves when what they lose is
 * durable. It only raises log starts; storage removes the rows behind them in small steps within its commits. Rejects
 * when the disk fails.
 */
export async function applyRetention(options: RetentionOptions): Promise<void> {
  for (const topic of options.topics.all()) {
    for (const partition of topic.partitions) {
      if (options.signal?.aborted) return
      await apply(partition, options)
    }
  }
}

async function apply(partition: Partition, options: RetentionOptions): Promise<void> {
  try {
    const logStartOffset = await newLogStart(partition, options)
    if (logStartOffset !== undefined) await partition.advanceLogStart(logStartOffset)
  } catch (error) {
    // Its topic was deleted meanwhile.
    if (!(error instanceof KafkaError)) throw error
  }
}

async function newLogStart(partition: Partition, { env, reader }: RetentionOptions): Promise<number | undefined> {
  const { deletes, retentionMs, retentionBytes } = partition.topic.rules
  let { sizeBytes } = partition
  const mayBeOld = retentionMs >= 0 && partition.logStartOffset < partition.highWatermark
  const isTooMuch = retentionBytes >= 0 && sizeBytes > retentionBytes
  if (!deletes || !(mayBeOld || isTooMuch)) return undefined
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
