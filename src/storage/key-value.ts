import Database from 'better-sqlite3'
import { OperatorError, StorageError } from '../base/errors.ts'

/** What is stored under one key. The timestamp is in milliseconds since 1970. */
export interface StoredRow {
  readonly value: Buffer
  readonly timestamp: number
}

/** One change of one table: no row deletes the key. */
export interface RowChange {
  readonly table: string
  readonly key: Buffer
  readonly row: { readonly value: Uint8Array; readonly timestamp: number } | undefined
}

/** What belongs together: rows, and the point in the input that they are the result of. */
export interface StateCommit {
  readonly changes: Iterable<RowChange>
  /** By name: offsets of topics and changelogs, or whatever says how far the state has come. */
  readonly positions: Readonly<Record<string, number>>
}

/** "stst": marks the file as streams state of ours, so that the database of another program is refused. */
const applicationId = 0x7374_7374
const schemaVersion = 1
/** Small pages: rows are small, and change all over the file. */
const pageBytes = 4096

/**
 * The tables of one task in one SQLite file. A commit holds rows and positions or nothing of both. It survives a crash of the
 * program; one of the machine may lose the last commits, as a whole, and the changelogs then bring them back.
 */
export class StateFile {
  readonly #database: Database.Database
  readonly #tables = new Map<string, StateFileTable>()
  readonly #setPosition: Database.Statement<[string, number]>
  readonly #commit: (commit: StateCommit) => void

  /** Opens or creates the file. `cacheBytes`: what SQLite may keep of it in memory. Throws OperatorError if it is not ours. */
  constructor(file: string, options: { readonly cacheBytes: number }) {
    this.#database = new Database(file)
    try {
      this.#prepare(file, options.cacheBytes)
    } catch (error) {
      this.#database.close()
      throw error
    }
    this.#setPosition = this.#database.prepare(`
      INSERT INTO position (name, value) VALUES (?, ?)
      ON CONFLICT (name) DO UPDATE SET value = excluded.value
    `)
    this.#commit = this.#database.transaction((commit: StateCommit) => this.#write(commit))
  }

  /** The table of that name, created where it is missing. */
  table(name: string): StateFileTable {
    const known = this.#tables.get(name)
    if (known) return known
    this.#database.prepare('INSERT OR IGNORE INTO state_table (name) VALUES (?)').run(name)
    const { id } = this.#database.prepare('SELECT id FROM state_table WHERE name = ?').get(name) as { id: number }
    const table = new StateFileTable(this.#database, `state_${id}`)
    this.#tables.set(name, table)
    return table
  }

  /** The positions of the last commit. */
  positions(): Record<string, number> {
    const rows = this.#database.prepare('SELECT name, value FROM position').all() as { name: string; value: number }[]
    return Object.fromEntries(rows.map(({ name, value }) => [name, value]))
  }

  /** Writes all of it in one transaction. Throws StorageError, after which nothing of it is there. */
  commit(commit: StateCommit): void {
    try {
      this.#commit(commit)
    } catch (error) {
      throw new StorageError(`the state in ${this.#database.name} could not be written`, { cause: error })
    }
  }

  close(): void {
    this.#database.close()
  }

  #write({ changes, positions }: StateCommit): void {
    for (const { table, key, row } of changes) this.table(table).write(key, row)
    for (const [name, value] of Object.entries(positions)) this.#setPosition.run(name, value)
  }

  #prepare(file: string, cacheBytes: number): void {
    const database = this.#database
    const owner = database.pragma('application_id', { simple: true })
    // Whoever was killed while it made the file may have left its first page, and nothing else.
    const isEmpty = database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined
    if (!(isEmpty && owner === 0) && owner !== applicationId) {
      throw new OperatorError(`${file} is no state of a stream-processing script`, { hint: 'choose another directory' })
    }
    database.pragma(`page_size = ${pageBytes}`)
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = NORMAL')
    // 32 MiB of log instead of 4: pages that change again and again are copied more seldom.
    database.pragma('wal_autocheckpoint = 8192')
    database.pragma(`cache_size = -${Math.max(64, Math.floor(cacheBytes / 1024))}`)
    database.exec(`
      BEGIN IMMEDIATE;
      CREATE TABLE IF NOT EXISTS state_table (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
      CREATE TABLE IF NOT EXISTS position (name TEXT PRIMARY KEY, value REAL NOT NULL) WITHOUT ROWID;
      PRAGMA application_id = ${applicationId};
      PRAGMA user_version = ${schemaVersion};
      COMMIT;
    `)
  }
}

/** Rows of one table in the order of the bytes of their keys. */
export class StateFileTable {
  readonly #get: Database.Statement<[Buffer]>
  readonly #forward: Database.Statement<[Buffer, Buffer, number]>
  readonly #backward: Database.Statement<[Buffer, Buffer, number]>
  readonly #put: Database.Statement<[Buffer, Uint8Array, number]>
  readonly #remove: Database.Statement<[Buffer]>
  readonly #clear: Database.Statement<[]>
  readonly #database: Database.Database
  readonly #name: string

