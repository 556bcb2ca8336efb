import type { Worker } from 'node:worker_threads'
import { spawnWorker } from '../base/threads.ts'
import type { CompactionReply, OpenCompaction } from './compaction-worker.ts'
import type { CompactionAnswer, CompactionQuery } from './compactor.ts'

/**
 * The main thread's side of the compaction worker. It runs from the beginning of a run to its end only: a node that compacts
 * nothing has no such thread.
 */
export class CompactionThread {
  readonly #file: string
  #worker: Worker | undefined
  #asked: PromiseWithResolvers<CompactionAnswer> | undefined

  constructor(file: string) {
    this.#file = file
  }

  /** One query at a time. */
  async ask(query: CompactionQuery): Promise<CompactionAnswer> {
    if (query.kind === 'end') {
      await this.close()
      return undefined
    }
    const worker = this.#worker ?? this.#start()
    this.#asked = Promise.withResolvers<CompactionAnswer>()
    worker.postMessage(query)
    return this.#asked.promise
  }

  async close(): Promise<void> {
    const worker = this.#worker
    if (!worker) return
    this.#worker = undefined
    await new Promise<void>(resolve => {
      worker.once('exit', () => resolve())
      worker.postMessage('close')
    })
  }

  #start(): Worker {
    const worker = spawnWorker('compaction-worker')
    worker.on('message', (reply: CompactionReply) => this.#answered(reply))
    worker.on('error', error => this.#asked?.reject(error))
    worker.on('exit', () => this.#asked?.reject(new Error('the compaction thread has ended')))
    const open: OpenCompaction = { file: this.#file }
    worker.postMessage(open)
    this.#worker = worker
    return worker
  }

  #answered(reply: CompactionReply): void {
    if ('answer' in reply) this.#asked?.resolve(reply.answer)
    else this.#asked?.reject(Object.assign(new Error(reply.error.message), { code: reply.error.code }))
  }
}
