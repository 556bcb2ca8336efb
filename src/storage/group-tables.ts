import type { DeleteOffsets, SaveOffsets, StoredGroup } from './change.ts'
import type { Connection } from './database.ts'
import type { RecoveredOffset } from './recovered-state.ts'

/** Consumer groups and their committed offsets. */
export function groupTables(database: Connection) {
  const saveGroup = database.prepare(`
    INSERT INTO consumer_group (group_id, type, body) VALUES (?, ?, ?)
    ON CONFLICT (group_id) DO UPDATE SET type = excluded.type, body = excluded.body
  `)
  const deleteGroup = database.prepare('DELETE FROM consumer_group WHERE group_id = ?')
  const deleteAllOffsets = database.prepare('DELETE FROM committed_offset WHERE group_id = ?')
  const saveOffset = database.prepare(`
    INSERT OR REPLACE INTO committed_offset
      (group_id, topic, partition_index, committed_offset, leader_epoch, metadata, commit_ms, expire_ms)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  `)
  const deleteOffset = database.prepare(`
    DELETE FROM committed_offset WHERE group_id = ? AND topic = ? AND partition_index = ?
  `)
  return {
    save(group: StoredGroup): void {
      saveGroup.run(group.groupId, group.type, group.body)
    },
    delete(groupId: string): void {
      deleteGroup.run(groupId)
      deleteAllOffsets.run(groupId)
    },
    saveOffsets({ groupId, offsets }: Pick<SaveOffsets, 'groupId' | 'offsets'>): void {
      for (const { topic, partition, offset, leaderEpoch, metadata, commitMs, expireMs } of offsets) {
        saveOffset.run(groupId, topic, partition, offset, leaderEpoch, metadata, commitMs, expireMs)
      }
    },
    deleteOffsets({ groupId, partitions }: Pick<DeleteOffsets, 'groupId' | 'partitions'>): void {
      for (const { topic, partition } of partitions) deleteOffset.run(groupId, topic, partition)
    },
  }
}

export function loadGroups(database: Connection): StoredGroup[] {
  const groups = database.prepare('SELECT group_id AS groupId, type, body FROM consumer_group ORDER BY group_id')
  return groups.all() as StoredGroup[]
}

export function loadOffsets(database: Connection): RecoveredOffset[] {
  const offsets = database.prepare(`
    SELECT group_id AS groupId, topic, partition_index AS partition, committed_offset AS "offset",
           leader_epoch AS leaderEpoch, metadata, commit_ms AS commitMs, expire_ms AS expireMs
    FROM committed_offset
  `)
  return offsets.all() as RecoveredOffset[]
}