  constructor(database: Database.Database, name: string) {
    this.#database = database
    this.#name = name
    database.exec(`
      CREATE TABLE IF NOT EXISTS ${name} (
        key BLOB PRIMARY KEY, value BLOB NOT NULL, timestamp INTEGER NOT NULL
      ) WITHOUT ROWID
    `)
    const span = `SELECT key, value, timestamp FROM ${name} WHERE key >= ? AND key < ? ORDER BY key`
    this.#get = database.prepare(`SELECT value, timestamp FROM ${name} WHERE key = ?`)
    this.#forward = database.prepare(`${span} LIMIT ?`)
    this.#backward = database.prepare(`${span} DESC LIMIT ?`)
    this.#put = database.prepare(`
      INSERT INTO ${name} (key, value, timestamp) VALUES (?, ?, ?)
      ON CONFLICT (key) DO UPDATE SET value = excluded.value, timestamp = excluded.timestamp
    `)
    this.#remove = database.prepare(`DELETE FROM ${name} WHERE key = ?`)
    this.#clear = database.prepare(`DELETE FROM ${name}`)
  }

  get(key: Buffer): StoredRow | undefined {
    return this.#get.get(key) as StoredRow | undefined
  }

  /** Up to `limit` rows from `from` up to, not including, `to`; with `reverse` the last ones, the last first. */
  range(from: Buffer, to: Buffer, limit: number, reverse: boolean): (StoredRow & { readonly key: Buffer })[] {
    const statement = reverse ? this.#backward : this.#forward
    return statement.all(from, to, limit) as (StoredRow & { key: Buffer })[]
  }

  /** The keys in the order of eight of their bytes, which begin `fromEnd` bytes before their end. Makes an index at first. */
  byTime(fromEnd: number): StateFileTimes {
    return new StateFileTimes(this.#database, this.#name, fromEnd)
  }

  /** The keys in the order of the first eight bytes of their values. Makes an index at first. */
  byHead(): StateFileHeads {
    return new StateFileHeads(this.#database, this.#name)
  }

  /** Removes all rows, at once: for state that is built anew. */
  clear(): void {
    this.#clear.run()
  }

  /** Only within a commit of the file. */
  write(key: Buffer, row: RowChange['row']): void {
    if (row) this.#put.run(key, row.value, row.timestamp)
    else this.#remove.run(key)
  }
}

/** Keys of a table in the order of a time in them, then of their bytes. */
export class StateFileTimes {
  readonly #sameTime: Database.Statement<[Buffer, Buffer, number]>
  readonly #later: Database.Statement<[Buffer, Buffer, number]>
  readonly #last: Database.Statement<[]>
  readonly #greatestTail: Database.Statement<[]>

  constructor(database: Database.Database, name: string, fromEnd: number) {
    const time = `substr(key, -${fromEnd}, 8)`
    database.exec(`CREATE INDEX IF NOT EXISTS ${name}_time ON ${name} (${time})`)
    this.#sameTime = database
      .prepare<[Buffer, Buffer, number]>(`SELECT key FROM ${name} WHERE ${time} = ? AND key > ? ORDER BY key LIMIT ?`)
      .pluck()
    this.#later = database
      .prepare<[Buffer, Buffer, number]>(
        `SELECT key FROM ${name} WHERE ${time} > ? AND ${time} < ? ORDER BY ${time}, key LIMIT ?`,
      )
      .pluck()
    this.#last = database.prepare<[]>(`SELECT max(${time}) FROM ${name}`).pluck()
    this.#greatestTail = database.prepare<[]>(`SELECT max(substr(key, -4)) FROM ${name}`).pluck()
  }

  /** Up to `limit` keys behind this one of this time, whose times are below `to`. All times: eight bytes, big-endian. */
  after(time: Buffer, key: Buffer, to: Buffer, limit: number): readonly Buffer[] {
    const same = this.#sameTime.all(time, key, limit) as Buffer[]
    return same.length === limit ? same : [...same, ...(this.#later.all(time, to, limit - same.length) as Buffer[])]
  }

  /** The greatest time, undefined without rows. */
  last(): Buffer | undefined {
    return (this.#last.get() as Buffer | null) ?? undefined
  }

  /** The greatest last four bytes of a key, undefined without rows. */
  greatestTail(): Buffer | undefined {
    return (this.#greatestTail.get() as Buffer | null) ?? undefined
  }
}

/** A key, and the first eight bytes of its value. */
export interface StoredHead {
  readonly head: Buffer
  readonly key: Buffer
}

/** Keys of a table in the order of the first eight bytes of their values, then of their own bytes. */
export class StateFileHeads {
  readonly #sameHead: Database.Statement<[Buffer, Buffer, number]>
  readonly #later: Database.Statement<[Buffer, number]>

  constructor(database: Database.Database, name: string) {
    const head = 'substr(value, 1, 8)'
    database.exec(`CREATE INDEX IF NOT EXISTS ${name}_head ON ${name} (${head})`)
    const select = `SELECT ${head} AS head, key FROM ${name}`
    this.#sameHead = database.prepare(`${select} WHERE ${head} = ? AND key > ? ORDER BY key LIMIT ?`)
    this.#later = database.prepare(`${select} WHERE ${head} > ? ORDER BY ${head}, key LIMIT ?`)
  }

  first(limit: number): readonly StoredHead[] {
    return this.#later.all(Buffer.alloc(0), limit) as StoredHead[]
  }

  /** Up to `limit` keys behind this one with this head. */
  after(head: Buffer, key: Buffer, limit: number): readonly StoredHead[] {
    const same = this.#sameHead.all(head, key, limit) as StoredHead[]
    return same.length === limit ? same : [...same, ...(this.#later.all(head, limit - same.length) as StoredHead[])]
  }
}
