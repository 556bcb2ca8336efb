import type { Change } from './change.ts'

/** One record batch with its offsets and leader epoch already patched in. */
export interface Append {
  readonly partitionId: number
  readonly baseOffset: number
  readonly lastOffset: number
  readonly maxTimestamp: number
  /** Must not change until `done`. Best in shared memory (`SlabAllocator`): it then reaches the disk without a copy. */
  readonly data: Buffer
}

/**
 * The seam between memory and disk. What arrives while a commit runs goes into the next one, so that one fsync pays for
 * all of it; the batches of a partition in one commit become one row.
 *
 * `done` is called after the commit that holds the write (after its fsync with durability `fsync`), in order of
 * submission. After a failed commit `onFailure` is called once and no `done` ever again.
 */
export interface WriteQueue {
  append(append: Append, done: () => void): void
  apply(change: Change, done?: () => void): void
  /** Bytes appended and not yet durable. */
  readonly pendingBytes: number
  /** Calls `action` once, as soon as `pendingBytes` is below `bytes`: at once when it is already. */
  whenBelow(bytes: number, action: () => void): void
  /** Resolves when all that was submitted before is durable; rejects when a commit fails. */
  flush(): Promise<void>
  /** Flushes and takes nothing more. */
  close(): Promise<void>
}
