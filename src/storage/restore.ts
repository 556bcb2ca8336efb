import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { ExitCode, OperatorError } from '../base/errors.ts'
import type { BackupFrame, BackupHeader, BackupRow, TableRows, VoidRows } from './backup-format.ts'
import { backedUpTables, quoted } from './backup-source.ts'
import { verifyRow } from './batch-verification.ts'
import { applicationId, type Connection, openingError, pageBytes } from './database.ts'
import { type DirectoryLock, lockDirectory } from './directory-lock.ts'
import { migrate, migrations } from './migrations.ts'
import { databaseName } from './stored-data.ts'

const unfinishedName = `${databaseName}.restoring`
const cacheKibibytes = 64 * 1024
const transactionBytes = 64 * 1024 * 1024

/** What may lie in a directory that is restored into: an earlier attempt, and what every ext4 file system has. */
const harmless: readonly string[] = [unfinishedName, 'streamctl.lock', 'streamctl.pid', 'lost+found']

export interface RestoredSummary {
  readonly asOfMs: number
  readonly topics: number
  readonly partitions: number
  readonly rows: number
  /** Of the log. */
  readonly bytes: number
}

/**
 * Makes a data directory of the frames of a backup, in their order. The database gets its name only when all of it is
 * there and on the disk: before that, nothing takes the directory for a node's.
 */
export class Restoration {
  readonly #directory: string
  readonly #file: string
  readonly #made: readonly string[]
  readonly #lock: DirectoryLock
  readonly #database: Connection
  #tables: TableWriter | undefined
  #insertRow: Database.Statement | undefined
  #voidRows: ((rows: VoidRows) => void) | undefined
  #uncommittedBytes = 0
  #asOfMs: number | undefined

