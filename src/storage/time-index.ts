import type { Connection } from './database.ts'

// An index on the timestamp of every row would cost 15 % of the throughput (DESIGN.md). Instead each partition is cut
// into stretches, and only the highest timestamp of a stretch is stored, when it is complete. A lookup walks over the
// stretches (a terabyte has a million, some 20 bytes each) and then over the rows of one.
const stretchBytes = 1024 * 1024
const stretchRows = 256

/** The rows behind the last complete stretch of a partition. Not stored: it is read again from its rows after a start. */
export interface Stretch {
  /** -1 when there are no rows in it. */
  baseOffset: number
  lastOffset: number
  maxTimestamp: number
  bytes: number
  rows: number
}

interface IndexedRow {
  readonly baseOffset: number
  readonly lastOffset: number
  readonly maxTimestamp: number
  readonly bytes: number
}

/** The writing half of the index. */
export function timeIndex(database: Connection) {
  const insert = database.prepare(`
    INSERT INTO time_index (partition_id, base_offset, last_offset, max_timestamp) VALUES (?, ?, ?, ?)
  `)
  const newest = database
    .prepare('SELECT last_offset FROM time_index WHERE partition_id = ? ORDER BY base_offset DESC LIMIT 1')
    .pluck()
  const rowsAfter = database.prepare(`
    SELECT base_offset AS baseOffset, last_offset AS lastOffset, max_timestamp AS maxTimestamp, length(data) AS bytes
    FROM batch WHERE partition_id = ? AND base_offset > ? ORDER BY base_offset
  `)

  const extend = (partitionId: number, stretch: Stretch, row: IndexedRow): void => {
    if (stretch.rows === 0) stretch.baseOffset = row.baseOffset
    stretch.lastOffset = row.lastOffset
    stretch.maxTimestamp = Math.max(stretch.maxTimestamp, row.maxTimestamp)
    stretch.bytes += row.bytes
    stretch.rows++
    if (stretch.bytes < stretchBytes && stretch.rows < stretchRows) return
    insert.run(partitionId, stretch.baseOffset, stretch.lastOffset, stretch.maxTimestamp)
    Object.assign(stretch, emptyStretch())
  }

  return {
    /** Counts a row that was just written into the open stretch, and stores the stretch when that completes it. */
    extend,

    /** The stretch behind the last stored one. */
    openStretch(partitionId: number): Stretch {
      const stretch = emptyStretch()
      const indexedUpto = Number(newest.get(partitionId) ?? -1)
      for (const row of rowsAfter.all(partitionId, indexedUpto) as IndexedRow[]) extend(partitionId, stretch, row)
      return stretch
    },
  }
}

function emptyStretch(): Stretch {
  return { baseOffset: -1, lastOffset: -1, maxTimestamp: Number.MIN_SAFE_INTEGER, bytes: 0, rows: 0 }
}

/** A stretch of a partition and its highest timestamp. After trimming, its first rows may be gone. */
export interface StoredStretch {
  readonly baseOffset: number
  readonly lastOffset: number
  readonly maxTimestamp: number
}

/** The reading half of the index: finds rows by time. Offsets are those of whole rows. */
export function timeLookup(database: Connection) {
  const stretchAtOrAbove = database.prepare(`
    SELECT base_offset AS baseOffset, last_offset AS lastOffset, max_timestamp AS maxTimestamp
    FROM time_index
    WHERE partition_id = ? AND base_offset > ? AND max_timestamp >= ? ORDER BY base_offset LIMIT 1
  `)
  const lastStretch = database.prepare(`
    SELECT last_offset FROM time_index WHERE partition_id = ? ORDER BY base_offset DESC LIMIT 1
  `)
  lastStretch.pluck()
  const stretchAround = database.prepare(`
    SELECT base_offset AS baseOffset, last_offset AS lastOffset, max_timestamp AS maxTimestamp
    FROM time_index WHERE partition_id = ? AND base_offset <= ? ORDER BY base_offset DESC LIMIT 1
  `)
  const highestStretch = database
    .prepare('SELECT max(max_timestamp) FROM time_index WHERE partition_id = ? AND base_offset > ?')
    .pluck()
  const firstRow = database.prepare(`
    SELECT base_offset FROM batch
    WHERE partition_id = ? AND base_offset BETWEEN ? AND ? AND max_timestamp >= ? ORDER BY base_offset LIMIT 1
  `)
  firstRow.pluck()
  const highestRow = database
    .prepare('SELECT max(max_timestamp) FROM batch WHERE partition_id = ? AND base_offset BETWEEN ? AND ?')
    .pluck()

  const end = Number.MAX_SAFE_INTEGER
  const indexedUpto = (partitionId: number): number => Number(lastStretch.get(partitionId) ?? -1)

  /** Base offset of the first row from `fromBase` on with a timestamp of at least `timestamp`. */
  const firstAtOrAbove = (partitionId: number, fromBase: number, timestamp: number): number | undefined => {
    const inRows = (first: number, last: number): number | undefined =>
      firstRow.get(partitionId, Math.max(first, fromBase), last, timestamp) as number | undefined
    const around = stretchAround.get(partitionId, fromBase) as StoredStretch | undefined
    if (around && around.lastOffset >= fromBase) {
      const row = inRows(fromBase, around.lastOffset)
      if (row !== undefined) return row
    }
    // A stretch that begins behind `fromBase` is whole: nothing is trimmed from the middle of a partition.
    const stretch = stretchAtOrAbove.get(partitionId, fromBase, timestamp) as StoredStretch | undefined
    if (stretch) return inRows(stretch.baseOffset, stretch.lastOffset)
    return inRows(indexedUpto(partitionId) + 1, end)
  }

  return {
    firstAtOrAbove,

    /** Base offset of the first of the rows with the highest timestamp, from `fromBase` on. */
    firstAtMaximum(partitionId: number, fromBase: number): number | undefined {
      const around = stretchAround.get(partitionId, fromBase) as StoredStretch | undefined
      const candidates = [
        highestStretch.get(partitionId, fromBase),
        highestRow.get(partitionId, Math.max(fromBase, indexedUpto(partitionId) + 1), end),
        around && around.lastOffset >= fromBase ? highestRow.get(partitionId, fromBase, around.lastOffset) : null,
      ].filter(value => typeof value === 'number')
      return candidates.length === 0 ? undefined : firstAtOrAbove(partitionId, fromBase, Math.max(...candidates))
    },
  }
}
