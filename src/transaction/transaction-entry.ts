import type { StoredTransaction } from '../storage/change.ts'
import type { Transaction } from './transaction.ts'

/** A transactional id, with what takes part in its open transaction. */
export interface TransactionEntry {
  readonly transactionalId: string
  transaction: Transaction
  /** Partition indexes by topic name. */
  readonly partitions: Map<string, Set<number>>
  /** Groups that offsets are to be committed for. */
  readonly groups: Set<string>
  /**
   * The node has started anew, and the transaction that may have been open then was not ended since. What was added is
   * answered before it is on the disk, so the crash may have lost some of it: the producer is taken at its word. That lets
   * nothing in that is late, because all requests from before the crash went with their connections.
   */
  mayHaveLost: boolean
}

export function newEntry(transactionalId: string, transaction: Transaction): TransactionEntry {
  return { transactionalId, transaction, partitions: new Map(), groups: new Set(), mayHaveLost: false }
}

export function hasPartition({ partitions }: TransactionEntry, topic: string, partition: number): boolean {
  return partitions.get(topic)?.has(partition) ?? false
}

export function addPartition({ partitions }: TransactionEntry, topic: string, partition: number): void {
  const indexes = partitions.get(topic)
  if (indexes) indexes.add(partition)
  else partitions.set(topic, new Set([partition]))
}

/** The text that an entry is stored as. */
export function storedEntry({ transactionalId, transaction, partitions, groups }: TransactionEntry): StoredTransaction {
  const members = {
    partitions: Object.fromEntries(Array.from(partitions, ([topic, indexes]) => [topic, [...indexes]])),
    groups: [...groups],
  }
  return { transactionalId, body: JSON.stringify({ ...transaction, ...members }) }
}

interface Body extends Transaction {
  readonly partitions: Readonly<Record<string, readonly number[]>>
  readonly groups: readonly string[]
}

export function entryOf({ transactionalId, body }: StoredTransaction): TransactionEntry {
  const { partitions, groups, ...transaction } = JSON.parse(body) as Body
  const indexes = Object.entries(partitions).map(([topic, list]) => [topic, new Set(list)] as const)
  return { transactionalId, transaction, partitions: new Map(indexes), groups: new Set(groups), mayHaveLost: true }
}
