import type { ProducerSnapshot, Settings, StoredGroup, StoredTransaction } from './change.ts'
import type { Connection } from './database.ts'
import { loadGroups, loadOffsets } from './group-tables.ts'
import { loadTopics, type PartitionRow } from './topic-tables.ts'
import { loadTransactions } from './transaction-tables.ts'
import type { Report } from './verify-findings.ts'
import type { PartitionVerifier } from './verify-partition.ts'
import type { StoredProducers } from './verify-producers.ts'

/** Reads what storage keeps as text of others. Each throws for text that the node could not go on with. */
export interface TextReaders {
  readonly group: (stored: StoredGroup) => void
  readonly transaction: (stored: StoredTransaction) => { readonly producerId: number; readonly isOpen: boolean }
  /** Names of the settings that the node passes over. */
  readonly settings: (owner: { readonly kind: string; readonly id: string }, settings: Settings) => readonly string[]
}

/** A partition with the topic that it is of. */
export interface KnownPartition extends PartitionRow {
  readonly topic: string
}

interface NodeRow {
  readonly clusterId: string
  readonly nextPartitionId: number
  readonly nextProducerId: number
  readonly producersSavedBatchId: number
}

/** The one row of the node; undefined, and told, if it is not there. */
export function verifyNode(database: Connection, report: Report): NodeRow | undefined {
  const rows = database
    .prepare(`
      SELECT cluster_id AS clusterId, next_partition_id AS nextPartitionId, next_producer_id AS nextProducerId,
             producers_saved_batch_id AS producersSavedBatchId
      FROM node
    `)
    .all() as NodeRow[]
  const [node] = rows
  if (!node) report({ kind: 'node', message: 'the cluster id and the counters of the node are missing' })
  return node
}

/** Topics and their partitions: answers those that belong together, by partition id. */
export function verifyTopics(
  database: Connection,
  nextPartitionId: number,
  report: Report,
): Map<number, KnownPartition> {
  const { topics, partitions } = loadTopics(database)
  const names = new Map(topics.map(({ topicId, name }) => [topicId, name]))
  const counts = new Map<string, number>()
  const known = new Map<number, KnownPartition>()
  for (const partition of partitions) {
    const { topicId, index, partitionId } = partition
    const topic = names.get(topicId)
    if (topic === undefined) {
      const message = `partition ${index} (id ${partitionId}) belongs to a topic that does not exist (${topicId})`
      report({ kind: 'topic', partition: index, message })
      continue
    }
    const expected = counts.get(topicId) ?? 0
    if (index !== expected) {
      report({ kind: 'topic', topic, partition: expected, message: `partition ${expected} is missing` })
    }
    counts.set(topicId, index + 1)
    known.set(partitionId, { ...partition, topic })
    if (partitionId >= nextPartitionId) {
      const message = `the id ${partitionId} is in use, but new partitions begin with ${nextPartitionId}`
      report({ kind: 'node', topic, partition: index, message })
    }
  }
  for (const [topicId, topic] of names) {
    if (!counts.has(topicId)) report({ kind: 'topic', topic, message: 'the topic has no partitions' })
  }
  return known
}

/** The stored producer states, by partition; those that cannot be read are told. */
export function verifySnapshots(
  database: Connection,
  known: ReadonlyMap<number, KnownPartition>,
  report: Report,
): Map<number, StoredProducers> {
  const select = database.prepare(`
    SELECT partition_id AS partitionId, upto_offset AS uptoOffset, producers FROM producer_snapshot
  `)
  const snapshots = new Map<number, StoredProducers>()
  for (const row of select.all() as { partitionId: number; uptoOffset: number; producers: string }[]) {
    const { partitionId, uptoOffset } = row
    const partition = known.get(partitionId)
    const producers = producersOf(row.producers)
    if (producers) snapshots.set(partitionId, { uptoOffset, producers })
    else if (partition) {
      const { topic, index } = partition
      report({ kind: 'producer-state', topic, partition: index, message: 'the producer state cannot be read' })
    }
  }
  return snapshots
}

function producersOf(text: string): readonly ProducerSnapshot[] | undefined {
  try {
    const producers = JSON.parse(text) as readonly ProducerSnapshot[]
    return producers.every(isSnapshot) ? producers : undefined
  } catch {
    return undefined
  }
}

