import type { Env } from '../base/env.ts'
import { KafkaError } from '../protocol/errors.ts'
import type { LogReader, RowSummary } from '../storage/log-reader.ts'
import type { Partition } from './partition.ts'
import { decideRetention } from './retention.ts'
import type { Topics } from './topics.ts'

/** Summaries asked for at a time. Those behind the new log start are read for nothing. */
const stretchesPerLook = 16
const rowsPerLook = 32
/** Partitions whose log starts are raised at the same time. */
const partitionsAtOnce = 256

export interface RetentionOptions {
  readonly env: Env
  readonly topics: Topics
  readonly reader: LogReader
  /** Ends the pass after the partition that it is at. */
  readonly signal?: AbortSignal
}

interface NewStart {
  readonly partition: Partition
  readonly logStartOffset: number
}

/**
 * Applies `retention.ms` and `retention.bytes` to all partitions once; resolves when what they lose is durable. It only
 * raises log starts; storage removes the rows behind them in small steps within its commits. Rejects when the disk fails.
 *
 * Log starts are raised together: rows of several partitions share pages, and a page is written once if all its rows
 * go at the same time.
 */
export async function applyRetention(options: RetentionOptions): Promise<void> {
  let starts: NewStart[] = []
  for (const topic of options.topics.all()) {
    for (const partition of topic.partitions) {
      if (options.signal?.aborted) return
      const logStartOffset = await newLogStart(partition, options)
      if (logStartOffset !== undefined) starts.push({ partition, logStartOffset })
      if (starts.length < partitionsAtOnce) continue
      await raise(starts)
      starts = []
    }
  }
  await raise(starts)
}

async function raise(starts: readonly NewStart[]): Promise<void> {
  await Promise.all(
    starts.map(({ partition, logStartOffset }) => partition.advanceLogStart(logStartOffset).catch(ignoreDeletion)),
  )
}

function ignoreDeletion(error: unknown): void {
  // Its topic was deleted meanwhile.
  if (!(error instanceof KafkaError)) throw error
}

async function newLogStart(partition: Partition, { env, reader }: RetentionOptions): Promise<number | undefined> {
  const { deletes, retentionMs, retentionBytes } = partition.topic.rules
  let { sizeBytes } = partition
  const mayBeOld = retentionMs >= 0 && partition.logStartOffset < partition.highWatermark
  const isTooMuch = retentionBytes >= 0 && sizeBytes > retentionBytes
  if (!deletes || !(mayBeOld || isTooMuch)) return undefined
  let logStartOffset: number | undefined
  /** Returns whether all of what was read may go. */
  const decide = (extents: readonly RowSummary[]): boolean => {
    const { highWatermark } = partition
    const nowMs = env.clock.now()
    const decision = decideRetention(extents, { retentionMs, retentionBytes, nowMs, sizeBytes, highWatermark })
    logStartOffset = decision.logStartOffset ?? logStartOffset
    sizeBytes = decision.sizeBytes
    return decision.rows === extents.length
  }
  const query = (limit: number) => ({
    partitionId: partition.id,
    limit,
    fromOffset: logStartOffset ?? partition.logStartOffset,
  })
  // As far as whole stretches go, and from there on row by row: of a stretch, some rows may be old enough and others not.
  for (const [look, limit] of [
    [reader.oldestStretches, stretchesPerLook],
    [reader.oldestRows, rowsPerLook],
  ] as const) {
    for (;;) {
      const extents = await look(query(limit))
      if (!decide(extents) || extents.length < limit) break
    }
  }
  return logStartOffset
}
