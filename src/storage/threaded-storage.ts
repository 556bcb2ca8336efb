import { closeSync, openSync } from 'node:fs'
import { MessageChannel, type Worker } from 'node:worker_threads'
import { littleGarbage, spawnWorker } from '../base/threads.ts'
import type { OpenCheckpointer } from './checkpoint-worker.ts'
import { CompactionThread } from './compaction-thread.ts'
import { compactor } from './compactor.ts'
import { storageError } from './database.ts'
import { logReader } from './log-reader.ts'
import { ReaderThreads } from './reader-threads.ts'
import type { OpenedDatabase, Storage, StorageOptions } from './storage.ts'
import { GroupingQueue, stalled } from './write-queue.ts'
import { WriterThread } from './writer-thread.ts'

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
  const { port1: checkpoints, port2: requests } = new MessageChannel()
  const thread = new WriterThread(writer, { file, synchronous, start }, checkpoints, {
    // Not before: the last connection to close would make a checkpoint, and after a crash that is a long one.
    onOpened: () => database.close(),
    onDurable: groups => queue.committed(groups),
    onStalled: () => options.env.log.warn(stalled),
    onFailure: fail,
  })
  const queue = new GroupingQueue({ clock: options.env.clock, port: thread, onFailure: options.onFailure })
  function fail(error: unknown): void {
    queue.failed(storageError(error, 'cannot write to the log'))
  }

  const descriptor = openSync(file, 'r+')
  const openCheckpointer: OpenCheckpointer = { file, descriptor, synchronous, requests }
  const checkpointer = spawnWorker('checkpoint-worker', littleGarbage)
  const readers = new ReaderThreads(file, fail)
  const compaction = new CompactionThread(file)
  const threads = [checkpointer, writer]
  for (const each of threads) each.on('error', fail)
  checkpointer.postMessage(openCheckpointer, [requests])

  return {
    state,
    writes: queue,
    reader: logReader(query => readers.ask(query)),
    compactor: compactor(query => compaction.ask(query)),
    close: async () => {
      try {
        await queue.close()
        await compaction.close()
        await readers.close()
        await thread.closeSync()
        // The writer goes last: its connection then empties the WAL and removes it.
        for (const each of threads) await ended(each)
      } finally {
        await Promise.all([thread, readers, ...threads].map(each => each.terminate()))
        database.close()
        closeSync(descriptor)
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
