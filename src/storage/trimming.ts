import { compactionTable } from './compaction-table.ts'
import type { Connection } from './database.ts'
import { nodeTables } from './node-tables.ts'
import { RowFinder, type RowPlace } from './row-finder.ts'
import { stretchTable } from './stretch-table.ts'
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

interface RowExtent {
  readonly lastOffset: number
  readonly bytes: number
}

type RowBetween = readonly [id: number, partitionId: number, lastOffset: number, bytes: number]

/** What a step has left to remove, and how far it came in each partition. */
interface Step {
  rows: number
  bytes: number
  readonly removedUpto: Map<number, number>
}

/** Partitions that are at work at the same time; the others wait. */
const partitionsAtOnce = 1024
/** Rows of so many ids go before those of the next ones, more of them as long as all may go. */
const idsAtOnce = { min: 16, max: 128 } as const

/**
 * Removes rows below the log start and those of deleted partitions, in steps that ride in commits, so that no transaction
 * gets large. The oldest rows go first, whosever they are: rows lie in the order of their ids, so those that share a page
 * go together, and it is written once. One partition after the other, each page was written once for each of them.
 */
export class Trimmer {
  readonly #finder
  readonly #extent
  readonly #deleteRow
  readonly #between
  readonly #deleteBetween
  readonly #stretches
  readonly #topics
  readonly #node
  readonly #compactions
  /** Offsets up to which partitions are to be trimmed. */
  readonly #trims = new Map<number, number>()
  /** Those of them that are at work. */
  readonly #oldest = new Map<number, OldestRows>()
  /** Where the rows end that went together; those behind them may be next. */
  #goneUpto: number | undefined
  #idsAtOnce: number = idsAtOnce.min

  constructor(database: Connection, trims: readonly Trim[]) {
    this.#finder = new RowFinder(database)
    this.#extent = database.prepare('SELECT last_offset AS lastOffset, length(data) AS bytes FROM batch WHERE id = ?')
    this.#deleteRow = database.prepare('DELETE FROM batch WHERE id = ?')
    this.#between = database
      .prepare('SELECT id, partition_id, last_offset, length(data) FROM batch WHERE id >= ? AND id < ? ORDER BY id')
      .raw()
    this.#deleteBetween = database.prepare('DELETE FROM batch WHERE id >= ? AND id < ?')
    this.#stretches = stretchTable(database)
    this.#topics = topicTables(database)
    this.#node = nodeTables(database)
    this.#compactions = compactionTable(database)
    for (const trim of trims) this.request(trim)
  }

  /** Whether there is something to remove. */
  get pending(): boolean {
    return this.#trims.size > 0
  }

  request({ partitionId, beforeOffset }: Trim): void {
    this.#trims.set(partitionId, Math.max(beforeOffset, this.#trims.get(partitionId) ?? 0))
  }

  /** Removes what the budget allows; to be called inside a transaction. */
  step(budget: TrimBudget): void {
    const step: Step = { ...budget, removedUpto: new Map() }
    while (this.pending && step.rows > 0 && step.bytes > 0) {
      this.#takeUp()
      if (!this.#trimTogether(step)) this.#trimEach(step)
    }
    for (const [partitionId, lastOffset] of step.removedUpto) this.#stretches.deleteUpto(partitionId, lastOffset)
  }

  /** Lets waiting partitions go to work. */
  #takeUp(): void {
    const count = Math.min(this.#trims.size, partitionsAtOnce)
    if (this.#oldest.size >= count) return
    for (const partitionId of this.#trims.keys()) {
      if (!this.#oldest.has(partitionId)) this.#oldest.set(partitionId, new OldestRows(this.#finder, partitionId))
      if (this.#oldest.size >= count) return
    }
  }

  #oldestId(): number {
    let oldest = Number.POSITIVE_INFINITY
    for (const { next } of this.#oldest.values()) if (next && next.id < oldest) oldest = next.id
    return oldest
  }

  /** Removes rows that follow each other, in one go. Returns false if the first one stays: then it is for `trimEach`. */
  #trimTogether(step: Step): boolean {
    const fromId = this.#goneUpto ?? this.#oldestId()
    const beforeId = fromId + Math.min(this.#idsAtOnce, step.rows)
    const rows = this.#between.all(fromId, beforeId) as RowBetween[]
    let count = 0
    for (const [id, partitionId, lastOffset, bytes] of rows) {
      if (step.bytes <= 0) break
      const oldest = this.#oldest.get(partitionId)
      if (!oldest || lastOffset >= this.#trims.get(partitionId)!) break
      oldest.passUpto(id)
      step.removedUpto.set(partitionId, lastOffset)
      step.rows--
      step.bytes -= bytes
      count++
    }
    const last = rows[count - 1]
    this.#idsAtOnce = last ? Math.min(2 * this.#idsAtOnce, idsAtOnce.max) : idsAtOnce.min
    this.#goneUpto = last && last[0] + 1
    if (last) this.#deleteBetween.run(fromId, last[0] + 1)
    return last !== undefined
  }

  /** Removes the oldest rows of each partition, as far as the budget goes. */
  #trimEach(step: Step): void {
    const beforeId = this.#oldestId() + idsAtOnce.max
    for (const rows of this.#oldest.values()) if (!this.#trim(rows, beforeId, step)) return
  }

  /** Removes a partition's rows as far as they have ids below `beforeId`. Returns false when the budget is used up. */
  #trim(rows: OldestRows, beforeId: number, step: Step): boolean {
    const { partitionId } = rows
    const beforeOffset = this.#trims.get(partitionId)!
    for (;;) {
      const { next } = rows
      const row = next && (this.#extent.get(next.id) as RowExtent | undefined)
      if (next && !row) {
        // Compaction has put another row in its place.
        rows.forget()
        continue
      }
      if (!next || !row || row.lastOffset >= beforeOffset) {
        this.#finish(partitionId, beforeOffset)
        return true
      }
      if (next.id >= beforeId) return true
      if (step.rows <= 0 || step.bytes <= 0) return false
      this.#deleteRow.run(next.id)
      rows.pass()
      step.removedUpto.set(partitionId, row.lastOffset)
      step.rows--
      step.bytes -= row.bytes
    }
  }

  #finish(partitionId: number, beforeOffset: number): void {
    this.#trims.delete(partitionId)
    this.#oldest.delete(partitionId)
    if (beforeOffset !== everything) return
    this.#stretches.deleteUpto(partitionId, everything)
    this.#node.forgetProducers(partitionId)
    this.#compactions.forget(partitionId)
    this.#topics.purged(partitionId)
  }
}

/** The oldest rows of a partition, looked up some at a time. Who looks past one must have removed it. */
class OldestRows {
  static readonly #rowsPerLook = 128
  readonly partitionId: number
  readonly #finder: RowFinder
  #rows: readonly RowPlace[] = []
  #passed = 0

  constructor(finder: RowFinder, partitionId: number) {
    this.#finder = finder
    this.partitionId = partitionId
  }

  /** Undefined if the partition has no rows. */
  get next(): RowPlace | undefined {
    if (this.#passed >= this.#rows.length) {
      this.#rows = [...this.#finder.from(this.partitionId, 0).take(OldestRows.#rowsPerLook)]
      this.#passed = 0
    }
    return this.#rows[this.#passed]
  }

  pass(): void {
    this.#passed++
  }

  passUpto(id: number): void {
    while (this.#passed < this.#rows.length && this.#rows[this.#passed]!.id <= id) this.#passed++
  }

  forget(): void {
    this.#rows = []
  }
}
