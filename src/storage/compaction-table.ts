import type { Compaction, SaveCompaction } from './change.ts'
import type { Connection } from './database.ts'

/** How far the partitions are compacted. */
export function compactionTable(database: Connection) {
  const save = database.prepare(`
    INSERT OR REPLACE INTO compaction (partition_id, clean_offset, horizon_ms) VALUES (?, ?, ?)
  `)
  const forget = database.prepare('DELETE FROM compaction WHERE partition_id = ?')
  return {
    save({ partitionId, compaction }: Omit<SaveCompaction, 'kind'>): void {
      save.run(partitionId, compaction.cleanOffset, compaction.horizonMs)
    },
    /** The last batch of a deleted partition is gone. */
    forget(partitionId: number): void {
      forget.run(partitionId)
    },
  }
}

/** By partition id. */
export function loadCompactions(database: Connection): Map<number, Compaction> {
  const select = database.prepare(`
    SELECT partition_id AS partitionId, clean_offset AS cleanOffset, horizon_ms AS horizonMs FROM compaction
  `)
  const rows = select.all() as (Compaction & { readonly partitionId: number })[]
  return new Map(rows.map(({ partitionId, ...compaction }) => [partitionId, compaction]))
}
