import type { BackupRow } from './backup-format.ts'
import { type Connection, pageBytes } from './database.ts'
import { RowFinder } from './row-finder.ts'
import type { Stretch } from './stretch-table.ts'

/** A read transaction of this size takes some milliseconds; longer ones would keep the WAL from being reused. */
const readBytesDefault = 4 * 1024 * 1024
const tableTextChars = 256 * 1024

/** Ids of rows: above the first, up to the second. */
export interface IdRange {
  readonly afterId: number
  readonly uptoId: number
}

/** Rows that were copied before compaction replaced them. */
export interface StaleRows extends IdRange {
  readonly partitionId: number
  /** Under which ids the rows are that took their place. */
  readonly ids: readonly number[]
}

/** The node as it was after one commit: everything but the rows of the log, and what is to be known of those. */
export interface SourceState {
  readonly lastId: number
  readonly replacements: number
  readonly stale: readonly StaleRows[]
  readonly topics: number
  readonly partitions: number
  /** How many rows there are behind those that were copied. */
  readonly tailRows: number
  /** The other tables, as text. */
  readonly tables: readonly string[]
}

/** Reads what a backup consists of, each piece in a short read transaction. */
export class BackupSource {
  readonly #database: Connection
  readonly #readBytes: number
  readonly #finder: RowFinder
  readonly #rows
  readonly #row
  readonly #tailRows
  readonly #lastId
  readonly #replacements
  readonly #replacedSince

