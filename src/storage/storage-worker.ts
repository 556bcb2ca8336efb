// The thread that commits. It alone writes to the database while the node runs.
import { type MessagePort, parentPort, receiveMessageOnPort } from 'node:worker_threads'
import { systemClock } from '../base/system-env.ts'
import { type CommitMessage, unpack } from './commit-message.ts'
import { Committer, type CommitterStart } from './committer.ts'
import { type Connection, openConnection, type Synchronous } from './database.ts'
import { WalKeeper } from './wal-keeper.ts'
import { groupBytesMax } from './write-queue.ts'

/** First message from the main thread. */
export interface OpenWriter {
  readonly file: string
  readonly synchronous: Synchronous
  readonly start: CommitterStart
  /** Leads to the checkpoint worker. */
  readonly checkpoints: MessagePort
}

export type WriterReport =
  | { readonly kind: 'opened' }
  /** The oldest so many messages are durable. */
  | { readonly kind: 'committed'; readonly groups: number }
  /** Commits wait for a reader outside of this program. */
  | { readonly kind: 'stalled' }
  | { readonly kind: 'failed'; readonly error: { readonly message: string; readonly code: string } }

parentPort!.once('message', ({ file, synchronous, start, checkpoints }: OpenWriter) => {
  const database = openConnection({ file, synchronous })
  const committer = new Committer(database, start)
  const wal = new WalKeeper(database, {
    requestCheckpoint: () => checkpoints.postMessage('begin'),
    onStall: () => report({ kind: 'stalled' }),
  })
  serve(database, committer, wal)
  checkpoints.on('message', () => reporting(() => wal.checkpointed()))
  // The main thread alone decides when this thread ends.
  checkpoints.unref()
  report({ kind: 'opened' })
})

function serve(database: Connection, committer: Committer, wal: WalKeeper): void {
  let trimScheduled = false
  const trim = (): void => {
    trimScheduled = false
    committer.begin()
    wal.committed(committer.commit())
    scheduleTrim()
  }
  // With nothing else to do, trimming goes on by itself, a small transaction at a time.
  const scheduleTrim = (): void => {
    if (trimScheduled || !committer.trimming) return
    trimScheduled = true
    systemClock.soon(() => reporting(trim))
  }
  parentPort!.on('message', (message: CommitMessage | 'close') =>
    reporting(() => {
      if (message === 'close') return close(database)
      const { groups, bytes, closing } = commitAll(message, committer)
      report({ kind: 'committed', groups })
      wal.committed(bytes)
      if (closing) return close(database)
      scheduleTrim()
    }),
  )
}

/** Commits the message and those that wait behind it in one transaction. */
function commitAll(first: CommitMessage, committer: Committer) {
  let groups = 0
  let bytes = 0
  let closing = false
  committer.begin()
  for (let message: CommitMessage | 'close' | undefined = first; message; ) {
    bytes += unpack(message, committer)
    groups++
    if (bytes >= groupBytesMax) break
    message = receiveMessageOnPort(parentPort!)?.message as CommitMessage | 'close' | undefined
    if (message === 'close') {
      closing = true
      break
    }
  }
  committer.commit()
  return { groups, bytes, closing }
}

function close(database: Connection): void {
  // Leaves an empty WAL, so that the next start finds nothing to recover.
  database.pragma('wal_checkpoint(TRUNCATE)')
  database.close()
  parentPort!.close()
}

/** After an error nothing more may be written: memory and disk differ from here on. */
function reporting(action: () => void): void {
  try {
    action()
  } catch (error) {
    const { message, code = '' } = error as { message: string; code?: string }
    report({ kind: 'failed', error: { message, code } })
    parentPort!.close()
  }
}

function report(message: WriterReport): void {
  parentPort!.postMessage(message)
}
