import type { Worker } from 'node:worker_threads'
import { spawnWorker } from '../base/threads.ts'
import type { RowSummary, StoredRow } from './log-reader.ts'
import type { OpenReader, ReadAnswer, ReadRequest } from './reader-worker.ts'
import type { RowQuery } from './row-queries.ts'

type Rows = StoredRow[] | RowSummary[]

/** The main thread's side of the reader worker. */
export class ReaderThread {
  readonly worker: Worker
  readonly #pending = new Map<number, PromiseWithResolvers<Rows>>()
  #lastId = 0

  constructor(file: string) {
    this.worker = spawnWorker('reader-worker')
    this.worker.on('message', (answer: ReadAnswer) => this.#answered(answer))
    this.worker.on('exit', () => {
      for (const asked of this.#pending.values()) asked.reject(new Error('the reader thread has ended'))
      this.#pending.clear()
    })
    const open: OpenReader = { file }
    this.worker.postMessage(open)
  }

  ask(query: RowQuery): Promise<Rows> {
    const id = ++this.#lastId
    const asked = Promise.withResolvers<Rows>()
    this.#pending.set(id, asked)
    const request: ReadRequest = { id, query }
    this.worker.postMessage(request)
    return asked.promise
  }

  #answered(answer: ReadAnswer): void {
    const asked = this.#pending.get(answer.id)
    this.#pending.delete(answer.id)
    if ('rows' in answer) asked?.resolve(answer.rows.map(asBuffer) as Rows)
    else asked?.reject(Object.assign(new Error(answer.error.message), { code: answer.error.code }))
  }
}

/** A message turns a Buffer into a plain Uint8Array over the same bytes. */
function asBuffer(row: StoredRow | RowSummary): StoredRow | RowSummary {
  if (!('data' in row)) return row
  return { ...row, data: Buffer.from(row.data.buffer, row.data.byteOffset, row.data.byteLength) }
}
