import { unpooled } from '../base/page-pool.ts'
import type { StoredRow } from '../storage/log-reader.ts'

const defaultBytesMax = 8 * 1024 * 1024

/**
 * Stored rows of which a read took only the beginning, one a partition: the next read of that consumer wants the rest.
 * Without it, somebody who asks for 64 KiB at a time had each row of 1 MiB read sixteen times (62 MB/s instead of 800).
 *
 * Rows never change, and what is below the log start is refused before anybody looks here. Whoever rewrites rows
 * (compaction) has to `forget` them.
 */
export class CutRows {
  readonly #bytesMax: number
  readonly #rows = new Map<number, StoredRow>()
  #bytes = 0

  constructor(bytesMax = defaultBytesMax) {
    this.#bytesMax = bytesMax
  }

  get bytes(): number {
    return this.#bytes
  }

  /** The remembered row of a partition, if it holds `offset`. */
  holding(partitionId: number, offset: number): StoredRow | undefined {
    const row = this.#rows.get(partitionId)
    return row && row.baseOffset <= offset && offset <= row.lastOffset ? row : undefined
  }

  /** Remembers a row instead of the partition's last one. The rows remembered longest make room. */
  remember(partitionId: number, row: StoredRow): void {
    this.forget(partitionId)
    // A row that stays must not hold the page that it was read into.
    this.#rows.set(partitionId, { ...row, data: unpooled(row.data) })
    this.#bytes += row.data.length
    for (const oldest of this.#rows.keys()) {
      if (this.#bytes <= this.#bytesMax) return
      this.forget(oldest)
    }
  }

  forget(partitionId: number): void {
    this.#bytes -= this.#rows.get(partitionId)?.data.length ?? 0
    this.#rows.delete(partitionId)
  }
}
