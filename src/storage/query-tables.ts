import Database from 'better-sqlite3'

/** A row of a store, as a table shows it. */
export interface QueryRow {
  readonly key: unknown
  readonly windowStart: number | null
  readonly windowEnd: number | null
  readonly value: unknown
  /** Milliseconds since 1970. */
  readonly timestamp: number
  readonly partition: number
}

/** What a query says that it cannot do, in SQLite's words. */
export class QueryProblem extends Error {}

/** So many fields of values become columns. */
const fieldsMax = 500
const fixedColumns = ['key', 'window_start', 'window_end', 'timestamp', 'partition', 'value']

/**
 * Rows as SQL tables for one query: in a temporary database, which SQLite keeps in memory while it is small and else in a file
 * that nobody else sees and that goes with it. Columns of a table: key, window_start, window_end, timestamp, partition,
 * value, and each field of values (and `key_FIELD` of keys) that are objects.
 */
export class QueryTables {
  // An empty name asks SQLite for a temporary database.
  readonly #database = new Database('')
  readonly #columns = new Map<string, readonly string[]>()

  constructor() {
    this.#database.pragma('journal_mode = OFF')
    this.#database.pragma('synchronous = OFF')
  }

  /** Makes a table of rows. Its name with underscores for all else than letters and digits works unquoted. */
  async addTable(name: string, rows: AsyncIterable<readonly QueryRow[]>): Promise<void> {
    const hidden = quoted(`rows of ${name}`)
    this.#database.exec(
      `CREATE TABLE ${hidden}(key, window_start INTEGER, window_end INTEGER, timestamp INTEGER, "partition" INTEGER, value)`,
    )
    const insert = this.#database.prepare(`INSERT INTO ${hidden} VALUES (?, ?, ?, ?, ?, ?)`)
    const keyFields = new Set<string>()
    const valueFields = new Set<string>()
    const insertAll = this.#database.transaction((page: readonly QueryRow[]) => {
      for (const { key, windowStart, windowEnd, timestamp, partition, value } of page) {
        addFields(keyFields, key)
        addFields(valueFields, value)
        insert.run(cellOf(key), windowStart, windowEnd, timestamp, partition, cellOf(value))
      }
    })
    for await (const page of rows) insertAll(page)
    this.#addViews(name, hidden, { keyFields, valueFields })
  }

  /** The tables with their columns, for people. */
  describe(): string {
    return [...this.#columns].map(([name, columns]) => `${quotedIfNeeded(name)}(${columns.join(', ')})`).join(', ')
  }

  /** Runs one SELECT. Throws `QueryProblem` for what is none, and for what SQLite refuses. */
  *query(sql: string): Generator<Readonly<Record<string, unknown>>> {
    this.#database.pragma('query_only = ON')
    try {
      const statement = this.#database.prepare(sql)
      if (!statement.reader || !statement.readonly) throw new QueryProblem('only SELECT can be asked')
      yield* statement.iterate() as IterableIterator<Readonly<Record<string, unknown>>>
    } catch (error) {
      throw error instanceof QueryProblem ? error : new QueryProblem((error as Error).message)
    }
  }

  close(): void {
    this.#database.close()
  }

  #addViews(
    name: string,
    hidden: string,
    { keyFields, valueFields }: { readonly keyFields: Iterable<string>; readonly valueFields: Iterable<string> },
  ): void {
    const columns = new Map(fixedColumns.map(column => [column, quoted(column)]))
    const add = (column: string, expression: string): void => {
      // SQL takes 'Page' and 'page' for one column.
      const isTaken = [...columns.keys()].some(other => other.toLowerCase() === column.toLowerCase())
      if (!isTaken) columns.set(column, expression)
    }
    for (const field of valueFields) {
      const isFixed = fixedColumns.includes(field.toLowerCase())
      add(isFixed ? `value_${field}` : field, fieldOf('value', field))
    }
    for (const field of keyFields) add(`key_${field}`, fieldOf('key', field))
    this.#columns.set(name, [...columns.keys()])
    const selected = [...columns].map(([column, expression]) => `${expression} AS ${quoted(column)}`).join(', ')
    for (const view of new Set([name, plainName(name)])) {
      this.#database.exec(`CREATE VIEW IF NOT EXISTS ${quoted(view)} AS SELECT ${selected} FROM ${hidden}`)
    }
  }
}

/** The name of a table that needs no quotes in SQL. */
export function plainName(name: string): string {
  return name.replace(/[^\p{L}\p{N}_]/gu, '_')
}

function quotedIfNeeded(name: string): string {
  return plainName(name) === name ? name : `${quoted(name)} or ${plainName(name)}`
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A field of what may be JSON, or a text that is none. */
function fieldOf(column: 'key' | 'value', field: string): string {
  const path = `'$.${JSON.stringify(field).replaceAll("'", "''")}'`
  return `CASE WHEN json_valid(${column}) THEN ${column} ->> ${path} END`
}

function addFields(fields: Set<string>, value: unknown): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return
  for (const field of Object.keys(value)) if (fields.size < fieldsMax) fields.add(field)
}

function cellOf(value: unknown): string | number | null {
  if (typeof value === 'string' || typeof value === 'number') return value
  if (value === null || value === undefined) return null
  return typeof value === 'boolean' ? Number(value) : JSON.stringify(value)
}
