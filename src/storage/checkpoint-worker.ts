// The thread that copies the WAL into the database file while the storage worker goes on committing.
import { fsyncSync } from 'node:fs'
import { type MessagePort, parentPort } from 'node:worker_threads'
import { openConnection, pageBytes, type Synchronous } from './database.ts'
import type { CheckpointRequest } from './wal-keeper.ts'

/** First message from the main thread. */
export interface OpenCheckpointer {
  readonly file: string
  /**
   * The database file, open for writing. It belongs to the main thread, because closing any descriptor of the file would
   * drop the locks that the process holds on it.
   */
  readonly descriptor: number
  readonly synchronous: Synchronous
  /** Leads to the storage worker: a `CheckpointRequest` comes in, anything goes out when it is done. */
  readonly requests: MessagePort
}

// What is committed during a pass is left for the next one; when so little is left, the writer finishes.
const restBytes = 4 * 1024 * 1024
const passesMax = 8

parentPort!.once('message', ({ file, descriptor, synchronous, requests }: OpenCheckpointer) => {
  const database = openConnection({ file, synchronous })
  // A checkpoint that has to wait is one that the writer is making itself.
  database.pragma('busy_timeout = 0')
  const passive = database.prepare('PRAGMA wal_checkpoint(PASSIVE)')

  /** Copies what is there. Returns the frames that the WAL had. */
  const copy = (): number => {
    const { log } = passive.get() as { log: number }
    // SQLite syncs the database file only in the pass that reaches the end of the WAL. That is the writer's, and it would
    // wait for all that was copied: 130 ms for 128 MiB.
    if (synchronous !== 'OFF') fsyncSync(descriptor)
    return log
  }

  const finish = (): void => {
    let seen = copy()
    for (let pass = 1; pass < passesMax; pass++) {
      const log = copy()
      if ((log - seen) * pageBytes <= restBytes) return
      seen = log
    }
  }

  requests.on('message', (request: CheckpointRequest) => {
    if (request === 'copy') copy()
    else finish()
    requests.postMessage('done')
  })
  parentPort!.once('message', () => {
    requests.close()
    database.close()
    parentPort!.close()
  })
})
