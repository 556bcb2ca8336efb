import type { Connection } from './database.ts'
import type { RowSummary, StoredRow } from './log-reader.ts'
import { RowFinder, type RowPlace } from './row-finder.ts'
import { stretchSummaries } from './stretch-summaries.ts'
import { removedBytesQuery } from './stretch-table.ts'
import { timeLookup } from './time-lookup.ts'

/** A read transaction of this size takes some milliseconds; longer ones would keep the WAL from being reused. */
export const readBytesMax = 8 * 1024 * 1024
const readRowsMax = 1024

/** What a `LogReader` asks, as plain data that can be sent to the reader worker. */
export type RowQuery =
  | { readonly kind: 'rows'; readonly partitionId: number; readonly offset: number; readonly maxBytes: number }
  | {
      readonly kind: 'summaries' | 'stretches'
      readonly partitionId: number
      readonly fromOffset: number
      readonly limit: number
    }
  | {
      readonly kind: 'rowAtTimestamp'
      readonly partitionId: number
      readonly fromOffset: number
      readonly timestamp: number
    }
  | { readonly kind: 'maxTimestampRow'; readonly partitionId: number; readonly fromOffset: number }

/** The queries of a `LogReader` on one connection, each in one read transaction that ends before it returns. */
export function rowQueries(database: Connection) {
  const finder = new RowFinder(database)
  const times = timeLookup(database)
  const removedBytes = removedBytesQuery(database)
  const readStretches = stretchSummaries(database)
  const sizeOf = database.prepare('SELECT length(data) FROM batch WHERE id = ?').pluck()
  const rowById = database.prepare(`
    SELECT base_offset AS baseOffset, last_offset AS lastOffset, data FROM batch WHERE id = ?
  `)
  const summaryById = database.prepare(`
    SELECT base_offset AS baseOffset, last_offset AS lastOffset, max_timestamp AS maxTimestamp,
           leader_epoch AS leaderEpoch, position, length(data) AS bytes
    FROM batch WHERE id = ?
  `)

  const readRows = (partitionId: number, offset: number, maxBytes: number): StoredRow[] => {
    let bytesLeft = Math.min(maxBytes, readBytesMax)
    const rows: StoredRow[] = []
    for (const { id } of finder.from(partitionId, finder.startingAt(partitionId, offset))) {
      bytesLeft -= Number(sizeOf.get(id))
      if (rows.length > 0 && (bytesLeft < 0 || rows.length === readRowsMax)) break
      rows.push(rowById.get(id) as StoredRow)
    }
    return rows
  }

  const readSummaries = (partitionId: number, fromOffset: number, limit: number): RowSummary[] => {
    const places = finder.from(partitionId, finder.startingAt(partitionId, fromOffset)).take(limit)
    let previous = -1
    let removed = 0
    return Array.from(places, ({ id }) => {
      const row = summaryById.get(id) as RowSummary
      removed += removedBytes(partitionId, { from: previous, to: row.baseOffset })
      previous = row.baseOffset
      return { ...row, position: row.position - removed }
    })
  }

  const rowAt = (place: RowPlace | undefined): StoredRow[] => (place ? [rowById.get(place.id) as StoredRow] : [])

  const answer = (query: RowQuery): StoredRow[] | RowSummary[] => {
    const { partitionId } = query
    switch (query.kind) {
      case 'rows':
        return readRows(partitionId, query.offset, query.maxBytes)
      case 'summaries':
        return readSummaries(partitionId, query.fromOffset, query.limit)
      case 'stretches':
        return readStretches(partitionId, query.fromOffset, query.limit)
      case 'rowAtTimestamp': {
        const from = finder.startingAt(partitionId, query.fromOffset)
        return rowAt(times.firstAtOrAbove(partitionId, from, query.timestamp))
      }
      case 'maxTimestampRow':
        return rowAt(times.firstAtMaximum(partitionId, finder.startingAt(partitionId, query.fromOffset)))
    }
  }
  return database.transaction(answer).deferred
}
