// The thread that reads batches that are no longer in memory.
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
}

export type ReadAnswer =
  | { readonly id: number; readonly rows: StoredRow[] | RowSummary[] }
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
    const { id, query } = request
    try {
      const rows = answer(query)
      // The bytes move to the main thread without a copy: each row's buffer has memory of its own.
      parentPort!.postMessage(
        { id, rows } satisfies ReadAnswer,
        rows.flatMap(row => ('data' in row ? [row.data.buffer as ArrayBuffer] : [])),
      )
    } catch (error) {
      const { message, code = '' } = error as { message: string; code?: string }
      parentPort!.postMessage({ id, error: { message, code } } satisfies ReadAnswer)
    }
  })
})
