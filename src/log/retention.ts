import type { RowSummary } from '../storage/log-reader.ts'

/** The settings and the state that decide what a partition may forget. */
export interface RetentionState {
  /** `retention.ms`; -1: for ever. */
  readonly retentionMs: number
  /** `retention.bytes`; -1: without limit. */
  readonly retentionBytes: number
  readonly nowMs: number
  /** Bytes of the partition, from the first of the rows on. */
  readonly sizeBytes: number
  /** Nothing that readers have not been able to see is removed. */
  readonly highWatermark: number
}

export interface RetentionDecision {
  /** How many of the rows may go. */
  readonly rows: number
  /** The log start that follows; undefined if all stay. */
  readonly logStartOffset: number | undefined
  /** Bytes that remain. */
  readonly sizeBytes: number
}

/**
 * Decides which of a partition's oldest rows (in order) may go, as Kafka does for segments: as long as a row's
 * highest timestamp is more than `retention.ms` ago, or the log would still have `retention.bytes` without it. The first
 * one to stay ends it, so that a log has no holes.
 *
 * A row is what one partition got in one commit, at most about 1 MiB. So a log shrinks in finer steps than with
 * Kafka, which can only drop a whole segment, and no active segment (`segment.ms`, `segment.bytes`) escapes retention.
 */
export function decideRetention(rows: readonly RowSummary[], state: RetentionState): RetentionDecision {
  let { sizeBytes } = state
  let count = 0
  for (const row of rows) {
    if (row.lastOffset >= state.highWatermark) break
    const isOld = state.retentionMs >= 0 && state.nowMs - row.maxTimestamp > state.retentionMs
    const isTooMuch = state.retentionBytes >= 0 && sizeBytes - row.bytes >= state.retentionBytes
    if (!isOld && !isTooMuch) break
    sizeBytes -= row.bytes
    count++
  }
  const last = rows[count - 1]
  return { rows: count, logStartOffset: last && last.lastOffset + 1, sizeBytes }
}
