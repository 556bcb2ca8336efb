// The thread that copies the WAL into the database file while the storage worker goes on committing.
import { type MessagePort, parentPort } from 'node:worker_threads'
import { openConnection, pageBytes, type Synchronous } from './database.ts'

/** First message from the main thread. The port leads to the storage worker: a message in is a request, one out the end. */
export interface OpenCheckpointer {
  readonly file: string
  readonly synchronous: Synchronous
  readonly requests: MessagePort
}

// What is committed during a pass is left for the next one; when so little is left, the writer finishes.
const restBytes = 1024 * 1024
const passesMax = 8

parentPort!.once('message', ({ file, synchronous, requests }: OpenCheckpointer) => {
  const database = openConnection({ file, synchronous })
  // A checkpoint that has to wait is one that the writer is making itself.
  database.pragma('busy_timeout = 0')
  const passive = database.prepare('PRAGMA wal_checkpoint(PASSIVE)')
  requests.on('message', () => {
    let seen = 0
    for (let pass = 0; pass < passesMax; pass++) {
      const { log } = passive.get() as { log: number }
      if ((log - seen) * pageBytes <= restBytes) break
      seen = log
    }
    requests.postMessage('done')
  })
  parentPort!.once('message', () => {
    requests.close()
    database.close()
    parentPort!.close()
  })
})
