import { closeSync, openSync } from 'node:fs'
import { MessageChannel, type Worker } from 'node:worker_threads'
import { spawnWorker } from '../base/threads.ts'
import type { OpenCheckpointer } from './checkpoint-worker.ts'
import { CommitPacker } from './commit-message.ts'
import { CompactionThread } from './compaction-thread.ts'
import { compactor } from './compactor.ts'
import { storageError } from './database.ts'
import { logReader } from './log-reader.ts'
import { ReaderThread } from './reader-thread.ts'
import type { OpenedDatabase, Storage, StorageOptions } from './storage.ts'
import type { OpenWriter, WriterReport } from './storage-worker.ts'
import { WalSync } from './wal-sync.ts'
import { GroupingQueue, stalled } from './write-queue.ts'

/** Starts the thread that commits; it waits for what `openThreaded` tells it. */
export function startWriter(): Worker {
  return spawnWorker('storage-worker')
}

/**
 * Storage whose connections live in threads: this one only forms groups and runs acknowledgements.
 *
 * Does not wait for the threads, so that the node is ready some 50 ms earlier: what is submitted before they are up waits
 * in their message ports.
 */
export function openThreaded(
  writer: Worker,
  opened: OpenedDatabase,
  options: Pick<StorageOptions, 'env' | 'onFailure'>,
): Storage {
  const { database, file, synchronous, state, start } = opened
  const packer = new CommitPacker()
  const queue = new GroupingQueue({
    clock: options.env.clock,
    port: { send: writes => writer.postMessage(packer.pack(writes)) },
    onFailure: options.onFailure,
  })
  const fail = (error: unknown): void => queue.failed(storageError(error, 'cannot write to the log'))

  const { port1: checkpoints, port2: requests } = new MessageChannel()
  const openWriter: OpenWriter = { file, synchronous, start, checkpoints }
  const onDurable = (groups: number): void => queue.committed(groups)
  const walSync = synchronous === 'FULL' ? new WalSync(`${file}-wal`, { onDurable, onFailure: fail }) : undefined
  const descriptor = openSync(file, 'r+')
  const openCheckpointer: OpenCheckpointer = { file, descriptor, synchronous, requests }
  const checkpointer = spawnWorker('checkpoint-worker')
  const reader = new ReaderThread(file)
  const compaction = new CompactionThread(file)
  const threads = [reader.worker, checkpointer, writer]
  for (const thread of threads) thread.on('error', fail)
  writer.on('message', (report: WriterReport) => {
    if (report.kind === 'committed') {
      packer.committed(report.groups)
      if (walSync && !report.isSynced) walSync.committed(report.groups)
      else if (walSync) walSync.synced(report.groups)
      else onDurable(report.groups)
    } else if (report.kind === 'stalled') options.env.log.warn(stalled)
    else if (report.kind === 'failed') fail(Object.assign(new Error(report.error.message), { code: report.error.code }))
    // Not before: the last connection to close would make a checkpoint, and after a crash that is a long one.
    else database.close()
  })
  writer.postMessage(openWriter, [checkpoints])
  checkpointer.postMessage(openCheckpointer, [requests])

  return {
    state,
    writes: queue,
    reader: logReader(query => reader.ask(query)),
    compactor: compactor(query => compaction.ask(query)),
    close: async () => {
      try {
        await queue.close()
        await compaction.close()
        // The writer goes last: its connection then empties the WAL and removes it.
        for (const thread of threads) await ended(thread)
      } finally {
        await Promise.all(threads.map(thread => thread.terminate()))
        database.close()
        closeSync(descriptor)
        walSync?.close()
      }
    },
  }
}

function ended(thread: Worker): Promise<void> {
  return new Promise(resolve => {
    thread.once('exit', () => resolve())
    thread.postMessage('close')
  })
}