function isSnapshot(value: ProducerSnapshot): boolean {
  const numbers = [
    value.producerId,
    value.epoch,
    value.lastTimestamp,
    value.coordinatorEpoch,
    value.transactionFirstOffset,
  ]
  const ofBatches = value.batches.flatMap(batch => [
    batch.baseOffset,
    batch.lastOffset,
    batch.baseSequence,
    batch.lastSequence,
  ])
  return [...numbers, ...ofBatches].every(Number.isSafeInteger)
}

/** Groups, and their committed offsets in topics that exist. */
export function verifyGroups(
  database: Connection,
  partitions: ReadonlyMap<string, ReadonlyMap<number, PartitionVerifier>>,
  { group: read }: TextReaders,
  report: Report,
): void {
  for (const group of loadGroups(database)) {
    const fault = faultOf(() => read(group))
    if (fault) report({ kind: 'group', message: `group '${group.groupId}' cannot be read: ${fault}` })
  }
  for (const { groupId, topic, partition, offset } of loadOffsets(database)) {
    const ofTopic = partitions.get(topic)
    if (!ofTopic) continue
    const place = { topic, partition, offset }
    const found = ofTopic.get(partition)
    if (!found) {
      const message = `group '${groupId}' has committed in a partition that the topic does not have`
      report({ kind: 'group-offset', severity: 'notice', ...place, message })
    } else if (offset < 0 || !Number.isSafeInteger(offset)) {
      report({ kind: 'group-offset', ...place, message: `group '${groupId}' has committed what is no offset` })
    } else if (offset > found.logEndOffset) {
      // Clients may commit what they like; but who has read what is not there any more did it like this.
      const message = `group '${groupId}' has committed beyond the end of the log, which is ${found.logEndOffset}`
      report({ kind: 'group-offset', severity: 'notice', ...place, message })
    }
  }
}

/** Transactional ids, and the open transactions of the partitions: each of them must have somebody who ends it. */
export function verifyTransactions(
  database: Connection,
  { partitions, nextProducerId }: { readonly partitions: Iterable<PartitionVerifier>; readonly nextProducerId: number },
  { transaction: read }: TextReaders,
  report: Report,
): void {
  const open = new Set<number>()
  for (const stored of loadTransactions(database)) {
    const name = `the transactional id '${stored.transactionalId}'`
    const fault = faultOf(() => {
      const { producerId, isOpen } = read(stored)
      if (isOpen) open.add(producerId)
      if (producerId < nextProducerId) return
      const message = `${name} has producer ${producerId}, but new producers begin with ${nextProducerId}`
      report({ kind: 'node', message })
    })
    if (fault) report({ kind: 'transaction', message: `${name} cannot be read: ${fault}` })
  }
  for (const partition of partitions) {
    for (const [producerId, offset] of partition.open) {
      if (open.has(producerId)) continue
      const { topic, index } = partition
      const message =
        `a transaction of producer ${producerId} is open from here on and nobody will end it: ` +
        'readers of committed records see no further (streamctl txn find-hanging)'
      report({ kind: 'transaction', severity: 'notice', topic, partition: index, offset, message })
    }
  }
}

/** Settings: all can be read, and belong to somebody. */
export function verifySettings(database: Connection, { settings: read }: TextReaders, report: Report): void {
  const rows = database
    .prepare(`
      SELECT owner_kind AS kind, owner_id AS ownerId, setting.name, value, topic.name AS topic
      FROM setting LEFT JOIN topic ON owner_kind = 'topic' AND topic_id = owner_id
    `)
    .all() as { kind: string; ownerId: string; name: string; value: string; topic: string | null }[]
  const byOwner = Map.groupBy(rows, ({ kind, ownerId }) => JSON.stringify([kind, ownerId]))
  for (const [first, ...rest] of byOwner.values()) {
    if (!first) continue
    const { kind, ownerId, topic } = first
    const owner = kind === 'topic' ? `topic ${topic ?? ownerId}` : `${kind} ${ownerId}`.trim()
    if (kind === 'topic' && topic === null) {
      report({ kind: 'setting', message: `there are settings of a topic that does not exist (${ownerId})` })
      continue
    }
    const settings = Object.fromEntries([first, ...rest].map(({ name, value }) => [name, value]))
    for (const name of read({ kind, id: ownerId }, settings)) {
      const place = topic === null ? {} : { topic }
      const message = `the setting ${name}=${settings[name]} of ${owner} is none that this version takes: it is passed over`
      report({ kind: 'setting', severity: 'notice', ...place, message })
    }
  }
}

function faultOf(action: () => void): string | undefined {
  try {
    action()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
