import type { Worker } from 'node:worker_threads'
import { spawnWorker } from '../../base/threads.ts'
import type { ThreadHandle, ThreadReport } from '../../streams/runtime/thread-handle.ts'
import type { StoreRequest, TaskAnswer } from '../../streams/serving/running-application.ts'
import { errorOf, type WorkerEvent, type WorkerRequest, type WorkerStart } from './worker-messages.ts'

/** A thread of the application in a thread of its own. */
export class WorkerThread implements ThreadHandle {
  readonly #start: WorkerStart
  readonly #onNotice: (text: string) => void
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>()
  #worker: Worker | undefined
  #last = 0
  #stopped = false

  constructor(start: WorkerStart, onNotice: (text: string) => void) {
    this.#start = start
    this.#onNotice = onNotice
  }

  async run(): Promise<void> {
    const worker = spawnWorker('run-worker', { workerData: this.#start })
    this.#worker = worker
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    worker.on('message', (event: WorkerEvent) => {
      if (event.kind === 'note') this.#onNotice(event.text)
      else if (event.kind === 'reply') this.#reply(event)
      else if (event.failure) reject(errorOf(event.failure))
      else resolve()
    })
    worker.on('error', reject)
    worker.on('exit', () => reject(new Error('a thread of the script has ended')))
    if (this.#stopped) this.stop()
    try {
      await promise
    } finally {
      for (const { reject: giveUp } of this.#waiting.values()) giveUp(new Error('the thread has ended'))
      this.#waiting.clear()
      this.#worker = undefined
      await worker.terminate()
    }
  }

  stop(): void {
    this.#stopped = true
    this.#worker?.postMessage({ kind: 'stop' } satisfies WorkerRequest)
  }

  async report(): Promise<ThreadReport> {
    const { thread } = this.#start.settings
    return ((await this.#ask(id => ({ kind: 'report', id }))) as ThreadReport | undefined) ?? nothing(thread)
  }

  async answer(store: string, request: StoreRequest): Promise<readonly TaskAnswer[]> {
    const answers = await this.#ask(id => ({ kind: 'answer', id, store, request }))
    return (answers as readonly TaskAnswer[] | undefined) ?? []
  }

  /** Nothing from a thread that does not run. */
  async #ask(request: (id: number) => WorkerRequest): Promise<unknown> {
    if (!this.#worker) return undefined
    const id = ++this.#last
    const waiting = Promise.withResolvers<unknown>()
    this.#waiting.set(id, waiting)
    this.#worker.postMessage(request(id))
    return waiting.promise
  }

  #reply({ id, value, failure }: Extract<WorkerEvent, { kind: 'reply' }>): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (failure) waiting?.reject(errorOf(failure))
    else waiting?.resolve(value)
  }
}

function nothing(thread: number): ThreadReport {
  return {
    thread,
    phase: 'starting',
    tasks: [],
    records: 0,
    recordsPerSecond: 0,
    commits: 0,
    commitSeconds: 0,
    latenciesMs: [],
    restoredRecords: 0,
    dropped: [],
    deadLetters: 0,
  }
}