  constructor(database: Connection, readBytes = readBytesDefault) {
    this.#database = database
    this.#readBytes = readBytes
    this.#finder = new RowFinder(database)
    const columns = `
      id, partition_id AS partitionId, base_offset AS baseOffset, last_offset AS lastOffset,
      max_timestamp AS maxTimestamp, leader_epoch AS leaderEpoch, position, data
    `
    // Rows of deleted topics are on their way out: a large one would double the backup.
    const isLive = 'partition_id NOT IN (SELECT partition_id FROM deleted_partition)'
    this.#rows = database.prepare(
      `SELECT ${columns} FROM batch NOT INDEXED WHERE id > ? AND id <= ? AND ${isLive} ORDER BY id`,
    )
    this.#row = database.prepare(`SELECT ${columns} FROM batch WHERE id = ?`)
    this.#tailRows = database
      .prepare(`
        SELECT count(*) FROM batch INDEXED BY batch_of_bucket
        WHERE id >> 10 >= ? AND id > ? AND ${isLive}
      `)
      .pluck()
    this.#lastId = database.prepare('SELECT coalesce(max(id), 0) FROM batch').pluck()
    this.#replacements = database.prepare('SELECT replacements FROM node').pluck()
    this.#replacedSince = database.prepare(`
      SELECT partition_id AS partitionId, base_offset AS baseOffset, last_offset AS lastOffset,
             max_timestamp AS maxTimestamp, first_batch_id AS firstId, last_batch_id AS lastId,
             end_position AS endPosition, removed_bytes AS removedBytes,
             (SELECT coalesce(max(before.last_batch_id), 0) FROM stretch AS before
              WHERE before.partition_id = stretch.partition_id AND before.base_offset < stretch.base_offset) AS afterId
      FROM stretch WHERE replacement > ?
    `)
  }

  get clusterId(): string {
    return this.#database.prepare('SELECT cluster_id FROM node').pluck().get() as string
  }

  /** About how much there is to copy: what the file has in use. */
  logBytes(): number {
    const pages = this.#database.pragma('page_count', { simple: true }) as number
    const free = this.#database.pragma('freelist_count', { simple: true }) as number
    return (pages - free) * pageBytes
  }

  /** `topic-0`; the number of a partition that no topic has (any more). */
  nameOf(partitionId: number): string {
    const name = this.#database
      .prepare(`
        SELECT name || '-' || partition_index FROM partition JOIN topic USING (topic_id) WHERE partition_id = ?
      `)
      .pluck()
      .get(partitionId)
    return name === undefined ? `partition id ${partitionId}` : String(name)
  }

  lastId(): number {
    return this.#lastId.get() as number
  }

  replacements(): number {
    return this.#replacements.get() as number
  }

  /** Some rows with these ids, in order; none if there are none left. */
  rows({ afterId, uptoId }: IdRange): BackupRow[] {
    const rows: BackupRow[] = []
    let bytes = 0
    for (const row of this.#rows.iterate(afterId, uptoId) as Iterable<BackupRow>) {
      rows.push(row)
      bytes += row.data.length
      if (bytes >= this.#readBytes) break
    }
    return rows
  }

  /** The row with this id as it is now; undefined if it is gone. */
  row(id: number): BackupRow | undefined {
    return this.#row.get(id) as BackupRow | undefined
  }

  /**
   * The state of this moment. `copiedUpto`: rows up to this id were copied; `replacements`: what the count was before the
   * first of them was read.
   */
  state({ copiedUpto, replacements }: { readonly copiedUpto: number; readonly replacements: number }): SourceState {
    const read = this.#database.transaction(
      (): SourceState => ({
        lastId: this.lastId(),
        replacements: this.replacements(),
        stale: this.#stale(copiedUpto, replacements),
        tailRows: this.#tailRows.get(Math.floor(copiedUpto / 1024), copiedUpto) as number,
        topics: this.#count('topic'),
        partitions: this.#count('partition'),
        tables: [...this.#tables()],
      }),
    )
    return read.deferred()
  }

  /**
   * Reads rows that belong to a state. They do not any more (`isOvertaken`) if one of them was replaced since: that can be
   * told only in the same transaction, because retention may take the row next, and with it what tells of the replacement.
   */
  rowsOf(
    { replacements }: SourceState,
    read: () => readonly BackupRow[],
  ): { readonly rows: readonly BackupRow[]; readonly isOvertaken: boolean } {
    const both = this.#database.transaction(() => {
      const rows = read()
      if (this.replacements() === replacements) return { rows, isOvertaken: false }
      const replaced = this.#replacedSince.all(replacements) as (Stretch & { readonly partitionId: number })[]
      const isIn = (row: BackupRow): boolean =>
        replaced.some(
          ({ partitionId, baseOffset, lastOffset }) =>
            partitionId === row.partitionId && baseOffset <= row.baseOffset && row.baseOffset <= lastOffset,
        )
      return { rows, isOvertaken: rows.some(isIn) }
    })
    return both.deferred()
  }

  #stale(copiedUpto: number, replacements: number): StaleRows[] {
    const stale: StaleRows[] = []
    for (const stretch of this.#replacedSince.all(replacements) as (Stretch & StaleRows)[]) {
      const { partitionId, afterId, lastId } = stretch
      const places = this.#finder.inStretch(stretch, partitionId, stretch.baseOffset)
      const ids = Array.from(places, ({ id }) => id).filter(id => id <= copiedUpto)
      stale.push({ partitionId, afterId, uptoId: Math.min(lastId, copiedUpto), ids })
    }
    return stale
  }

  #count(table: 'topic' | 'partition'): number {
    return this.#database.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number
  }

  *#tables(): Generator<string, void, void> {
    for (const { table, columns } of backedUpTables(this.#database)) {
      const select = this.#database.prepare(`SELECT ${columns.map(quoted).join(', ')} FROM ${quoted(table)}`).raw()
      const head = `{"table":${JSON.stringify(table)},"columns":${JSON.stringify(columns)},"rows":[`
      let rows: string[] = []
      let chars = 0
      for (const row of select.iterate() as Iterable<unknown[]>) {
        const text = JSON.stringify(
          row.map(value => (Buffer.isBuffer(value) ? { base64: value.toString('base64') } : value)),
        )
        rows.push(text)
        chars += text.length
        if (chars < tableTextChars) continue
        yield `${head}${rows.join(',')}]}`
        rows = []
        chars = 0
      }
      if (rows.length > 0) yield `${head}${rows.join(',')}]}`
    }
  }
}

/** Rows of the log travel by themselves, and what is left of deleted topics does not travel. */
const otherwise: readonly string[] = ['batch', 'deleted_partition']

/** The tables that a backup holds whole: whatever there is, so that none can be forgotten. */
export function backedUpTables(
  database: Connection,
): { readonly table: string; readonly columns: readonly string[] }[] {
  const tables = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
    .pluck()
    .all() as string[]
  const columnsOf = database.prepare('SELECT name FROM pragma_table_info(?)').pluck()
  return tables
    .filter(table => !otherwise.includes(table))
    .map(table => ({ table, columns: columnsOf.all(table) as string[] }))
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
