import type { PartitionProducers } from '../storage/change.ts'
import type { WriteQueue } from '../storage/write-queue.ts'

/** A partition that can tell its producer state as of now. */
export interface SnapshotSource {
  producerSnapshot(): PartitionProducers
}

const defaultIntervalBytes = 64 * 1024 * 1024

/**
 * Writes the producer state of the partitions where it changed, every 64 MiB that were appended to all partitions
 * together: after a crash only what is newer has to be replayed from the batches.
 */
export class ProducerSnapshots {
  readonly #writes: WriteQueue
  readonly #intervalBytes: number
  #changed = new Set<SnapshotSource>()
  #bytes = 0

  constructor(writes: WriteQueue, intervalBytes = defaultIntervalBytes) {
    this.#writes = writes
    this.#intervalBytes = intervalBytes
  }

  /** The producer state of `source` is not that of its last snapshot any more. */
  changed(source: SnapshotSource): void {
    this.#changed.add(source)
  }

  /** The partition is gone, and its producer state with it. */
  forget(source: SnapshotSource): void {
    this.#changed.delete(source)
  }

  /**
   * Batches of the partition are about to be deleted: writes its state first if it is newer than its snapshot, because
   * recovery could not replay it any more.
   */
  beforeDeletion(source: SnapshotSource): void {
    // Always all partitions: where the replay begins holds for all of them.
    if (this.#changed.has(source)) this.save()
  }

  /** Counts appended bytes; call it after the append was handed to the write queue. */
  appended(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes >= this.#intervalBytes) this.save()
  }

  /** Writes what changed since the last time; nothing if nothing was appended or expired since. */
  save(): void {
    if (this.#bytes === 0 && this.#changed.size === 0) return
    const partitions = Array.from(this.#changed, source => source.producerSnapshot())
    this.#writes.apply({ kind: 'saveProducers', partitions })
    this.#changed = new Set()
    this.#bytes = 0
  }
}
