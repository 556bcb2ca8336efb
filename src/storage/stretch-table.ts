import type { Connection } from './database.ts'

// A partition is cut into stretches. What is stored of one, when it is complete, answers two questions: in which ids its
// rows are, and how high its timestamps go. The rows behind the last stored stretch are few, and their ids are near the
// highest one: see `idsOpenMax`.

/** A stretch is complete when it has this many bytes, or rows, … */
export const stretchBytes = 4 * 1024 * 1024
export const stretchRows = 256
/** … or when its first row is this many ids behind the newest row of all partitions. */
export const idsOpenMax = 16 * 1024

/** Rows of a partition that follow each other. After trimming, the first ones may be gone. */
export interface Stretch {
  readonly baseOffset: number
  readonly lastOffset: number
  readonly maxTimestamp: number
  readonly firstId: number
  readonly lastId: number
  /** The position behind its last row. */
  readonly endPosition: number
  /** Bytes that compaction took away between the stretch before and its first row. */
  readonly removedBytes: number
}

const columns = `
  base_offset AS baseOffset, last_offset AS lastOffset, max_timestamp AS maxTimestamp,
  first_batch_id AS firstId, last_batch_id AS lastId, end_position AS endPosition,
  removed_bytes AS removedBytes
`

export function stretchTable(database: Connection) {
  const insert = database.prepare(`
    INSERT INTO stretch
      (partition_id, base_offset, last_offset, max_timestamp, first_batch_id, last_batch_id, end_position,
       removed_bytes)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  `)
  const deleteUpto = database.prepare(
    'DELETE FROM stretch WHERE partition_id = ? AND base_offset <= ? AND last_offset <= ?',
  )
  const newest = database.prepare(`
    SELECT ${columns} FROM stretch WHERE partition_id = ? ORDER BY base_offset DESC LIMIT 1
  `)
  const upto = database.prepare(`
    SELECT ${columns} FROM stretch WHERE partition_id = ? AND base_offset <= ? ORDER BY base_offset DESC LIMIT 1
  `)
  const after = database.prepare(`
    SELECT ${columns} FROM stretch WHERE partition_id = ? AND base_offset > ? ORDER BY base_offset LIMIT 1
  `)
  const afterWithTime = database.prepare(`
    SELECT ${columns} FROM stretch WHERE partition_id = ? AND base_offset > ? AND max_timestamp >= ?
    ORDER BY base_offset LIMIT 1
  `)
  const highestAfter = database
    .prepare('SELECT max(max_timestamp) FROM stretch WHERE partition_id = ? AND base_offset > ?')
    .pluck()
  return {
    insert(partitionId: number, stretch: Stretch): void {
      const { baseOffset, lastOffset, maxTimestamp, firstId, lastId, endPosition, removedBytes } = stretch
      insert.run(partitionId, baseOffset, lastOffset, maxTimestamp, firstId, lastId, endPosition, removedBytes)
    },
    /** Removes the stretches that lie wholly at or below `offset`. */
    deleteUpto(partitionId: number, offset: number): void {
      deleteUpto.run(partitionId, offset, offset)
    },
    newest: (partitionId: number) => newest.get(partitionId) as Stretch | undefined,
    /** The last stretch that begins at or below `offset`. */
    upto: (partitionId: number, offset: number) => upto.get(partitionId, offset) as Stretch | undefined,
    /** The first stretch that begins above `offset`. */
    after: (partitionId: number, offset: number) => after.get(partitionId, offset) as Stretch | undefined,
    /** The first stretch that begins above `offset` and holds a record of time >= `timestamp`. */
    afterWithTime: (partitionId: number, offset: number, timestamp: number) =>
      afterWithTime.get(partitionId, offset, timestamp) as Stretch | undefined,
    /** The highest timestamp in the stretches that begin above `offset`. */
    highestAfter: (partitionId: number, offset: number) => highestAfter.get(partitionId, offset) as number | null,
  }
}

/** What compaction does to stretches. */
export function stretchChanges(database: Connection) {
  const remove = database.prepare('DELETE FROM stretch WHERE partition_id = ? AND base_offset = ?')
  const addRemovedBytes = database.prepare(`
    UPDATE stretch SET removed_bytes = removed_bytes + ? WHERE partition_id = ? AND base_offset = ?
  `)
  const countReplacement = database.prepare('UPDATE node SET replacements = replacements + 1')
  const noteReplacement = database.prepare(`
    UPDATE stretch SET replacement = (SELECT replacements FROM node) WHERE partition_id = ? AND base_offset = ?
  `)
  return {
    /** One more replacement of rows has begun. */
    countReplacement(): void {
      countReplacement.run()
    },
    /** The newest replacement is that of the rows in this stretch, or of rows in front of it that are gone. */
    noteReplacement(partitionId: number, baseOffset: number): void {
      noteReplacement.run(partitionId, baseOffset)
    },
    remove(partitionId: number, { baseOffset }: Stretch): void {
      remove.run(partitionId, baseOffset)
    },
    /** Bytes were taken away in front of the stretch. */
    addRemovedBytes(partitionId: number, { baseOffset }: Stretch, bytes: number): void {
      addRemovedBytes.run(bytes, partitionId, baseOffset)
    },
  }
}

/** What positions count too much: the bytes taken away in front of the stretches that begin above `from`, up to `to`. */
export function removedBytesQuery(database: Connection) {
  const select = database.prepare(`
    SELECT coalesce(sum(removed_bytes), 0) FROM stretch WHERE partition_id = ? AND base_offset > ? AND base_offset <= ?
  `)
  return (partitionId: number, { from, to }: { readonly from: number; readonly to: number }) =>
    select.pluck().get(partitionId, from, to) as number
}
