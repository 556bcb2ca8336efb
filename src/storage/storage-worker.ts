// The thread that commits. It alone writes to the database while the node runs.
import { fdatasyncSync, openSync } from 'node:fs'
import { type MessagePort, parentPort, receiveMessageOnPort } from 'node:worker_threads'
import type { Timer } from '../base/env.ts'
import { systemClock } from '../base/system-env.ts'
import { CommitCounts } from './commit-counts.ts'
import { type CommitMessage, unpack } from './commit-message.ts'
import { commitSync } from './commit-sync.ts'
import { Committer, type CommitterStart } from './committer.ts'
import { type Connection, openConnection, type Synchronous } from './database.ts'
import { WalKeeper } from './wal-keeper.ts'
import { WalSpace } from './wal-space.ts'
import { groupBytesMax } from './write-queue.ts'
import { reportOf, type WriterReport } from './writer-report.ts'

/** First message from the main thread. */
export interface OpenWriter {
  readonly file: string
  /** FULL: each commit is synced, here or by the sync worker. */
  readonly synchronous: Synchronous
  readonly start: CommitterStart
  /** Of `CommitCounts`. */
  readonly counts: SharedArrayBuffer
  /** Leads to the checkpoint worker. */
  readonly checkpoints: MessagePort
}

/** Larger commits gain less from room ahead in the WAL than it costs to write everything once more. */
const roomCommitBytesMax = 128 * 1024
/** When no commit has come for so long, rows are removed without one. With producers at full speed commits do it, as fast as they add. */
const quietMs = 5

parentPort!.once('message', (options: OpenWriter) =>
  reporting(() => {
    const { file, synchronous, start, checkpoints, counts } = options
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
    const isSynced = synchronous === 'FULL'
    const space = isSynced ? new WalSpace(database, file) : undefined
    const sync = isSynced ? syncOf(openSync(`${file}-wal`, 'r+')) : undefined
    const synced = commitSync({ counts: new CommitCounts(counts), sync, report })
    serve(database, committer, { wal, space, synced })
  }),
)

/** Nobody else has the descriptor, and it is needed as long as the thread lives. */
function syncOf(wal: number): () => void {
  return () => fdatasyncSync(wal)
}

/** What `serve` needs besides the database; room ahead in the WAL only where commits are synced. */
interface Wal {
  readonly wal: WalKeeper
  readonly space: WalSpace | undefined
  readonly synced: ReturnType<typeof commitSync>
}

function serve(database: Connection, committer: Committer, { wal, space, synced }: Wal): void {
  let trimming: Timer | undefined
  const trimWhenQuiet = (): void => {
    trimming?.cancel()
    if (committer.trimming) trimming = systemClock.after(quietMs, () => reporting(trim))
  }
  const trim = (): void => {
    committer.begin()
    wal.committed(committer.commit())
    trimWhenQuiet()
  }
  let lastCommitBytes = 0
  const extend = (): boolean => lastCommitBytes <= roomCommitBytesMax && (space?.extend() ?? false)
  const whenIdle = repeatedWhenIdle(extend)
  parentPort!.on('message', (message: CommitMessage | 'close') =>
    reporting(() => {
      if (message === 'close') return close(database)
      const { groups, bytes, closing } = commitAll(message, committer)
      synced(groups, bytes)
      lastCommitBytes = bytes
      wal.committed(bytes)
      if (closing) return close(database)
      whenIdle()
      trimWhenQuiet()
    }),
  )
  whenIdle()
  trimWhenQuiet()
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
    report(reportOf(error))
    parentPort!.close()
  }
}

function report(message: WriterReport): void {
  parentPort!.postMessage(message)
}
