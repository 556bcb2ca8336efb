import { storageError } from './database.ts'
import type { RowQuery } from './row-queries.ts'

/** A stored row: whole batches of one partition with ascending offsets, verbatim, one behind the other. */
export interface StoredRow {
  readonly baseOffset: number
  readonly lastOffset: number
  readonly data: Buffer
}

/** A row without its batches. */
export interface RowSummary {
  readonly baseOffset: number
  readonly lastOffset: number
  readonly maxTimestamp: number
  readonly leaderEpoch: number
  /** Bytes of the partition before this row, counted from some earlier row: only differences mean something. */
  readonly position: number
  readonly bytes: number
}

/**
 * Reads committed batches. Every call is one short read transaction. Rejects with `StorageError` when the disk refuses.
 */
export interface LogReader {
  /**
   * Rows in order, from the one that holds `offset`, or else the next one after it. Stops before exceeding `maxBytes`
   * (or 8 MiB, whichever is less), but never before the first row. Empty at the end of the log. Their bytes may lie in
   * memory of a page pool, with one use each: who is done with them has to `release` them.
   */
  readRows(query: {
    readonly partitionId: number
    readonly offset: number
    readonly maxBytes: number
  }): Promise<StoredRow[]>
  /** Up to `limit` rows in order, from the one that holds `fromOffset` (default: the oldest). Reads no batches. */
  oldestRows(query: {
    readonly partitionId: number
    readonly limit: number
    readonly fromOffset?: number
  }): Promise<RowSummary[]>
  /**
   * The same, but about 4 MiB of rows summed up as if they were one, and without the newest ones, fewer than that. The highest
   * time may be that of a row in front of the first one.
   */
  oldestStretches(query: {
    readonly partitionId: number
    readonly limit: number
    readonly fromOffset: number
  }): Promise<RowSummary[]>
  /** The first row, at or after the one that holds `fromOffset`, with a record of time >= `timestamp`. */
  rowAtTimestamp(query: {
    readonly partitionId: number
    readonly timestamp: number
    readonly fromOffset: number
  }): Promise<StoredRow | undefined>
  /** The first of the rows, at or after the one that holds `fromOffset`, with the highest timestamp. */
  maxTimestampRow(query: { readonly partitionId: number; readonly fromOffset: number }): Promise<StoredRow | undefined>
}

/** Puts a `RowQuery` to a connection, here or in the reader worker. */
export type AnswerRows = (query: RowQuery) => Promise<StoredRow[] | RowSummary[]>

/** The reader over whatever answers its queries. */
export function logReader(answer: AnswerRows): LogReader {
  const ask = async (query: RowQuery): Promise<StoredRow[] | RowSummary[]> => {
    try {
      return await answer(query)
    } catch (error) {
      throw storageError(error, 'cannot read the log')
    }
  }
  const firstRow = async (query: RowQuery): Promise<StoredRow | undefined> => ((await ask(query)) as StoredRow[])[0]
  return {
    readRows: query => ask({ kind: 'rows', ...query }) as Promise<StoredRow[]>,
    oldestRows: ({ partitionId, limit, fromOffset = 0 }) =>
      ask({ kind: 'summaries', partitionId, limit, fromOffset }) as Promise<RowSummary[]>,
    oldestStretches: query => ask({ kind: 'stretches', ...query }) as Promise<RowSummary[]>,
    rowAtTimestamp: query => firstRow({ kind: 'rowAtTimestamp', ...query }),
    maxTimestampRow: query => firstRow({ kind: 'maxTimestampRow', ...query }),
  }
}
