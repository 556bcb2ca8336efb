// The thread that commits. It alone writes to the database while the node runs.
import { fdatasyncSync, openSync } from 'node:fs'
import { type MessagePort, parentPort, receiveMessageOnPort } from 'node:worker_threads'
import { systemClock } from '../base/system-env.ts'
import { type CommitMessage, unpack } from './commit-message.ts'
import { Committer, type CommitterStart } from './committer.ts'
import { type Connection, openConnection, type Synchronous } from './database.ts'
import { WalKeeper } from './wal-keeper.ts'
import { WalSpace } from './wal-space.ts'
import { groupBytesMax } from './write-queue.ts'

/** First message from the main thread. */
export interface OpenWriter {
  readonly file: string
  /** FULL: each commit is synced, here or by the main thread (`WalSync`). */
  readonly synchronous: Synchronous
  readonly start: CommitterStart
  /** Leads to the checkpoint worker. */
  readonly checkpoints: MessagePort
}

export type WriterReport =
  | { readonly kind: 'opened' }
  /** The oldest so many messages are in the WAL, and where `isSynced` on the disk. */
  | { readonly kind: 'committed'; readonly groups: number; readonly isSynced: boolean }
  /** Commits wait for a checkpoint. */
  | { readonly kind: 'stalled' }
  | { readonly kind: 'failed'; readonly error: { readonly message: string; readonly code: string } }

/** Larger commits gain less from room ahead in the WAL than it costs to write everything once more. */
const roomCommitBytesMax = 128 * 1024
/** Smaller commits are synced by the thread that made them: the way to another one and back takes longer. */
const syncElsewhereBytesMin = 512 * 1024

parentPort!.once('message', (options: OpenWriter) =>
  reporting(() => {
    const { file, synchronous, start, checkpoints } = options
    const database = openConnection({ file, synchronous: synchronous === 'FULL' ? 'NORMAL' : synchronous })
    const committer = new Committer(database, start)
    const wal = new WalKeeper(database, {
      requestCheckpoint: request => checkpoints.postMessage(request),
      onStall: () => report({ kind: 'stalled' }),
      clock: systemClock,
    })
    checkpoints.on('message', () => reporting(() => wal.checkpointed()))
    // The main thread alone decides when this thread ends.
    checkpoints.unref()
    report({ kind: 'opened' })
    // Without an fsync in each commit, room ahead in the WAL gains nothing.
    const synced =
      synchronous === 'FULL' ? { space: new WalSpace(database, file), wal: openSync(`${file}-wal`, 'r+') } : undefined
    serve(database, committer, wal, synced)
  }),
)

/** What a node with durability `fsync` needs besides: the WAL, by its descriptor, and room in it. */
interface Synced {
  readonly wal: number
  readonly space: WalSpace
}

function serve(database: Connection, committer: Committer, wal: WalKeeper, synced: Synced | undefined): void {
  const trim = (): boolean => {
    if (!committer.trimming) return false
    committer.begin()
    wal.committed(committer.commit())
    return committer.trimming
  }
  let lastCommitBytes = 0
  const extend = (): boolean => lastCommitBytes <= roomCommitBytesMax && (synced?.space.extend() ?? false)
  const whenIdle = repeatedWhenIdle(() => [trim(), extend()].includes(true))
  parentPort!.on('message', (message: CommitMessage | 'close') =>
    reporting(() => {
      if (message === 'close') return close(database)
      const { groups, bytes, closing } = commitAll(message, committer)
      const isSynced = synced !== undefined && bytes < syncElsewhereBytesMin
      if (isSynced) fdatasyncSync(synced.wal)
      report({ kind: 'committed', groups, isSynced })
      lastCommitBytes = bytes
      wal.committed(bytes)
      if (closing) close(database)
      else whenIdle()
    }),
  )
  whenIdle()
}

/** Runs `step` between the messages, until it says that nothing is left to do, or the database is closed. */
function repeatedWhenIdle(step: () => boolean): () => void {
  let scheduled = false
  const schedule = (): void => {
    if (scheduled) return
    scheduled = true
    systemClock.soon(() => {
      scheduled = false
      reporting(() => {
        if (!closed && step()) schedule()
      })
    })
  }
  return schedule
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

let closed = false

function close(database: Connection): void {
  closed = true
  // Leaves an empty WAL, so that the next start finds nothing to recover.
  database.pragma('wal_checkpoint(TRUNCATE)')
  database.close()
  parentPort!.close()
}

/** After an error nothing more may be written: memory and disk differ from here on. */
function reporting(action: () => void): void {
  if (closed) return
  try {
    action()
  } catch (error) {
    closed = true
    const { message, code = '' } = error as { message: string; code?: string }
    report({ kind: 'failed', error: { message, code } })
    parentPort!.close()
  }
}

function report(message: WriterReport): void {
  parentPort!.postMessage(message)
}
