import type { Worker } from 'node:worker_threads'
import { PagePool, pageBytes, release, retain } from '../base/page-pool.ts'
import { spawnWorker } from '../base/threads.ts'
import type { RowSummary, StoredRow } from './log-reader.ts'
import type { OpenReader, ReadAnswer, ReadRequest, ReadRow } from './reader-worker.ts'
import type { RowQuery } from './row-queries.ts'

type Rows = StoredRow[] | RowSummary[]

interface Asked extends PromiseWithResolvers<Rows> {
  /** Where the worker puts the batches. */
  readonly into: Buffer | undefined
}

/** What is being read and sent lies in memory that is used again; beyond this, in memory of its own. */
const readPagesBytes = 32 * 1024 * 1024

/** The main thread's side of the reader worker. */
export class ReaderThread {
  readonly worker: Worker
  readonly #pages = new PagePool(readPagesBytes)
  readonly #pending = new Map<number, Asked>()
  #lastId = 0

  constructor(file: string) {
    this.worker = spawnWorker('reader-worker')
    this.worker.on('message', (answer: ReadAnswer) => this.#answered(answer))
    this.worker.on('exit', () => {
      for (const asked of this.#pending.values()) {
        if (asked.into) release(asked.into)
        asked.reject(new Error('the reader thread has ended'))
      }
      this.#pending.clear()
    })
    const open: OpenReader = { file }
    this.worker.postMessage(open)
  }

  ask(query: RowQuery): Promise<Rows> {
    const id = ++this.#lastId
    const into = query.kind === 'rows' ? this.#pages.tryTake(Math.min(query.maxBytes, pageBytes)) : undefined
    const asked: Asked = { ...Promise.withResolvers<Rows>(), into }
    this.#pending.set(id, asked)
    // What does not fit into it would be read in vain.
    const fitting = into && query.kind === 'rows' ? { ...query, maxBytes: into.length } : query
    const request: ReadRequest = { id, query: fitting, into }
    this.worker.postMessage(request)
    return asked.promise
  }

  #answered(answer: ReadAnswer): void {
    const asked = this.#pending.get(answer.id)
    if (!asked) return
    this.#pending.delete(answer.id)
    const { into } = asked
    if ('rows' in answer) asked.resolve(answer.rows.map(row => withBatches(row, into)) as Rows)
    else asked.reject(Object.assign(new Error(answer.error.message), { code: answer.error.code }))
    if (!into) return
    this.#pages.shorten(into, 'rows' in answer ? endOf(answer.rows) : 0)
    release(into)
  }
}

/** Rows with their bytes as buffers, each with one use. */
function withBatches(row: ReadRow, into: Buffer | undefined): StoredRow | RowSummary {
  if ('start' in row) {
    const data = into!.subarray(row.start, row.end)
    retain(data)
    return { baseOffset: row.baseOffset, lastOffset: row.lastOffset, data }
  }
  if (!('data' in row)) return row
  // A message turns a Buffer into a plain Uint8Array over the same bytes.
  return { ...row, data: Buffer.from(row.data.buffer, row.data.byteOffset, row.data.byteLength) }
}

/** The end of what was put into the memory of a request. */
function endOf(rows: readonly ReadRow[]): number {
  const last = rows.at(-1)
  return last && 'start' in last ? last.end : 0
}
