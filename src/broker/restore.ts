import { ProducerTable } from '../log/producer-state.ts'
import { BackupReader } from '../storage/backup-format.ts'
import { Restoration, type RestoredSummary } from '../storage/restore.ts'
import { type CutRules, type CutSummary, cutAt } from '../storage/restore-cut.ts'
import { fence } from '../transaction/transaction.ts'
import { entryOf, storedEntry } from '../transaction/transaction-entry.ts'

export interface RestoreOptions {
  /** The bytes of the backup. */
  readonly source: AsyncIterable<Buffer>
  /** How errors call it. */
  readonly name: string
  /** Must hold nothing, or not be there. */
  readonly directory: string
  /** Leaves out what came after this time, if it is given. */
  readonly atMs: number | undefined
  /** Told after each piece: bytes that were read. */
  readonly onProgress: (bytes: number) => void
  readonly signal: AbortSignal
}

export type { CutSummary } from '../storage/restore-cut.ts'

export interface RestoredNode extends RestoredSummary {
  /** What was left out, where a time was given. */
  readonly cut: CutSummary | undefined
}

/**
 * Makes a data directory of a backup: the same records at the same offsets with the same bytes, and the state of groups,
 * producers and transactions. Every checksum is checked.
 *
 * Rejects with `OperatorError` for a damaged backup, for a directory that holds anything, and for a full disk; nothing is
 * left behind then.
 */
export async function restore(options: RestoreOptions): Promise<RestoredNode> {
  const { source, name, directory, atMs, onProgress, signal } = options
  const restoration = new Restoration(directory)
  try {
    const reader = new BackupReader(name)
    let bytes = 0
    for await (const piece of source) {
      signal.throwIfAborted()
      for (const frame of reader.push(piece)) restoration.take(frame)
      bytes += piece.length
      onProgress(bytes)
    }
    signal.throwIfAborted()
    reader.finish()
  } catch (error) {
    restoration.abandon()
    throw restoration.worded(error)
  }
  const { change: cut, ...summary } = restoration.finish(database =>
    atMs === undefined ? undefined : cutAt(database, atMs, rules),
  )
  return { ...summary, cut }
}

const rules: CutRules = {
  replay: (snapshot, replay) => ProducerTable.recovered({ snapshot, replay }, 0).snapshot(),
  // Whoever goes on with it must notice: what it has written may be gone. Epochs do not go back in time.
  aborted: stored => {
    const entry = entryOf(stored)
    const { transaction } = entry
    if (transaction.state !== 'Ongoing') return stored
    const ended = fence(transaction, transaction.updatedMs).transaction
    return storedEntry({ ...entry, transaction: ended, partitions: new Map(), groups: new Set() })
  },
}
