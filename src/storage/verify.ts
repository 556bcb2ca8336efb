import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../base/env.ts'
import { loadCompactions } from './compaction-table.ts'
import type { Connection } from './database.ts'
import { checkIntegrity } from './integrity.ts'
import { databaseName, openStoredData, readingError, tracesOfReading } from './stored-data.ts'
import { stretchTable } from './stretch-table.ts'
import { loadDeletedPartitions } from './topic-tables.ts'
import { loadAborted } from './transaction-tables.ts'
import type { Report } from './verify-findings.ts'
import { shareDirectory } from './verify-lock.ts'
import { type LogCounts, type LogRow, PartitionVerifier } from './verify-partition.ts'
import {
  type KnownPartition,
  type TextReaders,
  verifyGroups,
  verifyNode,
  verifySettings,
  verifySnapshots,
  verifyTopics,
  verifyTransactions,
} from './verify-tables.ts'

export type { Finding, FindingKind } from './verify-findings.ts'

export interface VerifyOptions {
  readonly directory: string
  readonly clock: Clock
  readonly readers: TextReaders
  readonly report: Report
  /** Told now and then: what is being done, how many bytes of it are done, and about how many there are. */
  readonly onProgress: (progress: VerifyProgress) => void
  readonly signal: AbortSignal
  /** false: all in this thread, for tests. */
  readonly threads: boolean
}

export interface VerifyProgress {
  readonly step: 'pages' | 'records'
  readonly bytes: number
  readonly bytesMax: number
}

/** What was looked at. */
export interface VerifySummary extends Readonly<LogCounts> {
  readonly topics: number
  readonly partitions: number
  /** Of the database file. */
  readonly fileBytes: number
}

const idsPerLook = 256
/** Between two turns of the event loop: for progress, and for who wants to end it. */
const turnBytes = 8 * 1024 * 1024

/**
 * Verifies all of a data directory on which no node is running: the file page by page, then every row of the log with its
 * batches, in the order in which they lie on the disk, then what is stored of producers, transactions, groups, settings.
 *
 * Changes nothing: not even a WAL that a killed node has left is copied into the database, it is read where it is. The
 * `-shm` file (and an empty WAL) that SQLite makes for itself are removed again. Memory is bounded by the number of
 * partitions, and by what a node keeps of producers and groups.
 *
 * Rejects with `OperatorError` while a node is running, and where there is no database that this version knows.
 */
export async function verifyDirectory(options: VerifyOptions): Promise<VerifySummary> {
  const { directory } = options
  const file = join(directory, databaseName)
  const lock = shareDirectory(directory)
  const removeTraces = tracesOfReading(file)
  let database: Connection | undefined
  try {
    database = openStoredData(directory)
    const { size: fileBytes } = statSync(file)
    await checkIntegrity({ ...options, file, fileBytes })
    return { ...(await new Verification(database, options).run(fileBytes)), fileBytes }
  } catch (error) {
    const isOfDatabase = error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE')
    throw isOfDatabase ? readingError(error, file) : error
  } finally {
    database?.close()
    removeTraces()
    lock.release()
  }
}

class Verification {
  readonly #database: Connection
  readonly #options: VerifyOptions
  readonly #report: Report
  readonly #partitions = new Map<number, PartitionVerifier>()
  readonly #counts: LogCounts = { rows: 0, batches: 0, records: 0, bytes: 0 }
  #unseenBytes = 0

  constructor(database: Connection, options: VerifyOptions) {
    this.#database = database
    this.#options = options
    this.#report = options.report
  }

