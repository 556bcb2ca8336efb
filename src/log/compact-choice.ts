/** The settings and the state that decide whether a partition is to be compacted. Bytes are those of whole rows. */
export interface CompactionState {
  /** From the log start up to where it is compacted. */
  readonly cleanBytes: number
  /** From there on, up to where it may be. */
  readonly dirtyBytes: number
  /** When the oldest of the records was written that may be compacted; undefined if there are none. */
  readonly oldestDirtyMs: number | undefined
  /** When the first tombstone or marker may go; null if there are none. */
  readonly horizonMs: number | null
  readonly nowMs: number
  /** `min.cleanable.dirty.ratio` */
  readonly dirtyRatioMin: number
  /** `max.compaction.lag.ms` */
  readonly lagMaxMs: number
}

/** How much of what can be compacted never was: 0 to 1. The dirtiest partition is compacted first. */
export function dirtyRatio({ cleanBytes, dirtyBytes }: CompactionState): number {
  return dirtyBytes <= 0 ? 0 : dirtyBytes / (cleanBytes + dirtyBytes)
}

/**
 * Whether a partition is to be compacted now: its dirty ratio is above the minimum, or a record has waited for longer than
 * the maximum, both as with Kafka; or a delete horizon has passed. Kafka leaves tombstones of a log that nobody writes to
 * where they are; here a setting that says how long they stay is kept, which costs one more run for each that set a horizon.
 */
export function isToBeCompacted(state: CompactionState): boolean {
  const { oldestDirtyMs, horizonMs, nowMs } = state
  if (horizonMs !== null && horizonMs <= nowMs) return true
  if (state.dirtyBytes <= 0) return false
  const isOverdue = oldestDirtyMs !== undefined && oldestDirtyMs < nowMs - state.lagMaxMs
  return isOverdue || dirtyRatio(state) > state.dirtyRatioMin
}
