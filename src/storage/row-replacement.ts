import { assert } from '../base/errors.ts'
import type { ReplaceRows, ReplacingRow } from './change.ts'
import type { Connection } from './database.ts'
import { type Stretch, stretchChanges, stretchTable } from './stretch-table.ts'

interface RowStart {
  readonly baseOffset: number
  readonly position: number
}

/**
 * Puts compacted rows in the place of those of one or several stretches, and makes these one stretch. Returns the bytes
 * written.
 *
 * Only differences of positions mean something, so the new rows end where the old ones did, and the bytes that went are a
 * gap in front of them. The gap is noted with the stretch (`removedBytes`), which keeps every other row as it is.
 */
export function rowReplacer(database: Connection): (change: Omit<ReplaceRows, 'kind'>) => number {
  const stretches = stretchTable(database)
  const changes = stretchChanges(database)
  const stretchesOf = stretchesBetween(database)
  const insertRows = rowInserter(database)
  const startOf = database.prepare('SELECT base_offset AS baseOffset, position FROM batch WHERE id = ?')
  const remove = database.prepare('DELETE FROM batch WHERE id = ?')
  // A run that a crash ends leaves gaps, too: whoever sums up bytes and looks for gaps has to know.
  const markCompacted = database.prepare(`
    INSERT OR IGNORE INTO compaction (partition_id, clean_offset, horizon_ms) VALUES (?, 0, NULL)
  `)
  return ({ partitionId, ids, rows }) => {
    const first = startOf.get(ids[0] ?? -1) as RowStart | undefined
    const last = startOf.get(ids.at(-1) ?? -1) as RowStart | undefined
    // The topic was deleted, and its rows are being purged.
    if (!first || !last) return 0
    const old = stretchesOf(partitionId, { from: first.baseOffset, to: last.baseOffset })
    const [firstStretch] = old
    const lastStretch = old.at(-1)
    assert(firstStretch && lastStretch, 'rows outside of stretches cannot be replaced')
    changes.countReplacement()
    markCompacted.run(partitionId)
    for (const id of ids) remove.run(id)
    for (const stretch of old) changes.remove(partitionId, stretch)
    const { endPosition } = lastStretch
    const bytes = rows.reduce((sum, { data }) => sum + data.length, 0)
    const removedBytes = firstStretch.removedBytes + endPosition - first.position - bytes
    if (rows.length > 0) {
      insertRows(partitionId, rows, endPosition - bytes)
      stretches.insert(partitionId, { ...extentOf(rows), endPosition, removedBytes })
      changes.noteReplacement(partitionId, rows[0]?.baseOffset ?? -1)
    } else {
      const next = stretches.after(partitionId, lastStretch.baseOffset)
      if (next) {
        changes.addRemovedBytes(partitionId, next, removedBytes)
        changes.noteReplacement(partitionId, next.baseOffset)
      }
    }
    return bytes
  }
}

function stretchesBetween(database: Connection) {
  const stretches = stretchTable(database)
  return (partitionId: number, { from, to }: { readonly from: number; readonly to: number }): Stretch[] => {
    const found: Stretch[] = []
    let stretch = stretches.upto(partitionId, from)
    for (; stretch && stretch.baseOffset <= to; stretch = stretches.after(partitionId, stretch.baseOffset)) {
      found.push(stretch)
    }
    return found
  }
}

function rowInserter(database: Connection) {
  const insert = database.prepare(`
    INSERT INTO batch (id, partition_id, base_offset, last_offset, max_timestamp, leader_epoch, position, data)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  `)
  return (partitionId: number, rows: readonly ReplacingRow[], startPosition: number): void => {
    let position = startPosition
    for (const { id, baseOffset, lastOffset, maxTimestamp, leaderEpoch, data } of rows) {
      insert.run(id, partitionId, baseOffset, lastOffset, maxTimestamp, leaderEpoch, position, data)
      position += data.length
    }
  }
}

function extentOf(rows: readonly ReplacingRow[]): Omit<Stretch, 'endPosition' | 'removedBytes'> {
  return {
    baseOffset: rows[0]?.baseOffset ?? -1,
    lastOffset: rows.at(-1)?.lastOffset ?? -1,
    maxTimestamp: Math.max(...rows.map(({ maxTimestamp }) => maxTimestamp)),
    firstId: rows[0]?.id ?? -1,
    lastId: rows.at(-1)?.id ?? -1,
  }
}
