import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { BatchBuilder, type BatchOptions } from '../../src/protocol/records/build.ts'
import type { CreateTopic } from '../../src/storage/change.ts'
import { Committer } from '../../src/storage/committer.ts'
import { type Connection, openConnection } from '../../src/storage/database.ts'
import { migrate } from '../../src/storage/migrations.ts'
import { loadNode } from '../../src/storage/node-tables.ts'
import type { Append } from '../../src/storage/write-queue.ts'

/** A directory that is gone after the test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'streamctl-storage-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** A migrated database in memory. */
export function freshDatabase(): Connection {
  const database = openConnection({ file: ':memory:', synchronous: 'OFF' })
  migrate(database, ':memory:')
  loadNode(database, () => 'cluster')
  onTestFinished(() => void database.close())
  return database
}

/** A database in memory with partitions 1 to `partitions` of one topic, and its committer. */
export function freshCommitter(partitions = 1): { database: Connection; committer: Committer } {
  const database = freshDatabase()
  const committer = new Committer(database, { lastBatchId: 0, trims: [] })
  commit(committer, () => committer.apply(topicOf(partitions)))
  return { database, committer }
}

export function commit(committer: Committer, writes: () => void): void {
  committer.begin()
  writes()
  committer.commit()
}

/** The change that creates topic `topicId` with partitions `firstId` and so on. */
export function topicOf(partitions: number, { topicId = 'topic', firstId = 1 } = {}): CreateTopic {
  return {
    kind: 'createTopic',
    topicId,
    name: `name of ${topicId}`,
    createdMs: 1,
    internal: false,
    overrides: {},
    partitions: Array.from({ length: partitions }, (_, index) => ({
      partitionId: firstId + index,
      index,
      leaderEpoch: 0,
    })),
  }
}

export interface BatchShape extends BatchOptions {
  readonly partitionId?: number
  readonly records?: number
  readonly timestamp?: number
  /** Bytes of each record's value. */
  readonly valueBytes?: number
}

/** One batch, ready to append. */
export function batchAt(baseOffset: number, shape: BatchShape = {}): Append {
  const { partitionId = 1, records = 1, timestamp = 1000 + baseOffset, valueBytes = 10, ...options } = shape
  const builder = new BatchBuilder({ bytesMax: 16 * 1024 * 1024 })
  for (let record = 0; record < records; record++) builder.append(timestamp, null, Buffer.alloc(valueBytes, baseOffset))
  const data = builder.build({ leaderEpoch: 0, ...options, baseOffset })
  return { partitionId, baseOffset, lastOffset: baseOffset + records - 1, maxTimestamp: timestamp, data }
}

/** Copies a database and its WAL as they are on disk at this moment, as a crash would leave them. */
export function copyDatabase(from: string, to: string): void {
  for (const name of ['streamctl.db', 'streamctl.db-wal']) {
    if (existsSync(join(from, name))) cpSync(join(from, name), join(to, name))
  }
}