  async run(fileBytes: number): Promise<LogCounts & { readonly topics: number; readonly partitions: number }> {
    const { readers } = this.#options
    const database = this.#database
    const report = this.#report
    const node = verifyNode(database, report)
    const nextPartitionId = node?.nextPartitionId ?? Number.MAX_SAFE_INTEGER
    const nextProducerId = node?.nextProducerId ?? Number.MAX_SAFE_INTEGER
    const known = verifyTopics(database, nextPartitionId, report)
    this.#makeVerifiers(known, node?.producersSavedBatchId ?? 0)
    await this.#verifyRows(fileBytes)
    for (const partition of this.#partitions.values()) partition.finish()
    const byTopic = Map.groupBy(this.#partitions.values(), ({ topic }) => topic)
    const byIndex = new Map([...byTopic].map(([topic, all]) => [topic, new Map(all.map(one => [one.index, one]))]))
    verifyGroups(database, byIndex, readers, report)
    verifyTransactions(database, { partitions: this.#partitions.values(), nextProducerId }, readers, report)
    verifySettings(database, readers, report)
    return { ...this.#counts, topics: byTopic.size, partitions: known.size }
  }

  #makeVerifiers(known: ReadonlyMap<number, KnownPartition>, savedBatchId: number): void {
    const database = this.#database
    const compactions = loadCompactions(database)
    const aborted = loadAborted(database)
    const snapshots = verifySnapshots(database, known, this.#report)
    const stretches = stretchTable(database)
    const newestId = Number(database.prepare('SELECT max(id) FROM batch').pluck().get() ?? 0)
    const wasReplaced = new Set(
      database
        .prepare('SELECT DISTINCT partition_id FROM stretch WHERE replacement > 0 OR removed_bytes > 0')
        .pluck()
        .all() as number[],
    )
    for (const { partitionId, topic, index, logStartOffset } of known.values()) {
      const source = {
        topic,
        index,
        logStartOffset,
        savedBatchId,
        newestId,
        isCompacted: compactions.has(partitionId) || wasReplaced.has(partitionId),
        after: (offset: number) => stretches.after(partitionId, offset),
        snapshot: snapshots.get(partitionId),
        aborted: aborted.get(partitionId) ?? [],
      }
      this.#partitions.set(partitionId, new PartitionVerifier(source, this.#report))
    }
  }

  async #verifyRows(bytesMax: number): Promise<void> {
    const { clock, onProgress, signal } = this.#options
    const deleted = new Set(loadDeletedPartitions(this.#database))
    const readRow = rowReader(this.#database)
    for (const id of rowIds(this.#database)) {
      const row = readRow(id)
      if (typeof row === 'string') this.#unreadable(id, row)
      else if (row) this.#verifyRow(row, deleted)
      if (this.#unseenBytes < turnBytes) continue
      this.#unseenBytes = 0
      onProgress({ step: 'records', bytes: this.#counts.bytes, bytesMax })
      await new Promise<void>(resolve => clock.soon(resolve))
      signal.throwIfAborted()
    }
  }

  #verifyRow(row: LogRow, deleted: ReadonlySet<number>): void {
    this.#unseenBytes += row.data.length
    const partition = this.#partitions.get(row.partitionId)
    if (partition) partition.row(row, this.#counts)
    else if (!deleted.has(row.partitionId)) {
      const message = `the row belongs to partition id ${row.partitionId}, which does not exist`
      this.#report({ kind: 'row-owner', row: row.id, offset: row.baseOffset, message })
    }
  }

  #unreadable(id: number, message: string): void {
    const owner = this.#database.prepare('SELECT partition_id FROM batch WHERE id = ?').pluck()
    const partition = this.#partitions.get(quietly(() => owner.get(id) as number) ?? -1)
    if (partition) partition.unreadable(id, message)
    else this.#report({ kind: 'page', row: id, message: `the row cannot be read: ${message}` })
  }
}

/** Reads a row by its id; answers what SQLite says where it cannot. */
function rowReader(database: Connection): (id: number) => LogRow | string | undefined {
  const select = database.prepare(`
    SELECT id, partition_id AS partitionId, base_offset AS baseOffset, last_offset AS lastOffset,
           max_timestamp AS maxTimestamp, leader_epoch AS leaderEpoch, position, data
    FROM batch WHERE id = ?
  `)
  return id => {
    try {
      return select.get(id) as LogRow | undefined
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }
}

/** The ids of all rows, in order: from the table, and where that is damaged from its index. */
function* rowIds(database: Connection): Generator<number, void, void> {
  const inTable = database
    .prepare(`SELECT id FROM batch NOT INDEXED WHERE id > ? ORDER BY id LIMIT ${idsPerLook}`)
    .pluck()
  const inIndex = database
    .prepare(`
      SELECT id FROM batch INDEXED BY batch_of_bucket
      WHERE id >> 10 >= ? AND id >> 10 < ? AND id > ? ORDER BY id LIMIT ${idsPerLook}
    `)
    .pluck()
  const bucketAfter = database
    .prepare('SELECT id >> 10 FROM batch INDEXED BY batch_of_bucket WHERE id >> 10 > ? ORDER BY 1 LIMIT 1')
    .pluck()
  const fromIndex = (after: number): number[] => {
    const bucket = Math.floor(after / 1024)
    const here = inIndex.all(bucket, bucket + 1, after) as number[]
    const next = here.length > 0 ? undefined : (bucketAfter.get(bucket) as number | undefined)
    return next === undefined ? here : (inIndex.all(next, next + 1, after) as number[])
  }
  for (let after = 0; ; ) {
    const last = after
    // What can be read from neither, the check of the pages has told.
    const ids = quietly(() => inTable.all(last) as number[]) ?? quietly(() => fromIndex(last)) ?? []
    yield* ids
    if (ids.length === 0) return
    after = ids.at(-1) ?? after
  }
}

function quietly<T>(action: () => T): T | undefined {
  try {
    return action()
  } catch {
    return undefined
  }
}
