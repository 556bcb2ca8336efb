import type { Connection } from './database.ts'
import { RowFinder, type RowPlace } from './row-finder.ts'
import { stretchTable } from './stretch-table.ts'

// An index on the timestamp of every row would cost 15 % of the throughput (DESIGN.md). Instead a lookup walks over the
// stretches (a terabyte has a quarter of a million) and then over the rows of one.

/** Finds rows by time. Offsets are those at which rows begin. */
export function timeLookup(database: Connection) {
  const stretches = stretchTable(database)
  const finder = new RowFinder(database)
  const timestampOf = database.prepare('SELECT max_timestamp FROM batch WHERE id = ?').pluck()

  const firstOf = (rows: Iterable<RowPlace>, timestamp: number): RowPlace | undefined => {
    for (const row of rows) {
      if (Number(timestampOf.get(row.id)) >= timestamp) return row
    }
    return undefined
  }

  const highestOf = (rows: Iterable<RowPlace>): number => {
    let highest = Number.NEGATIVE_INFINITY
    for (const row of rows) highest = Math.max(highest, Number(timestampOf.get(row.id)))
    return highest
  }

  /** The rows from `from` on that are in the stretch where `from` is: it need not count as a whole. */
  const around = (partitionId: number, from: number): Iterable<RowPlace> => {
    const stretch = stretches.upto(partitionId, from)
    return stretch && stretch.lastOffset >= from ? finder.inStretch(stretch, partitionId, from) : []
  }

  /** The first row, at or above `from`, with a record of time >= `timestamp`. */
  const firstAtOrAbove = (partitionId: number, from: number, timestamp: number): RowPlace | undefined => {
    const near = firstOf(around(partitionId, from), timestamp)
    if (near) return near
    // A stretch that begins behind `from` is whole: nothing is trimmed from the middle of a partition.
    const stretch = stretches.afterWithTime(partitionId, from, timestamp)
    return firstOf(stretch ? finder.inStretch(stretch, partitionId, from) : finder.open(partitionId, from), timestamp)
  }

  return {
    firstAtOrAbove,

    /** The first of the rows with the highest timestamp, at or above `from`. */
    firstAtMaximum(partitionId: number, from: number): RowPlace | undefined {
      const highest = Math.max(
        highestOf(around(partitionId, from)),
        stretches.highestAfter(partitionId, from) ?? Number.NEGATIVE_INFINITY,
        highestOf(finder.open(partitionId, from)),
      )
      return Number.isFinite(highest) ? firstAtOrAbove(partitionId, from, highest) : undefined
    },
  }
}
