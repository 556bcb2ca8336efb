import { BackupReader } from '../storage/backup-format.ts'
import { Restoration, type RestoredSummary } from '../storage/restore.ts'

export interface RestoreOptions {
  /** The bytes of the backup. */
  readonly source: AsyncIterable<Buffer>
  /** How errors call it. */
  readonly name: string
  /** Must hold nothing, or not be there. */
  readonly directory: string
  /** Told after each piece: bytes that were read. */
  readonly onProgress: (bytes: number) => void
  readonly signal: AbortSignal
}

/**
 * Makes a data directory of a backup: the same records at the same offsets with the same bytes, and the state of groups,
 * producers and transactions. Every checksum is checked.
 *
 * Rejects with `OperatorError` for a damaged backup, for a directory that holds anything, and for a full disk; nothing is
 * left behind then.
 */
export async function restore({
  source,
  name,
  directory,
  onProgress,
  signal,
}: RestoreOptions): Promise<RestoredSummary> {
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
  return restoration.finish()
}
