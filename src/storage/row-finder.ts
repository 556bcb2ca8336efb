import type { Connection } from './database.ts'
import { idsOpenMax, type Stretch, stretchTable } from './stretch-table.ts'

/** Where a row is. */
export interface RowPlace {
  readonly id: number
  readonly baseOffset: number
}

interface IdRange {
  readonly firstId: number
  readonly lastId: number
}

/** Most readers want a few rows only. */
const rowsPerLook = 32

/**
 * Finds the rows of a partition by offset: through its stretches, and behind the last of them in the newest ids. Costs a
 * lookup for the stretch and one for each bucket of ids that the stretch touches, mostly one, at most 17.
 */
export class RowFinder {
  readonly #stretches
  readonly #lastUptoInBucket
  readonly #fromInBucket
  readonly #lastOffset
  readonly #newestId

  constructor(database: Connection) {
    this.#stretches = stretchTable(database)
    this.#lastUptoInBucket = database.prepare(`
      SELECT id, base_offset AS baseOffset FROM batch INDEXED BY batch_of_bucket
      WHERE id >> 10 = ? AND partition_id = ? AND base_offset <= ? ORDER BY base_offset DESC LIMIT 1
    `)
    this.#fromInBucket = database.prepare(`
      SELECT id, base_offset AS baseOffset FROM batch INDEXED BY batch_of_bucket
      WHERE id >> 10 = ? AND partition_id = ? AND base_offset >= ? ORDER BY base_offset LIMIT ${rowsPerLook}
    `)
    this.#lastOffset = database.prepare('SELECT last_offset FROM batch WHERE id = ?').pluck()
    this.#newestId = database.prepare('SELECT max(id) FROM batch').pluck()
  }

  /** The row that holds `offset`; else the offset itself, at which to look for the next row. */
  startingAt(partitionId: number, offset: number): number {
    const row = this.#lastUpto(partitionId, offset)
    return row && Number(this.#lastOffset.get(row.id)) >= offset ? row.baseOffset : offset
  }

  /** The rows that begin at or above `offset`, in order. */
  *from(partitionId: number, offset: number): Generator<RowPlace, void, void> {
    const first = this.#stretches.upto(partitionId, offset)
    let stretch = first && first.lastOffset >= offset ? first : this.#stretches.after(partitionId, offset)
    for (; stretch; stretch = this.#stretches.after(partitionId, stretch.baseOffset)) {
      yield* this.inStretch(stretch, partitionId, offset)
    }
    yield* this.open(partitionId, offset)
  }

  /** The rows of one stretch that begin at or above `offset`, in order. */
  inStretch(stretch: Stretch, partitionId: number, offset: number): Generator<RowPlace, void, void> {
    return this.#fromIn(stretch, partitionId, offset)
  }

  /** The rows behind the newest stretch that begin at or above `offset`, in order. */
  open(partitionId: number, offset: number): Generator<RowPlace, void, void> {
    return this.#fromIn(this.#openIds(this.#stretches.newest(partitionId)), partitionId, offset)
  }

  /** The rows behind the newest stretch with ids from `firstId` to the newest, in order. */
  openSince(partitionId: number, firstId: number): Generator<RowPlace, void, void> {
    const stretched = this.#stretches.newest(partitionId)?.lastId ?? 0
    const ids = { firstId: Math.max(firstId, stretched + 1), lastId: this.#lastId() }
    return this.#fromIn(ids, partitionId, 0)
  }

  /** The last row that begins at or below `offset`. */
  #lastUpto(partitionId: number, offset: number): RowPlace | undefined {
    const newest = this.#stretches.newest(partitionId)
    if (!newest || newest.lastOffset < offset) {
      const open = this.#lastUptoIn(this.#openIds(newest), partitionId, offset)
      if (open) return open
    }
    const stretch = this.#stretches.upto(partitionId, offset)
    return stretch && this.#lastUptoIn(stretch, partitionId, offset)
  }

  #lastUptoIn({ firstId, lastId }: IdRange, partitionId: number, offset: number): RowPlace | undefined {
    for (let bucket = bucketOf(lastId); bucket >= bucketOf(firstId); bucket--) {
      const row = this.#lastUptoInBucket.get(bucket, partitionId, offset) as RowPlace | undefined
      if (row) return row
    }
    return undefined
  }

  *#fromIn({ firstId, lastId }: IdRange, partitionId: number, offset: number): Generator<RowPlace, void, void> {
    let next = offset
    for (let bucket = bucketOf(firstId); bucket <= bucketOf(lastId); ) {
      const rows = this.#fromInBucket.all(bucket, partitionId, next) as RowPlace[]
      for (const row of rows) {
        // A bucket may hold rows of the stretches before and after as well.
        if (row.id >= firstId && row.id <= lastId) yield row
      }
      if (rows.length < rowsPerLook) bucket++
      else next = rows.at(-1)!.baseOffset + 1
    }
  }

  /** The ids in which rows behind the newest stretch can be. */
  #openIds(newest: Stretch | undefined): IdRange {
    const lastId = this.#lastId()
    return { firstId: Math.max((newest?.lastId ?? 0) + 1, lastId - idsOpenMax), lastId }
  }

  #lastId(): number {
    return Number(this.#newestId.get() ?? 0)
  }
}

/** The newest row of each partition among the newest ids: nearly all that were appended to lately. */
export function newestRowIds(database: Connection): Map<number, number> {
  return idsOfOpenRows(database, 'max')
}

/** The first of the newest ids that each partition has rows in. */
export function oldestOpenRowIds(database: Connection): Map<number, number> {
  return idsOfOpenRows(database, 'min')
}

function idsOfOpenRows(database: Connection, which: 'min' | 'max'): Map<number, number> {
  const lastId = Number(database.prepare('SELECT max(id) FROM batch').pluck().get() ?? 0)
  const rows = database
    .prepare(`
      SELECT partition_id, ${which}(id) FROM batch INDEXED BY batch_of_bucket WHERE id >> 10 >= ?
      GROUP BY partition_id ORDER BY 2
    `)
    .raw()
    .all(bucketOf(Math.max(0, lastId - idsOpenMax)))
  return new Map(rows as [number, number][])
}

/** As in the index: 1024 ids a bucket. */
function bucketOf(id: number): number {
  return Math.floor(id / 1024)
}
