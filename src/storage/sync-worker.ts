// The thread that syncs the WAL while the storage worker makes the next commit.
import { closeSync, fdatasyncSync, openSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import { CommitCounts } from './commit-counts.ts'
import { reportOf, type WriterReport } from './writer-report.ts'

/** First message from the main thread. */
export interface OpenSyncer {
  /** The WAL, which exists and stays the same file. */
  readonly file: string
  /** Of `CommitCounts`. */
  readonly counts: SharedArrayBuffer
}

parentPort!.once('message', ({ file, counts: memory }: OpenSyncer) => {
  try {
    syncAll(file, new CommitCounts(memory))
  } catch (error) {
    report(reportOf(error))
  }
  parentPort!.close()
})

/** Every sync that began after a commit had been handed over makes it durable, with all that came before. */
function syncAll(file: string, counts: CommitCounts): void {
  const descriptor = openSync(file, 'r+')
  counts.ready()
  for (let last = 0; ; ) {
    const upTo = counts.nextHandedOver(last)
    if (upTo === undefined) break
    fdatasyncSync(descriptor)
    report({ kind: 'durable', upTo })
    last = upTo
  }
  closeSync(descriptor)
}

function report(message: WriterReport): void {
  parentPort!.postMessage(message)
}
