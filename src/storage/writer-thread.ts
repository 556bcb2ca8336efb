import type { MessagePort, Worker } from 'node:worker_threads'
import { CommitCounts, groupsBetween } from './commit-counts.ts'
import { CommitPacker } from './commit-message.ts'
import type { OpenWriter } from './storage-worker.ts'
import { SyncThread } from './sync-thread.ts'
import type { CommitPort, Write } from './write-queue.ts'
import type { WriterReport } from './writer-report.ts'

/** What the thread that commits, and the one that syncs, lead to. */
export interface WriterEvents {
  onOpened(): void
  /** The oldest so many groups are as durable as was asked for. */
  onDurable(groups: number): void
  /** Commits wait for a checkpoint. */
  onStalled(): void
  onFailure(error: unknown): void
}

/** The main thread's side of the storage worker, and of the sync worker beside it. */
export class WriterThread implements CommitPort {
  readonly worker: Worker
  readonly #events: WriterEvents
  readonly #packer = new CommitPacker()
  readonly #counts = new CommitCounts()
  readonly #syncThread: SyncThread | undefined
  /** Groups since the start. */
  #sent = 0
  #durable = 0

  /** `checkpoints` leads to the checkpoint worker. */
  constructor(
    worker: Worker,
    open: Omit<OpenWriter, 'counts' | 'checkpoints'>,
    checkpoints: MessagePort,
    events: WriterEvents,
  ) {
    this.worker = worker
    this.#events = events
    const onReport = (report: WriterReport): void => this.#onReport(report)
    worker.on('message', onReport)
    if (open.synchronous === 'FULL') {
      const [file, counts] = [`${open.file}-wal`, this.#counts]
      this.#syncThread = new SyncThread({ file, counts, onReport, onError: error => events.onFailure(error) })
    }
    worker.postMessage({ ...open, checkpoints, counts: this.#counts.memory } satisfies OpenWriter, [checkpoints])
  }

  send(writes: readonly Write[]): void {
    this.#sent++
    this.#counts.send()
    if (this.#sent - this.#durable > 1) this.#syncThread?.start()
    this.worker.postMessage(this.#packer.pack(writes))
  }

  /** Ends the thread that syncs. To be called when nothing is under way any more. */
  async closeSync(): Promise<void> {
    await this.#syncThread?.close()
  }

  /** Ends both threads whatever they do. */
  async terminate(): Promise<void> {
    await Promise.all([this.#syncThread?.terminate(), this.worker.terminate()])
  }

  #onReport(report: WriterReport): void {
    if (report.kind === 'durable') this.#onDurable(groupsBetween(this.#durable, report.upTo))
    else if (report.kind === 'failed')
      this.#events.onFailure(Object.assign(new Error(report.error.message), { code: report.error.code }))
    else if (report.kind === 'stalled') this.#events.onStalled()
    else this.#events.onOpened()
  }

  #onDurable(groups: number): void {
    // The other of the two threads has synced them before, with what came after.
    if (groups <= 0) return
    this.#durable += groups
    this.#packer.committed(groups)
    this.#events.onDurable(groups)
  }
}
