import { unreachable } from '../base/errors.ts'
import { BatchWriter } from './batch-table.ts'
import type {
  AdvanceLogStart,
  Change,
  CloseStretch,
  CreateTopic,
  DeleteTopic,
  ReplaceRows,
  SaveCompaction,
  SaveProducers,
} from './change.ts'
import { compactionTable } from './compaction-table.ts'
import type { Connection } from './database.ts'
import { groupTables } from './group-tables.ts'
import { nodeTables } from './node-tables.ts'
import { rowReplacer } from './row-replacement.ts'
import { settingTable } from './setting-table.ts'
import { topicTables } from './topic-tables.ts'
import { transactionTables } from './transaction-tables.ts'
import { everything, type Trim, Trimmer } from './trimming.ts'
import type { Append } from './write-queue.ts'

/** What a writer has to know of the database that recovery has read. */
export interface CommitterStart {
  /** Batch ids up to this one have been used. */
  readonly lastBatchId: number
  /** Rows that a previous run did not get round to removing. */
  readonly trims: readonly Trim[]
}

// Trimming keeps up with any load and never dominates one: commits earn twice of what they add, and at least a little each, and
// when that comes to a step, the step is made. Smaller ones write more pages twice, at both ends of what is removed; larger
// ones hold commits up. So the log takes up its limits and what is written between two passes of retention, about.
const trimStep = { rows: 128, bytes: 4 * 1024 * 1024 } as const
const trimPerCommit = { rows: 32, bytes: 512 * 1024 } as const

/** Applies commit groups to the database, each in one transaction. Knows nothing of threads. */
export class Committer {
  readonly #begin
  readonly #commit
  readonly #batches
  readonly #trimmer
  readonly #topics
  readonly #settings
  readonly #groups
  readonly #node
  readonly #transactions
  readonly #compactions
  readonly #replaceRows
  #replacedBytes = 0
  /** What commits have earned since the last step. */
  #trimEarned = { rows: 0, bytes: 0 }

  constructor(database: Connection, start: CommitterStart) {
    this.#begin = database.prepare('BEGIN IMMEDIATE')
    this.#commit = database.prepare('COMMIT')
    this.#batches = new BatchWriter(database, start.lastBatchId)
    this.#trimmer = new Trimmer(database, start.trims)
    this.#topics = topicTables(database)
    this.#settings = settingTable(database)
    this.#groups = groupTables(database)
    this.#node = nodeTables(database)
    this.#transactions = transactionTables(database)
    this.#compactions = compactionTable(database)
    this.#replaceRows = rowReplacer(database)
  }

  begin(): void {
    this.#begin.run()
  }

  append(append: Append): void {
    this.#batches.add(append)
  }

  apply(change: Change): void {
    switch (change.kind) {
      case 'createTopic':
        this.#createTopic(change)
        break
      case 'addPartitions':
        this.#topics.addPartitions(change)
        break
      case 'deleteTopic':
        this.#deleteTopic(change)
        break
      case 'advanceLogStart':
        this.#advanceLogStart(change)
        break
      case 'saveSettings':
        this.#settings.save(change)
        break
      case 'saveProducers':
        this.#saveProducers(change)
        break
      case 'saveProducerIdBlock':
        this.#node.saveProducerIdBlock(change)
        break
      case 'saveGroup':
        this.#groups.save(change.group)
        break
      case 'deleteGroup':
        this.#groups.delete(change.groupId)
        break
      case 'saveOffsets':
        this.#groups.saveOffsets(change)
        break
      case 'deleteOffsets':
        this.#groups.deleteOffsets(change)
        break
      case 'saveTransaction':
        this.#transactions.save(change.transaction)
        break
      case 'deleteTransaction':
        this.#transactions.delete(change.transactionalId)
        break
      case 'savePendingOffsets':
        this.#transactions.savePendingOffsets(change)
        break
      case 'deletePendingOffsets':
        this.#transactions.deletePendingOffsets(change.producerId)
        break
      case 'addAbortedTransaction':
        this.#transactions.addAborted(change)
        break
      case 'closeStretch':
      case 'replaceRows':
      case 'saveCompaction':
        this.#compact(change)
        break
      default:
        unreachable(change)
    }
  }

  /** Makes the transaction durable. Returns about how many bytes it wrote. */
  commit(): number {
    this.#batches.writeRows()
    const written = this.#batches.takeWritten()
    if (this.#trimmer.pending) this.#trim(written)
    this.#commit.run()
    const bytes = written.bytes + this.#replacedBytes
    this.#replacedBytes = 0
    return bytes
  }

  /** Whether an empty transaction would still remove something. */
  get trimming(): boolean {
    return this.#trimmer.pending
  }

  #trim(written: { readonly rows: number; readonly bytes: number }): void {
    const earned = this.#trimEarned
    earned.rows += Math.max(trimPerCommit.rows, 2 * written.rows)
    earned.bytes += Math.max(trimPerCommit.bytes, 2 * written.bytes)
    // No producer waits for a commit without rows.
    const isDue = written.rows === 0 || earned.rows >= trimStep.rows || earned.bytes >= trimStep.bytes
    if (!isDue) return
    this.#trimmer.step({
      rows: Math.max(trimStep.rows, earned.rows),
      bytes: Math.max(trimStep.bytes, earned.bytes),
    })
    this.#trimEarned = { rows: 0, bytes: 0 }
  }

  #createTopic(change: CreateTopic): void {
    this.#topics.create(change)
    this.#settings.save({ owner: { kind: 'topic', topicId: change.topicId }, settings: change.overrides })
  }

  #saveProducers(change: SaveProducers): void {
    // The snapshots hold for what was appended before them: give those rows their ids first.
    this.#batches.writeRows()
    this.#node.saveProducers(change, this.#batches.lastId)
  }

  #advanceLogStart(change: AdvanceLogStart): void {
    if (!this.#topics.advanceLogStart(change)) return
    this.#transactions.deleteAborted(change.partitionId, change.offset)
    this.#trimmer.request({ partitionId: change.partitionId, beforeOffset: change.offset })
  }

  #compact(change: CloseStretch | ReplaceRows | SaveCompaction): void {
    switch (change.kind) {
      case 'closeStretch':
        this.#batches.closeStretch(change.partitionId)
        break
      case 'saveCompaction':
        this.#compactions.save(change)
        break
      case 'replaceRows':
        this.#replacedBytes += this.#replaceRows(change)
        for (const lastOffset of change.forgottenAborts) {
          this.#transactions.forgetAborted(change.partitionId, lastOffset)
        }
    }
  }

  #deleteTopic(change: DeleteTopic): void {
    // Batches that came before belong to the partitions that are to be purged.
    this.#batches.writeRows()
    for (const partitionId of this.#topics.delete(change)) {
      this.#batches.forget(partitionId)
      this.#transactions.deleteAborted(partitionId, everything)
      this.#trimmer.request({ partitionId, beforeOffset: everything })
    }
    this.#settings.removeAll({ kind: 'topic', topicId: change.topicId })
  }
}
