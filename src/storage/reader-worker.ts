// A thread that reads batches that are no longer in memory.
import { parentPort } from 'node:worker_threads'
import { openConnection } from './database.ts'
import type { RowSummary, StoredRow } from './log-reader.ts'
import { type RowQuery, rowQueries } from './row-queries.ts'

/** First message from the main thread. */
export interface OpenReader {
  readonly file: string
}

export interface ReadRequest {
  readonly id: number
  readonly query: RowQuery
  /** Shared memory for the batches. */
  readonly into?: Uint8Array | undefined
}

/** A row whose batches have been put into the memory of the request. */
export interface PlacedRow {
  readonly baseOffset: number
  readonly lastOffset: number
  readonly start: number
  readonly end: number
}

export type ReadRow = StoredRow | PlacedRow | RowSummary

export type ReadAnswer =
  | { readonly id: number; readonly rows: readonly ReadRow[] }
  | { readonly id: number; readonly error: { readonly message: string; readonly code: string } }

parentPort!.once('message', ({ file }: OpenReader) => {
  const database = openConnection({ file, synchronous: 'NORMAL', readOnly: true })
  const answer = rowQueries(database)
  parentPort!.on('message', (request: ReadRequest | 'close') => {
    if (request === 'close') {
      database.close()
      parentPort!.close()
      return
    }
    const { id, query, into } = request
    try {
      const read = answer(query)
      const rows = into ? placed(read, into) : read
      // What did not fit moves to the main thread without a copy: each row's buffer has memory of its own.
      const moved = rows.flatMap(row => ('data' in row ? [row.data.buffer as ArrayBuffer] : []))
      parentPort!.postMessage({ id, rows } satisfies ReadAnswer, moved)
    } catch (error) {
      const { message, code = '' } = error as { message: string; code?: string }
      parentPort!.postMessage({ id, error: { message, code } } satisfies ReadAnswer)
    }
  })
  parentPort!.postMessage('opened')
})

/**
 * Puts the batches of as many rows as there is room for into shared memory, and gives their own back at once: V8 would answer
 * every 64 MB of it with a collection of the whole heap, half of what a scan cost.
 */
function placed(rows: readonly (StoredRow | RowSummary)[], area: Uint8Array): ReadRow[] {
  // As a buffer, which copies in one go: `set` moves byte by byte into shared memory, at a tenth of the speed.
  const into = Buffer.from(area.buffer, area.byteOffset, area.byteLength)
  const results: ReadRow[] = []
  let start = 0
  for (const row of rows) {
    const end = 'data' in row ? start + row.data.length : start
    if (!('data' in row) || end > into.length) {
      // Rows in order: what does not fit is for the next read, but for the first one, without which nobody would get on.
      if (results.length === 0) results.push(row)
      break
    }
    const { baseOffset, lastOffset, data } = row
    data.copy(into, start)
    ;(data.buffer as ArrayBuffer).transfer(0)
    results.push({ baseOffset, lastOffset, start, end })
    start = end
  }
  return results
}
