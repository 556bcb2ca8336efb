import { closeSync, existsSync, openSync, readSync } from 'node:fs'
import Database from 'better-sqlite3'
import { ExitCode, OperatorError, StorageError } from '../base/errors.ts'

export type Connection = Database.Database
export type Statement = Database.Statement

/** How a connection waits for the disk: `FULL` syncs the WAL in every commit, `NORMAL` at checkpoints only (see `SyncThread`). */
export type Synchronous = 'FULL' | 'NORMAL' | 'OFF'

export interface ConnectionOptions {
  readonly file: string
  readonly synchronous: Synchronous
  /** Opens an existing database for queries only. */
  readonly readOnly?: boolean
}

/** Every page holds this many bytes: the best for rows of 16 KiB, good for larger ones (DESIGN.md has the table). */
export const pageBytes = 16_384

/** "strm": marks the file as ours, so that the database of another program is refused. */
export const applicationId = 0x7374_726d

const busyTimeoutMs = 10_000
const cacheKibibytes = 8_192
/** Who only reads passes over each row once: of the pages, only those of the indexes are looked at again. */
const readerCacheKibibytes = 2_048

/**
 * Opens a connection with every pragma that matters set, whatever the library was compiled with. Throws what SQLite
 * throws: `openingError` words it for the operator.
 */
export function openConnection(options: ConnectionOptions): Connection {
  const database = new Database(options.file, { readonly: options.readOnly ?? false, timeout: busyTimeoutMs })
  try {
    if (!options.readOnly) {
      // Both only take effect on a file that is still empty, before it becomes a WAL database.
      database.pragma(`page_size = ${pageBytes}`)
      database.pragma('auto_vacuum = NONE')
      database.pragma('journal_mode = WAL')
    }
    for (const [name, value] of connectionPragmas(options)) database.pragma(`${name} = ${value}`)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** What is set on each connection, by name. */
export function connectionPragmas(options: Pick<ConnectionOptions, 'synchronous' | 'readOnly'>): [string, string][] {
  return [
    // better-sqlite3 compiles WAL databases to NORMAL: an acknowledgement would not survive a power cut.
    ['synchronous', options.synchronous],
    // Checkpoints are made in a thread of their own, and the WAL is never truncated while the node runs: appending to
    // a WAL costs a third more than overwriting one.
    ['wal_autocheckpoint', '0'],
    ['journal_size_limit', '-1'],
    // Trimmed pages are reused by what is appended next; overwriting them with zeros would write everything twice.
    ['secure_delete', 'OFF'],
    // An I/O error under a memory map is a signal, not an error code.
    ['mmap_size', '0'],
    ['cache_size', `-${options.readOnly ? readerCacheKibibytes : cacheKibibytes}`],
    ['temp_store', 'MEMORY'],
    ['foreign_keys', 'OFF'],
    ['trusted_schema', 'OFF'],
    ['query_only', options.readOnly ? 'ON' : 'OFF'],
  ]
}

/** Throws `OperatorError` if `file` exists and does not begin like an SQLite database. */
export function checkFileHeader(file: string): void {
  if (!existsSync(file)) return
  // The power went while the database was made, and its first page may be torn: with this SQLite takes all of it back.
  if (existsSync(`${file}-journal`)) return
  const header = Buffer.alloc(100)
  const descriptor = openSync(file, 'r')
  let bytes: number
  try {
    bytes = readSync(descriptor, header, 0, header.length, 0)
  } finally {
    closeSync(descriptor)
  }
  // SQLite itself takes an empty file for a new database.
  if (bytes === 0) return
  const magic = 'SQLite format 3\0'
  if (bytes < header.length || header.toString('latin1', 0, magic.length) !== magic) throw notADatabase(file)
}

/** Throws `OperatorError` if the database is that of another program. */
export function checkOwner(database: Connection, file: string): void {
  const id = database.pragma('application_id', { simple: true })
  if (id === applicationId) return
  const tables = database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get()
  if (id !== 0 || tables !== 0) {
    throw new OperatorError(`${file} is a database of another program`, {
      hint: 'choose another data directory with --data',
    })
  }
  database.pragma(`application_id = ${applicationId}`)
}

/** Words an error that came up while the directory was opened. */
export function openingError(error: unknown, file: string): Error {
  if (error instanceof OperatorError || error instanceof StorageError) return error
  const code = errorCode(error)
  if (code === 'SQLITE_NOTADB') return notADatabase(file, error)
  if (code.startsWith('SQLITE_CORRUPT')) {
    return new OperatorError(`the database ${file} is damaged`, {
      hint: 'restore the data directory from a backup, or start with another one (--data)',
      exitCode: ExitCode.storage,
      cause: error,
    })
  }
  if (code === 'SQLITE_FULL' || code === 'ENOSPC') {
    return new OperatorError(`no space left on the disk that holds ${file}`, {
      hint: 'free some space, or choose another data directory with --data',
      exitCode: ExitCode.storage,
      cause: error,
    })
  }
  if (/^(SQLITE_READONLY|SQLITE_CANTOPEN|SQLITE_PERM|EACCES|EPERM|EROFS|ENOENT|ENOTDIR|EISDIR|EEXIST)/.test(code)) {
    return new OperatorError(`cannot write to the data directory: ${messageOf(error)} (${file})`, {
      hint: 'make the directory writable for this user, or choose another with --data',
      cause: error,
    })
  }
  return storageError(error, `cannot open ${file}`)
}

/** Words an error of a running node: what was being done, and what the disk said. */
export function storageError(error: unknown, doing: string): StorageError {
  if (error instanceof StorageError) return error
  const code = errorCode(error)
  return new StorageError(`${doing}: ${reasonOf(code, error)}`, { cause: error })
}

function reasonOf(code: string, error: unknown): string {
  if (code === 'SQLITE_FULL') return 'no space left on the disk'
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') return 'the database file is damaged'
  return code === '' ? messageOf(error) : `${messageOf(error)} (${code})`
}

function notADatabase(file: string, cause?: unknown): OperatorError {
  return new OperatorError(`${file} is not a database`, {
    hint: 'restore the data directory from a backup, or start with another one (--data)',
    cause,
  })
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
