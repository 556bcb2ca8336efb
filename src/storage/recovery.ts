import type { Env } from '../base/env.ts'
import type { CommitterStart } from './committer.ts'
import { loadCompactions } from './compaction-table.ts'
import type { Connection } from './database.ts'
import { loadGroups, loadOffsets } from './group-tables.ts'
import { loadNode, loadSnapshots } from './node-tables.ts'
import { replayedBatches } from './producer-replay.ts'
import type { AbortedTransaction, Compaction, RecoveredPartition, RecoveredState } from './recovered-state.ts'
import { newestRowIds, RowFinder } from './row-finder.ts'
import { loadSettings } from './setting-table.ts'
import { removedBytesQuery, stretchTable } from './stretch-table.ts'
import { loadDeletedPartitions, loadTopics, type PartitionRow } from './topic-tables.ts'
import { loadAborted, loadPendingOffsets, loadTransactions } from './transaction-tables.ts'
import { everything, type Trim } from './trimming.ts'
import { uuidText } from './uuid-text.ts'

/** What most partitions have: shared, because there may be many of them. */
const none: readonly AbortedTransaction[] = []

/** What the node gets to know, and what the committer goes on from. */
export interface Recovery {
  readonly state: RecoveredState
  readonly start: CommitterStart
}

/**
 * Reads the state of the node. Costs a few lookups a partition, and the batches that were appended since
 * the producer states were last saved (about 64 MiB); nothing else grows with the log.
 */
export function recover(database: Connection, env: Env): Recovery {
  return database.transaction((): Recovery => {
    const node = loadNode(database, () => uuidText(env.random))
    const trims: Trim[] = loadDeletedPartitions(database).map(id => ({ partitionId: id, beforeOffset: everything }))
    const { topics, partitions } = loadTopics(database)
    const compactions = loadCompactions(database)
    const savedBatchId = node.producersSavedBatchId
    const recovered = recoverPartitions(database, { partitions, trims, savedBatchId, compactions })
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
      clientMetrics: loadSettings(database, 'clientMetrics'),
      quotas: loadSettings(database, 'quota'),
      groups: loadGroups(database),
      offsets: loadOffsets(database),
      transactions: loadTransactions(database),
      pendingOffsets: loadPendingOffsets(database),
      compactions,
    }
    return { state, start: { lastBatchId: savedBatchId, trims } }
  })()
}

interface PartitionsToRecover {
  readonly partitions: readonly PartitionRow[]
  /** Gets the partitions where a previous run left rows below the log start. */
  readonly trims: Trim[]
  readonly savedBatchId: number
  readonly compactions: ReadonlyMap<number, Compaction>
}

function recoverPartitions(
  database: Connection,
  { partitions, trims, savedBatchId, compactions }: PartitionsToRecover,
) {
  const snapshots = loadSnapshots(database)
  const replays = replayedBatches(database, savedBatchId, partitionId => snapshots.get(partitionId)?.uptoOffset ?? 0)
  const aborted = loadAborted(database)
  const extent = partitionExtent(database)
  const byTopic = new Map<string, RecoveredPartition[]>()
  for (const { partitionId, topicId, index, leaderEpoch, logStartOffset } of partitions) {
    const isCompacted = compactions.has(partitionId)
    const { logEndOffset, bytes, rowsBelowStart } = extent(partitionId, { logStartOffset, isCompacted })
    if (rowsBelowStart) trims.push({ partitionId, beforeOffset: logStartOffset })
    const snapshot = snapshots.get(partitionId)
    const replay = replays.get(partitionId)
    const producers = snapshot || replay ? { snapshot: snapshot?.producers ?? [], replay: replay ?? [] } : undefined
    const partition = {
      partitionId,
      index,
      leaderEpoch,
      logStartOffset,
      logEndOffset,
      bytes,
      producers,
      aborted: aborted.get(partitionId) ?? none,
    }
    const siblings = byTopic.get(topicId)
    if (siblings) siblings.push(partition)
    else byTopic.set(topicId, [partition])
  }
  return byTopic
}

interface RowStart {
  readonly baseOffset: number
  readonly lastOffset: number
  readonly position: number
}

/** Where a partition ends, and how much it holds. */
function partitionExtent(database: Connection) {
  const finder = new RowFinder(database)
  const stretches = stretchTable(database)
  const removedBytes = removedBytesQuery(database)
  const newestIds = newestRowIds(database)
  const endOf = database.prepare(`
    SELECT last_offset AS lastOffset, position + length(data) AS endPosition FROM batch WHERE id = ?
  `)
  const startOf = database.prepare(`
    SELECT base_offset AS baseOffset, last_offset AS lastOffset, position FROM batch WHERE id = ?
  `)

  /** The first row that begins at or above `offset`. */
  const firstFrom = (partitionId: number, offset: number): RowStart | undefined => {
    const [row] = finder.from(partitionId, offset).take(1)
    return row && (startOf.get(row.id) as RowStart)
  }
  /** What positions count too much: looked up only where there can be something, because it takes all stretches. */
  const removedAfter = (partitionId: number, baseOffset: number): number =>
    removedBytes(partitionId, { from: baseOffset, to: everything })

  return (partitionId: number, { logStartOffset, isCompacted }: { logStartOffset: number; isCompacted: boolean }) => {
    const newestId = newestIds.get(partitionId)
    const end = (newestId === undefined ? stretches.newest(partitionId) : endOf.get(newestId)) as
      | { lastOffset: number; endPosition: number }
      | undefined
    if (!end) return { logEndOffset: logStartOffset, bytes: 0, rowsBelowStart: false }
    // Nothing was ever trimmed: the first row has nothing before it.
    if (logStartOffset === 0) {
      const bytes = end.endPosition - (isCompacted ? removedAfter(partitionId, -1) : 0)
      return { logEndOffset: end.lastOffset + 1, bytes, rowsBelowStart: false }
    }
    const start = firstFrom(partitionId, finder.startingAt(partitionId, logStartOffset))
    const removed = isCompacted && start ? removedAfter(partitionId, start.baseOffset) : 0
    return {
      logEndOffset: Math.max(end.lastOffset + 1, logStartOffset),
      bytes: start ? end.endPosition - start.position - removed : 0,
      rowsBelowStart: (firstFrom(partitionId, 0)?.lastOffset ?? logStartOffset) < logStartOffset,
    }
  }
}
