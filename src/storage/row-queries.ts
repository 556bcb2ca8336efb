import type { Connection } from './database.ts'
import type { RowSummary, StoredRow } from './log-reader.ts'
import { timeLookup } from './time-index.ts'

/** A read transaction of this size takes some milliseconds; longer ones would keep the WAL from being reused. */
export const readBytesMax = 8 * 1024 * 1024
const readRowsMax = 1024

/** What a `LogReader` asks, as plain data that can be sent to the reader worker. */
export type RowQuery =
  | { readonly kind: 'rows'; readonly partitionId: number; readonly offset: number; readonly maxBytes: number }
  | { readonly kind: 'summaries'; readonly partitionId: number; readonly fromOffset: number; readonly limit: number }
  | {
      readonly kind: 'rowAtTimestamp'
      readonly partitionId: number
      readonly fromOffset: number
      readonly timestamp: number
    }
  | { readonly kind: 'maxTimestampRow'; readonly partitionId: number; readonly fromOffset: number }

/** The queries of a `LogReader` on one connection, each in one read transaction that ends before it returns. */
export function rowQueries(database: Connection) {
  const { rowHolding, summaries, rowSizes, rows } = statements(database)
  const times = timeLookup(database)

  /** Base offset of the row that holds `offset`, else of the next one. */
  const startingAt = (partitionId: number, offset: number): number => {
    const row = rowHolding.get(partitionId, offset) as { baseOffset: number; lastOffset: number } | undefined
    return row && row.lastOffset >= offset ? row.baseOffset : offset
  }

  const readRows = (partitionId: number, offset: number, maxBytes: number): StoredRow[] => {
    const sizes = rowSizes.all(partitionId, startingAt(partitionId, offset), readRowsMax)
    const bytesMax = Math.min(maxBytes, readBytesMax)
    let bytes = 0
    let count = 0
    for (const row of sizes as { baseOffset: number; bytes: number }[]) {
      if (count > 0 && bytes + row.bytes > bytesMax) break
      bytes += row.bytes
      count++
    }
    const [first, last] = [sizes[0], sizes[count - 1]] as ({ baseOffset: number } | undefined)[]
    return first && last ? (rows.all(partitionId, first.baseOffset, last.baseOffset) as StoredRow[]) : []
  }

  const rowAt = (partitionId: number, baseOffset: number | undefined): StoredRow | undefined =>
    baseOffset === undefined ? undefined : (rows.get(partitionId, baseOffset, baseOffset) as StoredRow)

  const answer = (query: RowQuery): StoredRow[] | RowSummary[] => {
    const { partitionId } = query
    switch (query.kind) {
      case 'rows':
        return readRows(partitionId, query.offset, query.maxBytes)
      case 'summaries':
        return summaries.all(partitionId, startingAt(partitionId, query.fromOffset), query.limit) as RowSummary[]
      case 'rowAtTimestamp': {
        const from = startingAt(partitionId, query.fromOffset)
        const row = rowAt(partitionId, times.firstAtOrAbove(partitionId, from, query.timestamp))
        return row ? [row] : []
      }
      case 'maxTimestampRow': {
        const row = rowAt(partitionId, times.firstAtMaximum(partitionId, startingAt(partitionId, query.fromOffset)))
        return row ? [row] : []
      }
    }
  }
  return database.transaction(answer).deferred
}

function statements(database: Connection) {
  return {
    rowHolding: database.prepare(`
      SELECT base_offset AS baseOffset, last_offset AS lastOffset FROM batch
      WHERE partition_id = ? AND base_offset <= ? ORDER BY base_offset DESC LIMIT 1
    `),
    summaries: database.prepare(`
      SELECT base_offset AS baseOffset, last_offset AS lastOffset, max_timestamp AS maxTimestamp,
             leader_epoch AS leaderEpoch, position, length(data) AS bytes
      FROM batch WHERE partition_id = ? AND base_offset >= ? ORDER BY base_offset LIMIT ?
    `),
    rowSizes: database.prepare(`
      SELECT base_offset AS baseOffset, length(data) AS bytes FROM batch
      WHERE partition_id = ? AND base_offset >= ? ORDER BY base_offset LIMIT ?
    `),
    rows: database.prepare(`
      SELECT base_offset AS baseOffset, last_offset AS lastOffset, data FROM batch
      WHERE partition_id = ? AND base_offset BETWEEN ? AND ? ORDER BY base_offset
    `),
  }
}
