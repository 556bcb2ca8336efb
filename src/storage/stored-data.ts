import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ExitCode, OperatorError } from '../base/errors.ts'
import { applicationId, type Connection, checkFileHeader, openConnection, openingError } from './database.ts'
import { migrations } from './migrations.ts'

export const databaseName = 'streamctl.db'

/**
 * Opens the database of a data directory to look at it: nothing in it is changed. SQLite makes its `-wal` and `-shm` files
 * where there are none, because readers and writers meet in them.
 *
 * Throws `OperatorError` when there is no database of ours that this version knows.
 */
export function openStoredData(directory: string): Connection {
  const file = join(directory, databaseName)
  if (!existsSync(file)) {
    throw new OperatorError(`there is no data of a streamctl node in ${directory}`, {
      hint: 'name the data directory with --data',
    })
  }
  let database: Connection | undefined
  try {
    checkFileHeader(file)
    database = openConnection({ file, synchronous: 'OFF', readOnly: true })
    checkIsOurs(database, file)
    return database
  } catch (error) {
    database?.close()
    throw readingError(error, file)
  }
}

/**
 * Notes which of the files that SQLite makes beside a database are there; the answer removes those that came since. To be
 * called while no node can have the directory.
 */
export function tracesOfReading(file: string): () => void {
  const made = [`${file}-shm`, `${file}-wal`].filter(side => !existsSync(side))
  return () => made.forEach(side => void rmSync(side, { force: true }))
}

/** Words an error that came up while a data directory was read. */
export function readingError(error: unknown, file: string): Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (!/^(SQLITE_READONLY|SQLITE_CANTOPEN|SQLITE_PERM|EACCES|EPERM|SQLITE_IOERR)/.test(code))
    return openingError(error, file)
  return new OperatorError(`cannot read ${file}: ${error instanceof Error ? error.message : code}`, {
    hint: 'run this as the user that the node runs as',
    exitCode: code.startsWith('SQLITE_IOERR') ? ExitCode.storage : ExitCode.usage,
    cause: error,
  })
}

function checkIsOurs(database: Connection, file: string): void {
  if (database.pragma('application_id', { simple: true }) !== applicationId) {
    throw new OperatorError(`${file} is a database of another program`, {
      hint: 'name the data directory of a streamctl node with --data',
    })
  }
  const version = Number(database.pragma('user_version', { simple: true }))
  if (version === migrations.length) return
  throw new OperatorError(
    version > migrations.length
      ? `${file} was written by a newer streamctl (schema ${version}, this one knows ${migrations.length})`
      : `${file} was written by an older streamctl (schema ${version}, this one works with ${migrations.length})`,
    { hint: version > migrations.length ? 'use that version' : 'start a node of this version on it once' },
  )
}
