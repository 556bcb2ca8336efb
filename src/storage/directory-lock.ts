import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { OperatorError } from '../base/errors.ts'
import { openingError } from './database.ts'
import { syncDirectory } from './durable-files.ts'

export interface DirectoryLock {
  release(): void
}

/**
 * Makes the data directory this node's own until `release` or the end of the process, however it ends: the kernel drops
 * the file lock of a killed process.
 *
 * The lock is that of an exclusive transaction on a small database beside the real one, because SQLite brings a file
 * lock on every platform and Node brings none. The holder's pid stands in a text file, for the message only.
 *
 * Throws `OperatorError` when another node holds the directory, or it cannot be written.
 */
export function lockDirectory(directory: string): DirectoryLock {
  const lockFile = join(directory, 'streamctl.lock')
  const pidFile = join(directory, 'streamctl.pid')
  try {
    makeDirectory(directory)
    const lock = new Database(lockFile, { timeout: 0 })
    try {
      lock.pragma('journal_mode = MEMORY')
      lock.exec('BEGIN EXCLUSIVE')
      writeFileSync(pidFile, `${process.pid}\n`)
    } catch (error) {
      lock.close()
      throw error
    }
    return {
      release: () => {
        rmSync(pidFile, { force: true })
        lock.close()
      },
    }
  } catch (error) {
    if (isBusy(error)) throw heldByAnother(directory, pidFile, error)
    throw openingError(error, lockFile)
  }
}

/** Node's recursive form never returns below /proc, and hides that a file system is read-only. */
function makeDirectory(directory: string): void {
  if (existsSync(directory)) return
  const parent = dirname(directory)
  makeDirectory(parent)
  mkdirSync(directory, { mode: 0o700 })
  // All that is going to be acknowledged hangs on this name.
  syncDirectory(parent)
}

function heldByAnother(directory: string, pidFile: string, cause: unknown): OperatorError {
  return new OperatorError(`another streamctl node${holder(pidFile)} uses the data directory ${directory}`, {
    hint: 'stop that node, or choose another directory with --data',
    cause,
  })
}

function holder(pidFile: string): string {
  try {
    return ` (pid ${readFileSync(pidFile, 'utf8').trim()})`
  } catch {
    // The other node is between taking the lock and writing its pid, or on its way out.
    return ''
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')
}
