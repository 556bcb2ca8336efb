import type { Env } from '../base/env.ts'
import type { CommitterStart } from './committer.ts'
import type { Connection } from './database.ts'
import { loadGroups, loadOffsets } from './group-tables.ts'
import { loadNode, loadSnapshots } from './node-tables.ts'
import { replayedBatches } from './producer-replay.ts'
import type { RecoveredPartition, RecoveredState } from './recovered-state.ts'
import { loadSettings } from './setting-table.ts'
import { loadDeletedPartitions, loadTopics, type PartitionRow } from './topic-tables.ts'
import { everything, type Trim } from './trimming.ts'
import { uuidText } from './uuid-text.ts'

/** What the node gets to know, and what the committer goes on from. */
export interface Recovery {
  readonly state: RecoveredState
  readonly start: CommitterStart
}

/**
 * Reads the state of the node. Costs two or three index lookups a partition, and the batches that were appended since
 * the producer states were last saved (about 64 MiB); nothing else grows with the log.
 */
export function recover(database: Connection, env: Env): Recovery {
  return database.transaction((): Recovery => {
    const node = loadNode(database, () => uuidText(env.random))
    const trims: Trim[] = loadDeletedPartitions(database).map(id => ({ partitionId: id, beforeOffset: everything }))
    const { topics, partitions } = loadTopics(database)
    const recovered = recoverPartitions(database, { partitions, trims, savedBatchId: node.producersSavedBatchId })
    const overrides = loadSettings(database, 'topic')
    const state: RecoveredState = {
      clusterId: node.clusterId,
      nextPartitionId: node.nextPartitionId,
      nextProducerId: node.nextProducerId,
      topics: topics.map(topic => ({
        ...topic,
        internal: topic.internal === 1,
        overrides: overrides.get(topic.topicId) ?? {},
        partitions: recovered.get(topic.topicId) ?? [],
      })),
      brokerSettings: loadSettings(database, 'broker').get('') ?? {},
      groupSettings: loadSettings(database, 'group'),
      groups: loadGroups(database),
      offsets: loadOffsets(database),
    }
    return { state, start: { lastBatchId: node.producersSavedBatchId, trims } }
  })()
}

interface PartitionsToRecover {
  readonly partitions: readonly PartitionRow[]
  /** Gets the partitions where a previous run left rows below the log start. */
  readonly trims: Trim[]
  readonly savedBatchId: number
}

function recoverPartitions(database: Connection, { partitions, trims, savedBatchId }: PartitionsToRecover) {
  const snapshots = loadSnapshots(database)
  const replays = replayedBatches(database, savedBatchId, partitionId => snapshots.get(partitionId)?.uptoOffset ?? 0)
  const extent = partitionExtent(database)
  const byTopic = new Map<string, RecoveredPartition[]>()
  for (const { partitionId, topicId, index, leaderEpoch, logStartOffset } of partitions) {
    const { logEndOffset, bytes, rowsBelowStart } = extent(partitionId, logStartOffset)
    if (rowsBelowStart) trims.push({ partitionId, beforeOffset: logStartOffset })
    const snapshot = snapshots.get(partitionId)
    const replay = replays.get(partitionId)
    const producers = snapshot || replay ? { snapshot: snapshot?.producers ?? [], replay: replay ?? [] } : undefined
    const partition = { partitionId, index, leaderEpoch, logStartOffset, logEndOffset, bytes, producers }
    const siblings = byTopic.get(topicId)
    if (siblings) siblings.push(partition)
    else byTopic.set(topicId, [partition])
  }
  return byTopic
}

/** Where a partition ends, and how much it holds: by index lookups. */
function partitionExtent(database: Connection) {
  const newest = database.prepare(`
    SELECT last_offset AS lastOffset, position + length(data) AS endPosition FROM batch
    WHERE partition_id = ? ORDER BY base_offset DESC LIMIT 1
  `)
  const oldest = database.prepare(`
    SELECT last_offset AS lastOffset, position FROM batch WHERE partition_id = ? ORDER BY base_offset LIMIT 1
  `)
  const firstAtStart = database.prepare(`
    SELECT position FROM batch WHERE partition_id = ? AND base_offset >= (
      SELECT coalesce(max(base_offset), 0) FROM batch WHERE partition_id = ? AND base_offset <= ?
    ) AND last_offset >= ? ORDER BY base_offset LIMIT 1
  `)
  return (partitionId: number, logStartOffset: number) => {
    const last = newest.get(partitionId) as { lastOffset: number; endPosition: number } | undefined
    if (!last) return { logEndOffset: logStartOffset, bytes: 0, rowsBelowStart: false }
    // Nothing was ever trimmed: the first row has nothing before it.
    if (logStartOffset === 0)
      return { logEndOffset: last.lastOffset + 1, bytes: last.endPosition, rowsBelowStart: false }
    const first = oldest.get(partitionId) as { lastOffset: number; position: number }
    const rowsBelowStart = first.lastOffset < logStartOffset
    const start = rowsBelowStart
      ? (firstAtStart.get(partitionId, partitionId, logStartOffset, logStartOffset) as { position: number } | undefined)
      : first
    return {
      logEndOffset: Math.max(last.lastOffset + 1, logStartOffset),
      bytes: last.endPosition - (start?.position ?? last.endPosition),
      rowsBelowStart,
    }
  }
}
