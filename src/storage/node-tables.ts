import type { ProducerSnapshot, SaveProducerIdBlock, SaveProducers } from './change.ts'
import type { Connection } from './database.ts'

/** The one row of facts about the node, and the producer state of its partitions. */
export function nodeTables(database: Connection) {
  const saveProducerId = database.prepare('UPDATE node SET next_producer_id = max(next_producer_id, ?)')
  const saveSnapshot = database.prepare(`
    INSERT OR REPLACE INTO producer_snapshot (partition_id, upto_offset, producers) VALUES (?, ?, ?)
  `)
  const deleteSnapshot = database.prepare('DELETE FROM producer_snapshot WHERE partition_id = ?')
  const saveMark = database.prepare('UPDATE node SET producers_saved_batch_id = ?')
  return {
    saveProducerIdBlock(change: SaveProducerIdBlock): void {
      saveProducerId.run(change.nextProducerId)
    },
    /** `lastBatchId` is the newest row of which the snapshots know. */
    saveProducers(change: SaveProducers, lastBatchId: number): void {
      for (const { partitionId, uptoOffset, producers } of change.partitions) {
        saveSnapshot.run(partitionId, uptoOffset, JSON.stringify(producers))
      }
      saveMark.run(lastBatchId)
    },
    forgetProducers(partitionId: number): void {
      deleteSnapshot.run(partitionId)
    },
  }
}

export interface NodeRow {
  readonly clusterId: string
  readonly nextPartitionId: number
  readonly nextProducerId: number
  readonly producersSavedBatchId: number
}

/** The node's facts; on the first open they are written, with `newClusterId()`. */
export function loadNode(database: Connection, newClusterId: () => string): NodeRow {
  const select = database.prepare(`
    SELECT cluster_id AS clusterId, next_partition_id AS nextPartitionId, next_producer_id AS nextProducerId,
           producers_saved_batch_id AS producersSavedBatchId
    FROM node
  `)
  if (select.get() === undefined) {
    database
      .prepare(`
        INSERT INTO node (only_row, cluster_id, next_partition_id, next_producer_id, producers_saved_batch_id)
        VALUES (1, ?, 1, 0, 0)
      `)
      .run(newClusterId())
  }
  return select.get() as NodeRow
}

export interface SnapshotRow {
  readonly uptoOffset: number
  readonly producers: readonly ProducerSnapshot[]
}

/** The producer snapshots by partition. */
export function loadSnapshots(database: Connection): Map<number, SnapshotRow> {
  const select = database.prepare(`
    SELECT partition_id AS partitionId, upto_offset AS uptoOffset, producers FROM producer_snapshot
  `)
  const snapshots = new Map<number, SnapshotRow>()
  for (const row of select.all() as { partitionId: number; uptoOffset: number; producers: string }[]) {
    snapshots.set(row.partitionId, { uptoOffset: row.uptoOffset, producers: JSON.parse(row.producers) })
  }
  return snapshots
}
