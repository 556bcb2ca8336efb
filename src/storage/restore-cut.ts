import {
  assignOffset,
  batchBaseOffset,
  batchesIn,
  batchLastOffset,
  batchMaxTimestamp,
  batchProducerId,
  batchRecordCount,
} from '../protocol/records/batch.ts'
import { endMarkerBatch } from '../protocol/records/control.ts'
import { BatchWriter } from './batch-table.ts'
import type { ProducerSnapshot, StoredTransaction } from './change.ts'
import type { Connection } from './database.ts'
import { loadSnapshots, nodeTables, type SnapshotRow } from './node-tables.ts'
import { replayedBatch } from './producer-replay.ts'
import type { ReplayedBatch } from './recovered-state.ts'
import { RowFinder } from './row-finder.ts'
import { stretchTable } from './stretch-table.ts'
import { loadTopics, type PartitionRow } from './topic-tables.ts'
import { loadTransactions, transactionTables } from './transaction-tables.ts'
import { everything } from './trimming.ts'

/** What storage leaves to others to decide. */
export interface CutRules {
  /** What a partition knows of its producers after these batches. */
  readonly replay: (
    producers: readonly ProducerSnapshot[],
    batches: readonly ReplayedBatch[],
  ) => readonly ProducerSnapshot[]
  /** The transactional id with its open transaction aborted, if it has one. */
  readonly aborted: (stored: StoredTransaction) => StoredTransaction
}

export interface CutSummary {
  /** Topics that were created later. */
  readonly droppedTopics: number
  /** Offsets at the ends of partitions that were left out. */
  readonly droppedOffsets: number
  readonly abortedTransactions: number
  /** Committed offsets that were beyond the end, and are at it now. */
  readonly clampedOffsets: number
  /** Committed offsets that were set later: what they were before nobody knows. */
  readonly laterCommits: number
}

interface Row {
  readonly id: number
  readonly partitionId: number
  readonly lastOffset: number
  readonly maxTimestamp: number
  readonly leaderEpoch: number
  readonly data: Buffer
}

/** One partition while its rows pass by. */
interface Passing {
  readonly partition: PartitionRow
  producers: readonly ProducerSnapshot[]
  /** Batches that `producers` does not know yet. */
  batches: ReplayedBatch[]
  /** `producers` is what was stored, from its offset on. */
  isStored: boolean
  /** Where the log ends from now on; undefined as long as nothing is left out. */
  cutOffset: number | undefined
  endOffset: number
  /** Where it ended before. */
  oldEndOffset: number
}

const batchesAtOnce = 1000
const idsPerLook = 256

/**
 * Takes out of a database what came after `timeMs`: each partition ends in front of the first batch with a later record,
 * topics that were created later go, open transactions are aborted, committed offsets beyond an end are set to it. To be
 * called in a transaction.
 */
export function cutAt(database: Connection, timeMs: number, rules: CutRules): CutSummary {
  const droppedTopics = dropTopicsAfter(database, timeMs)
  const partitions = passBy(database, timeMs, rules)
  const ends = [...partitions.values()]
  for (const passing of ends) if (passing.cutOffset !== undefined) shorten(database, passing)
  const clampedOffsets = clampOffsets(database, ends)
  const laterCommits = count(database, 'committed_offset WHERE commit_ms > ?', timeMs)
  const abortedTransactions = abortOpen(database, ends, timeMs, rules)
  for (const stored of loadTransactions(database)) transactionTables(database).save(rules.aborted(stored))
  database.exec('DELETE FROM pending_offset')
  const droppedOffsets = ends.reduce(
    (sum, { oldEndOffset, cutOffset }) => sum + oldEndOffset - (cutOffset ?? oldEndOffset),
    0,
  )
  return { droppedTopics, droppedOffsets, abortedTransactions, clampedOffsets, laterCommits }
}

function dropTopicsAfter(database: Connection, timeMs: number): number {
  const later = database.prepare('SELECT topic_id AS topicId, name FROM topic WHERE created_ms > ?').all(timeMs)
  const statements = [
    "DELETE FROM setting WHERE owner_kind = 'topic' AND owner_id = ?",
    'DELETE FROM aborted_transaction WHERE partition_id IN (SELECT partition_id FROM partition WHERE topic_id = ?)',
    'DELETE FROM partition WHERE topic_id = ?',
    'DELETE FROM committed_offset WHERE topic = (SELECT name FROM topic WHERE topic_id = ?)',
    'DELETE FROM topic WHERE topic_id = ?',
  ].map(statement => database.prepare(statement))
  for (const { topicId } of later as { topicId: string }[]) for (const statement of statements) statement.run(topicId)
  return later.length
}

