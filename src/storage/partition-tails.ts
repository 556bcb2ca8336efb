import type { Connection } from './database.ts'
import { oldestOpenRowIds, RowFinder } from './row-finder.ts'
import { idsOpenMax, stretchBytes, stretchRows, stretchTable } from './stretch-table.ts'

export interface WrittenRow {
  readonly id: number
  readonly baseOffset: number
  readonly lastOffset: number
  readonly maxTimestamp: number
  readonly bytes: number
}

/** The end of a partition: the rows of its open stretch, summed up. */
interface Tail {
  position: number
  rows: number
  bytes: number
  baseOffset: number
  lastOffset: number
  maxTimestamp: number
  firstId: number
  lastId: number
}

/**
 * What the writer remembers of the partitions that are appended to, read from the database when a partition is first
 * appended to. Stores a stretch when it is complete.
 */
export class PartitionTails {
  readonly #partitionExists
  readonly #rowById
  readonly #finder
  readonly #stretches
  readonly #tails = new Map<number, Tail>()
  /** The first id of each open stretch, or one before it, in ascending order. */
  readonly #open: Map<number, number>

  constructor(database: Connection) {
    this.#partitionExists = database.prepare('SELECT 1 FROM partition WHERE partition_id = ?').pluck()
    this.#rowById = database.prepare(`
      SELECT id, base_offset AS baseOffset, last_offset AS lastOffset, max_timestamp AS maxTimestamp, position,
             length(data) AS bytes
      FROM batch WHERE id = ?
    `)
    this.#finder = new RowFinder(database)
    this.#stretches = stretchTable(database)
    this.#open = oldestOpenRowIds(database)
  }

  /** The bytes of the partition so far; undefined if there is no such partition. */
  position(partitionId: number): number | undefined {
    return this.#tail(partitionId)?.position
  }

  /** Counts a row that was just written. */
  add(partitionId: number, row: WrittenRow): void {
    const tail = this.#tail(partitionId)
    if (!tail) return
    if (tail.rows === 0) {
      // Set anew, a key goes to the end of the order.
      this.#open.delete(partitionId)
      this.#open.set(partitionId, row.id)
    }
    count(tail, row)
    if (tail.bytes >= stretchBytes || tail.rows >= stretchRows) this.#close(partitionId, tail)
  }

  /** Stores the stretches that began too far behind `newestId`; to be called in every transaction with new rows. */
  closeStale(newestId: number): void {
    for (const [partitionId, firstId] of this.#open) {
      if (firstId > newestId - idsOpenMax) break
      const tail = this.#tail(partitionId)
      if (tail && tail.rows > 0) this.#close(partitionId, tail)
      else this.#open.delete(partitionId)
    }
  }

  /** Stores the open stretch as it is; nothing if it has no rows. */
  close(partitionId: number): void {
    const tail = this.#tail(partitionId)
    if (tail && tail.rows > 0) this.#close(partitionId, tail)
  }

  /** The partition is deleted, or will be looked up anew. */
  forget(partitionId: number): void {
    this.#tails.delete(partitionId)
    this.#open.delete(partitionId)
  }

  #close(partitionId: number, tail: Tail): void {
    this.#stretches.insert(partitionId, { ...tail, endPosition: tail.position, removedBytes: 0 })
    this.#tails.set(partitionId, emptyTail(tail.position))
    this.#open.delete(partitionId)
  }

  #tail(partitionId: number): Tail | undefined {
    const known = this.#tails.get(partitionId)
    if (known) return known
    if (this.#partitionExists.get(partitionId) === undefined) return undefined
    const tail = emptyTail(this.#stretches.newest(partitionId)?.endPosition ?? 0)
    const firstId = this.#open.get(partitionId)
    if (firstId !== undefined) this.#countOpenRows(partitionId, firstId, tail)
    this.#tails.set(partitionId, tail)
    return tail
  }

  #countOpenRows(partitionId: number, firstId: number, tail: Tail): void {
    for (const { id } of this.#finder.openSince(partitionId, firstId)) {
      const row = this.#rowById.get(id) as WrittenRow & { readonly position: number }
      tail.position = row.position
      count(tail, row)
    }
  }
}

function count(tail: Tail, row: WrittenRow): void {
  if (tail.rows === 0) {
    tail.baseOffset = row.baseOffset
    tail.firstId = row.id
  }
  tail.lastOffset = row.lastOffset
  tail.lastId = row.id
  tail.maxTimestamp = Math.max(tail.maxTimestamp, row.maxTimestamp)
  tail.bytes += row.bytes
  tail.position += row.bytes
  tail.rows++
}

function emptyTail(position: number): Tail {
  return {
    position,
    rows: 0,
    bytes: 0,
    baseOffset: -1,
    lastOffset: -1,
    maxTimestamp: Number.MIN_SAFE_INTEGER,
    firstId: -1,
    lastId: -1,
  }
}
