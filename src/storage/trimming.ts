import type { Connection } from './database.ts'
import { nodeTables } from './node-tables.ts'
import { topicTables } from './topic-tables.ts'

/** What one step may remove. The first row always goes, however large. */
export interface TrimBudget {
  readonly rows: number
  readonly bytes: number
}

/** A deleted partition is trimmed up to here. */
export const everything = Number.MAX_SAFE_INTEGER

/** Rows to remove: all of a partition's that lie wholly below an offset. */
export interface Trim {
  readonly partitionId: number
  readonly beforeOffset: number
}

interface TrimmableRow {
  readonly id: number
  readonly lastOffset: number
  readonly bytes: number
}

/**
 * Removes rows below the log start and those of deleted partitions, in steps that ride in commits, oldest first: the
 * delete is then nearly free (0.065 ms a MB), and no transaction gets large.
 */
export class Trimmer {
  readonly #oldest
  readonly #deleteRow
  readonly #deleteStretches
  readonly #topics
  readonly #node
  readonly #trims = new Map<number, number>()

  constructor(database: Connection, trims: readonly Trim[]) {
    this.#oldest = database.prepare(`
      SELECT id, last_offset AS lastOffset, length(data) AS bytes FROM batch
      WHERE partition_id = ? AND base_offset < ? ORDER BY base_offset LIMIT ?
    `)
    this.#deleteRow = database.prepare('DELETE FROM batch WHERE id = ?')
    this.#deleteStretches = database.prepare(`
      DELETE FROM time_index WHERE partition_id = ? AND base_offset <= ? AND last_offset <= ?
    `)
    this.#topics = topicTables(database)
    this.#node = nodeTables(database)
    for (const trim of trims) this.request(trim)
  }

  /** Whether there is something to remove. */
  get pending(): boolean {
    return this.#trims.size > 0
  }

  request({ partitionId, beforeOffset }: Trim): void {
    this.#trims.set(partitionId, Math.max(beforeOffset, this.#trims.get(partitionId) ?? 0))
  }

  /** Removes what the budget allows; to be called inside a transaction. Returns the bytes removed. */
  step(budget: TrimBudget): number {
    let { rows, bytes } = budget
    for (const [partitionId, beforeOffset] of this.#trims) {
      if (rows <= 0 || bytes <= 0) break
      const oldest = this.#oldest.all(partitionId, beforeOffset, rows) as TrimmableRow[]
      const below = oldest.filter(row => row.lastOffset < beforeOffset)
      let removedUpto = -1
      for (const row of below) {
        if (bytes <= 0) break
        this.#deleteRow.run(row.id)
        removedUpto = row.lastOffset
        rows--
        bytes -= row.bytes
      }
      if (removedUpto >= 0) this.#deleteStretches.run(partitionId, removedUpto, removedUpto)
      const complete = oldest.length < budget.rows && removedUpto === (below.at(-1)?.lastOffset ?? -1)
      if (complete && rows > 0) this.#finish(partitionId, beforeOffset)
    }
    return budget.bytes - bytes
  }

  #finish(partitionId: number, beforeOffset: number): void {
    this.#trims.delete(partitionId)
    if (beforeOffset !== everything) return
    this.#deleteStretches.run(partitionId, everything, everything)
    this.#node.forgetProducers(partitionId)
    this.#topics.purged(partitionId)
  }
}
