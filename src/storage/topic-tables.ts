import type { AddPartitions, AdvanceLogStart, CreateTopic, DeleteTopic, NewPartition } from './change.ts'
import type { Connection } from './database.ts'

export interface TopicRow {
  readonly topicId: string
  readonly name: string
  readonly createdMs: number
  readonly internal: number
}

export interface PartitionRow {
  readonly partitionId: number
  readonly topicId: string
  readonly index: number
  readonly leaderEpoch: number
  readonly logStartOffset: number
}

/** Topics, their partitions, and the partitions of deleted topics that still hold batches. */
export function topicTables(database: Connection) {
  const insertTopic = database.prepare('INSERT INTO topic (topic_id, name, created_ms, internal) VALUES (?, ?, ?, ?)')
  const deleteTopic = database.prepare('DELETE FROM topic WHERE topic_id = ?')
  const insertPartition = database.prepare(`
    INSERT INTO partition (partition_id, topic_id, partition_index, leader_epoch, log_start_offset) VALUES (?, ?, ?, ?, 0)
  `)
  const reservePartitionId = database.prepare('UPDATE node SET next_partition_id = max(next_partition_id, ?)')
  const partitionIds = database.prepare('SELECT partition_id FROM partition WHERE topic_id = ?').pluck()
  const forgetPartitions = database.prepare(`
    INSERT INTO deleted_partition (partition_id) SELECT partition_id FROM partition WHERE topic_id = ?
  `)
  const deletePartitions = database.prepare('DELETE FROM partition WHERE topic_id = ?')
  const purged = database.prepare('DELETE FROM deleted_partition WHERE partition_id = ?')
  const raiseLogStart = database.prepare(`
    UPDATE partition SET log_start_offset = ? WHERE partition_id = ? AND log_start_offset < ?
  `)

  const addPartitions = (topicId: string, partitions: readonly NewPartition[]): void => {
    for (const { partitionId, index, leaderEpoch } of partitions) {
      insertPartition.run(partitionId, topicId, index, leaderEpoch)
      reservePartitionId.run(partitionId + 1)
    }
  }

  return {
    create(change: CreateTopic): void {
      insertTopic.run(change.topicId, change.name, change.createdMs, change.internal ? 1 : 0)
      addPartitions(change.topicId, change.partitions)
    },

    addPartitions(change: AddPartitions): void {
      addPartitions(change.topicId, change.partitions)
    },

    /** Returns the partitions whose batches are now to be purged. */
    delete(change: DeleteTopic): number[] {
      const ids = partitionIds.all(change.topicId) as number[]
      forgetPartitions.run(change.topicId)
      deletePartitions.run(change.topicId)
      deleteTopic.run(change.topicId)
      return ids
    },

    /** The last batch of a deleted partition is gone. */
    purged(partitionId: number): void {
      purged.run(partitionId)
    },

    /** Returns whether the log start moved. */
    advanceLogStart(change: AdvanceLogStart): boolean {
      return raiseLogStart.run(change.offset, change.partitionId, change.offset).changes > 0
    },
  }
}

/** Every topic, and every partition ordered by topic and index. */
export function loadTopics(database: Connection): { topics: TopicRow[]; partitions: PartitionRow[] } {
  const topics = database.prepare(`
    SELECT topic_id AS topicId, name, created_ms AS createdMs, internal FROM topic ORDER BY name
  `)
  const partitions = database.prepare(`
    SELECT partition_id AS partitionId, topic_id AS topicId, partition_index AS "index",
           leader_epoch AS leaderEpoch, log_start_offset AS logStartOffset
    FROM partition ORDER BY topic_id, partition_index
  `)
  return { topics: topics.all() as TopicRow[], partitions: partitions.all() as PartitionRow[] }
}

/** Partitions of deleted topics that may still hold batches. */
export function loadDeletedPartitions(database: Connection): number[] {
  return database.prepare('SELECT partition_id FROM deleted_partition').pluck().all() as number[]
}