  /** Throws `OperatorError` where the directory holds anything, or cannot be written. */
  constructor(directory: string) {
    this.#directory = directory
    this.#file = join(directory, unfinishedName)
    this.#made = missingDirectories(directory)
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 })
      checkIsEmpty(directory)
    } catch (error) {
      throw openingError(error, directory)
    }
    this.#lock = lockDirectory(directory)
    try {
      rmSync(this.#file, { force: true })
      this.#database = openEmpty(this.#file)
    } catch (error) {
      this.#lock.release()
      throw openingError(error, this.#file)
    }
  }

  /** Takes the next frame. Throws `OperatorError` for what cannot be, or cannot be written. */
  take(frame: BackupFrame): void {
    switch (frame.kind) {
      case 'header':
        this.#begin(frame.header)
        break
      case 'row':
        this.#row(frame.row)
        break
      case 'void':
        this.#voidRows?.(frame.void)
        break
      case 'table':
        this.#tables?.insert(frame.table)
        break
      case 'end':
        this.#asOfMs = frame.end.asOfMs
    }
  }

  /**
   * All frames came. Leaves out what was deleted while the backup was made, has `change` change the rest (its answer is
   * handed on), and gives the database its name.
   */
  finish<T>(change: (database: Connection) => T): RestoredSummary & { readonly change: T } {
    const database = this.#database
    try {
      database.exec('COMMIT')
      migrate(database, this.#file)
      database.exec('BEGIN')
      const changed = change(database)
      dropUnreachableRows(database)
      database.exec('COMMIT')
      const summary = { asOfMs: this.#asOfMs ?? -1, ...countsOf(database), change: changed }
      database.pragma('locking_mode = NORMAL')
      database.pragma('journal_mode = WAL')
      database.close()
      syncFile(this.#file)
      renameSync(this.#file, join(this.#directory, databaseName))
      for (const directory of [this.#directory, ...this.#made.map(dirname)]) syncFile(directory)
      this.#lock.release()
      return summary
    } catch (error) {
      this.abandon()
      throw openingError(error, this.#file)
    }
  }

  /** Words an error that came up in between. */
  worded(error: unknown): unknown {
    const isOfDatabase = error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE')
    return isOfDatabase ? openingError(error, join(this.#directory, databaseName)) : error
  }

  /** Leaves nothing behind: not even the directories that were made. */
  abandon(): void {
    this.#database.close()
    for (const ending of ['', '-wal', '-shm']) rmSync(this.#file + ending, { force: true })
    this.#lock.release()
    if (this.#made.length === 0) return
    rmSync(join(this.#directory, 'streamctl.lock'), { force: true })
    for (const directory of this.#made) rmdirSync(directory)
  }

  #begin({ schema }: BackupHeader): void {
    if (schema > migrations.length) {
      throw new OperatorError(
        `the backup was written by a newer streamctl (schema ${schema}, this one knows ${migrations.length})`,
        { hint: 'use that version or a later one' },
      )
    }
    const database = this.#database
    migrate(database, this.#file, migrations.slice(0, schema))
    this.#tables = new TableWriter(database)
    this.#insertRow = database.prepare(`
      INSERT INTO batch (id, partition_id, base_offset, last_offset, max_timestamp, leader_epoch, position, data)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    `)
    this.#voidRows = rowRemover(database)
    database.exec('BEGIN')
  }

  #row(row: BackupRow): void {
    const [fault] = verifyRow(row)
    if (fault) {
      throw new OperatorError(`the backup holds damaged data: offset ${fault.offset}: ${fault.message}`, {
        exitCode: ExitCode.failure,
      })
    }
    const { id, partitionId, baseOffset, lastOffset, maxTimestamp, leaderEpoch, position, data } = row
    this.#insertRow?.run(id, partitionId, baseOffset, lastOffset, maxTimestamp, leaderEpoch, position, data)
    this.#uncommittedBytes += data.length
    if (this.#uncommittedBytes < transactionBytes) return
    this.#uncommittedBytes = 0
    this.#database.exec('COMMIT; BEGIN')
  }
}

/** Puts rows into the tables that the schema has. */
class TableWriter {
  readonly #database: Connection
  readonly #known: ReadonlyMap<string, readonly string[]>

  constructor(database: Connection) {
    this.#database = database
    this.#known = new Map(backedUpTables(database).map(({ table, columns }) => [table, columns]))
  }

  insert({ table, columns, rows }: TableRows): void {
    const known = this.#known.get(table)
    if (!known || columns.some(column => !known.includes(column))) {
      throw new OperatorError(`the backup holds a table '${table}' that its version does not have`, {
        exitCode: ExitCode.failure,
      })
    }
    const places = columns.map(() => '?').join(', ')
    const insert = this.#database.prepare(
      `INSERT INTO ${quoted(table)} (${columns.map(quoted).join(', ')}) VALUES (${places})`,
    )
    for (const row of rows) insert.run(...row.map(stored))
  }
}

function stored(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('base64' in value)) return value
  return Buffer.from(String(value.base64), 'base64')
}

function rowRemover(database: Connection): (rows: VoidRows) => void {
  const remove = database.prepare(`
    DELETE FROM batch WHERE id IN (
      SELECT id FROM batch INDEXED BY batch_of_bucket WHERE id >> 10 = ? AND partition_id = ? AND id > ? AND id <= ?
    )
  `)
  return ({ partitionId, afterId, uptoId }) => {
    for (let bucket = Math.floor(afterId / 1024); bucket <= Math.floor(uptoId / 1024); bucket++)
      remove.run(bucket, partitionId, afterId, uptoId)
  }
}

/** Rows below the log start, and those of topics that were deleted: the node was about to remove them. */
function dropUnreachableRows(database: Connection): void {
  database.exec(`
    DELETE FROM batch WHERE id IN (
      SELECT batch.id FROM batch INDEXED BY batch_of_bucket LEFT JOIN partition USING (partition_id)
      WHERE partition.partition_id IS NULL
         OR (batch.base_offset < partition.log_start_offset AND batch.last_offset < partition.log_start_offset)
    );
    DELETE FROM stretch WHERE NOT EXISTS (
      SELECT 1 FROM partition
      WHERE partition.partition_id = stretch.partition_id AND stretch.last_offset >= partition.log_start_offset
    );
    DELETE FROM producer_snapshot WHERE partition_id NOT IN (SELECT partition_id FROM partition);
    DELETE FROM compaction WHERE partition_id NOT IN (SELECT partition_id FROM partition);
  `)
}

function countsOf(database: Connection): Omit<RestoredSummary, 'asOfMs'> {
  const count = (what: string): number => database.prepare(`SELECT ${what}`).pluck().get() as number
  return {
    topics: count('count(*) FROM topic'),
    partitions: count('count(*) FROM partition'),
    rows: count('count(*) FROM batch INDEXED BY batch_of_bucket'),
    bytes: count('page_count * page_size FROM pragma_page_count, pragma_page_size'),
  }
}

function openEmpty(file: string): Connection {
  const database = new Database(file)
  try {
    // Nobody else looks at the file, and it is thrown away unless all of it is written: no journal, one sync at the end.
    const pragmas = {
      page_size: pageBytes,
      auto_vacuum: 'NONE',
      locking_mode: 'EXCLUSIVE',
      journal_mode: 'OFF',
      synchronous: 'OFF',
      cache_size: -cacheKibibytes,
      temp_store: 'MEMORY',
      application_id: applicationId,
    }
    for (const [name, value] of Object.entries(pragmas)) database.pragma(`${name} = ${value}`)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function checkIsEmpty(directory: string): void {
  const names = readdirSync(directory).filter(name => !harmless.includes(name))
  const [first] = names
  if (first === undefined) return
  throw new OperatorError(
    names.includes(databaseName)
      ? `${directory} holds the data of a node already`
      : `${directory} is not empty: it holds ${first}`,
    { hint: 'name a new directory with --data; nothing is ever restored over existing data' },
  )
}

/** Those of the directory and its parents that are not there, the innermost first. */
function missingDirectories(directory: string): string[] {
  const missing: string[] = []
  for (let path = directory; !existsSync(path); path = dirname(path)) missing.push(path)
  return missing
}

/** Brings a file, or the names in a directory, to the disk. */
function syncFile(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