/** Goes over all rows in the order of the disk, takes out what is too late, and follows the producers. */
function passBy(database: Connection, timeMs: number, rules: CutRules): Map<number, Passing> {
  const snapshots = loadSnapshots(database)
  const partitions = new Map(
    loadTopics(database).partitions.map(partition => [partition.partitionId, passing(partition)]),
  )
  const idsAfter = database
    .prepare(`SELECT id FROM batch NOT INDEXED WHERE id > ? ORDER BY id LIMIT ${idsPerLook}`)
    .pluck()
  const rowById = database.prepare(`
    SELECT id, partition_id AS partitionId, last_offset AS lastOffset, max_timestamp AS maxTimestamp,
           leader_epoch AS leaderEpoch, data
    FROM batch WHERE id = ?
  `)
  const remove = database.prepare('DELETE FROM batch WHERE id = ?')
  const replace = database.prepare('UPDATE batch SET last_offset = ?, max_timestamp = ?, data = ? WHERE id = ?')
  for (let after = 0; ; ) {
    const ids = idsAfter.all(after) as number[]
    for (const id of ids) {
      const row = rowById.get(id) as Row
      const at = partitions.get(row.partitionId)
      // What belongs to no partition is dropped with what was deleted.
      if (!at) continue
      at.oldEndOffset = Math.max(at.oldEndOffset, row.lastOffset + 1)
      const kept =
        at.cutOffset === undefined ? pass(row, at, { timeMs, rules, snapshot: snapshots.get(row.partitionId) }) : 0
      if (kept === 0) remove.run(id)
      else if (kept < row.data.length) {
        const data = row.data.subarray(0, kept)
        replace.run((at.cutOffset ?? 0) - 1, highestTime(data, row.maxTimestamp), data, id)
      }
    }
    if (ids.length === 0) break
    after = ids.at(-1) ?? after
  }
  for (const [partitionId, at] of partitions) settle(at, rules, snapshots.get(partitionId))
  return partitions
}

function passing(partition: PartitionRow): Passing {
  const { logStartOffset } = partition
  return {
    partition,
    producers: [],
    batches: [],
    isStored: false,
    cutOffset: undefined,
    endOffset: logStartOffset,
    oldEndOffset: logStartOffset,
  }
}

interface PassContext {
  readonly timeMs: number
  readonly rules: CutRules
  readonly snapshot: SnapshotRow | undefined
}

/** Answers how many bytes of the row stay. */
function pass({ data, maxTimestamp }: Row, at: Passing, { timeMs, rules, snapshot }: PassContext): number {
  for (const position of batchesIn(data)) {
    const time = batchMaxTimestamp(data, position)
    const baseOffset = batchBaseOffset(data, position)
    // Records without a time have that of their writing, which only the row tells.
    if ((time < 0 ? maxTimestamp : time) > timeMs) {
      at.cutOffset = Math.max(baseOffset, at.partition.logStartOffset)
      return position
    }
    at.endOffset = Math.max(at.endOffset, batchLastOffset(data, position) + 1)
    if (snapshot && !at.isStored && baseOffset >= snapshot.uptoOffset) takeStored(at, snapshot)
    const batch = batchProducerId(data, position) < 0 ? undefined : replayedBatch(data, position)
    if (!batch) continue
    at.batches.push(batch)
    if (at.batches.length >= batchesAtOnce) replay(at, rules)
  }
  return data.length
}

/** From here on the stored state knows better than what is left of the log. */
function takeStored(at: Passing, { producers }: SnapshotRow): void {
  at.producers = producers
  at.batches = []
  at.isStored = true
}

function replay(at: Passing, { replay: apply }: CutRules): void {
  at.producers = apply(at.producers, at.batches)
  at.batches = []
}

/** The rows have all passed by: what is known of the producers at the end. */
function settle(at: Passing, rules: CutRules, snapshot: SnapshotRow | undefined): void {
  if (snapshot && !at.isStored && at.cutOffset === undefined) takeStored(at, snapshot)
  replay(at, rules)
  if (!snapshot || at.isStored) return
  // Producers whose batches retention has taken are in the stored state only.
  const known = new Set(at.producers.map(({ producerId }) => producerId))
  const others = snapshot.producers.filter(({ producerId }) => !known.has(producerId))
  at.producers = [...at.producers, ...others.map(producer => before(producer, at.endOffset))]
}

function before(producer: ProducerSnapshot, endOffset: number): ProducerSnapshot {
  const isOpen = producer.transactionFirstOffset < endOffset
  return {
    ...producer,
    transactionFirstOffset: isOpen ? producer.transactionFirstOffset : -1,
    batches: producer.batches.filter(({ lastOffset }) => lastOffset < endOffset),
  }
}

