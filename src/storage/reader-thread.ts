import type { Worker } from 'node:worker_threads'
import { type PagePool, pageBytes, release, retain } from '../base/page-pool.ts'
import { littleGarbage, spawnWorker } from '../base/threads.ts'
import type { RowSummary, StoredRow } from './log-reader.ts'
import type { OpenReader, ReadAnswer, ReadRequest, ReadRow } from './reader-worker.ts'
import type { RowQuery } from './row-queries.ts'

export type Rows = StoredRow[] | RowSummary[]

interface Asked extends PromiseWithResolvers<Rows> {
  /** Where the worker puts the batches. */
  readonly into: Buffer | undefined
}

export interface ReaderThreadOptions {
  readonly file: string
  /** Where batches are put. */
  readonly pages: PagePool
  readonly onOpened: () => void
  /** The thread has failed; what it was asked has no answer. */
  readonly onError: (error: unknown) => void
}

/** The main thread's side of a reader worker. */
export class ReaderThread {
  readonly #worker: Worker
  readonly #pages: PagePool
  readonly #pending = new Map<number, Asked>()
  #lastId = 0
  #hasEnded = false

  constructor({ file, pages, onOpened, onError }: ReaderThreadOptions) {
    this.#pages = pages
    this.#worker = spawnWorker('reader-worker', littleGarbage)
    this.#worker.on('message', (answer: ReadAnswer | 'opened') => {
      if (answer === 'opened') onOpened()
      else this.#answered(answer)
    })
    this.#worker.on('error', onError)
    this.#worker.on('exit', () => this.#ended())
    const open: OpenReader = { file }
    this.#worker.postMessage(open)
  }

  /** Queries that have not been answered. */
  get pending(): number {
    return this.#pending.size
  }

  ask(query: RowQuery): Promise<Rows> {
    const id = ++this.#lastId
    const into = query.kind === 'rows' ? this.#pages.tryTake(Math.min(query.maxBytes, pageBytes)) : undefined
    const asked: Asked = { ...Promise.withResolvers<Rows>(), into }
    this.#pending.set(id, asked)
    // What does not fit into it would be read in vain.
    const fitting = into && query.kind === 'rows' ? { ...query, maxBytes: into.length } : query
    const request: ReadRequest = { id, query: fitting, into }
    this.#worker.postMessage(request)
    return asked.promise
  }

  /** Ends the thread once it has answered. */
  async close(): Promise<void> {
    if (this.#hasEnded) return
    await new Promise<void>(resolve => {
      this.#worker.once('exit', () => resolve())
      this.#worker.postMessage('close')
    })
  }

  /** Ends the thread whatever it does. */
  async terminate(): Promise<void> {
    await this.#worker.terminate()
  }

  #ended(): void {
    this.#hasEnded = true
    for (const asked of this.#pending.values()) {
      if (asked.into) release(asked.into)
      asked.reject(new Error('the reader thread has ended'))
    }
    this.#pending.clear()
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