function highestTime(data: Buffer, rowTime: number): number {
  const times = [...batchesIn(data)]
    .filter(at => batchRecordCount(data, at) > 0)
    .map(at => batchMaxTimestamp(data, at))
    .map(time => (time < 0 ? rowTime : time))
  return Math.max(-1, ...times)
}

/** Everything but the rows that tells of offsets behind the new end. */
function shorten(database: Connection, { partition: { partitionId }, endOffset }: Passing): void {
  database
    .prepare('DELETE FROM aborted_transaction WHERE partition_id = ? AND last_offset >= ?')
    .run(partitionId, endOffset)
  database
    .prepare('UPDATE compaction SET clean_offset = min(clean_offset, ?) WHERE partition_id = ?')
    .run(endOffset, partitionId)
  shortenStretches(database, partitionId, endOffset)
}

/** The stretch with the new end gets it, too: as an open one its rows might be too old to be found. */
function shortenStretches(database: Connection, partitionId: number, endOffset: number): void {
  const stretches = stretchTable(database)
  const last = stretches.upto(partitionId, endOffset - 1)
  const rows = last ? [...new RowFinder(database).inStretch(last, partitionId, last.baseOffset)] : []
  database.prepare('DELETE FROM stretch WHERE partition_id = ? AND last_offset >= ?').run(partitionId, endOffset)
  if (!last || last.lastOffset < endOffset || rows.length === 0) return
  const rowById = database.prepare(`
    SELECT last_offset AS lastOffset, max_timestamp AS maxTimestamp, position + length(data) AS endPosition
    FROM batch WHERE id = ?
  `)
  const left = rows.map(({ id }) => ({ id, ...(rowById.get(id) as Extent) }))
  const end = left.at(-1)
  if (!end) return
  stretches.insert(partitionId, {
    ...last,
    lastOffset: end.lastOffset,
    lastId: end.id,
    endPosition: end.endPosition,
    maxTimestamp: Math.max(...left.map(({ maxTimestamp }) => maxTimestamp)),
  })
}

interface Extent {
  readonly lastOffset: number
  readonly maxTimestamp: number
  readonly endPosition: number
}

function clampOffsets(database: Connection, ends: readonly Passing[]): number {
  const clamp = database.prepare(`
    UPDATE committed_offset SET committed_offset = ?
    WHERE topic = (SELECT name FROM topic WHERE topic_id = ?) AND partition_index = ? AND committed_offset > ?
  `)
  let clamped = 0
  for (const { partition, endOffset, cutOffset } of ends) {
    if (cutOffset === undefined) continue
    clamped += clamp.run(endOffset, partition.topicId, partition.index, endOffset).changes
  }
  return clamped
}

/** Writes the markers that end what is open, and stores what the partitions know of their producers. */
function abortOpen(database: Connection, ends: readonly Passing[], timeMs: number, rules: CutRules): number {
  const lastId =
    count(database, 'batch') === 0 ? 0 : Number(database.prepare('SELECT max(id) FROM batch').pluck().get())
  const writer = new BatchWriter(database, lastId)
  const transactions = transactionTables(database)
  let aborted = 0
  for (const at of ends) {
    const { partitionId, leaderEpoch } = at.partition
    for (const { producerId, epoch, coordinatorEpoch, transactionFirstOffset } of at.producers) {
      if (transactionFirstOffset < 0) continue
      const offset = at.endOffset++
      const end = {
        committed: false,
        producerId,
        producerEpoch: epoch,
        coordinatorEpoch: Math.max(0, coordinatorEpoch),
      }
      const data = endMarkerBatch({ ...end, timestamp: timeMs })
      assignOffset(data, 0, { baseOffset: offset, leaderEpoch })
      writer.add({ partitionId, baseOffset: offset, lastOffset: offset, maxTimestamp: timeMs, data })
      const transaction = { producerId, firstOffset: transactionFirstOffset, lastOffset: offset }
      transactions.addAborted({ partitionId, transaction })
      const batch = replayedBatch(data, 0)
      if (batch) at.batches.push(batch)
      aborted++
    }
    replay(at, rules)
  }
  writer.writeRows()
  const states = ends
    .filter(({ producers }) => producers.length > 0)
    .map(({ partition, endOffset, producers }) => ({
      partitionId: partition.partitionId,
      uptoOffset: endOffset,
      producers,
    }))
  database.exec('DELETE FROM producer_snapshot')
  nodeTables(database).saveProducers({ kind: 'saveProducers', partitions: states }, Math.min(writer.lastId, everything))
  return aborted
}

function count(database: Connection, what: string, ...parameters: readonly number[]): number {
  return database
    .prepare(`SELECT count(*) FROM ${what}`)
    .pluck()
    .get(...parameters) as number
}
