import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll } from 'vitest'
import { assignOffset } from '../../src/protocol/records/batch.ts'
import { endMarkerBatch } from '../../src/protocol/records/control.ts'
import type { Change } from '../../src/storage/change.ts'
import { openStorage } from '../../src/storage/storage.ts'
import type { Append } from '../../src/storage/write-queue.ts'
import { newEntry, storedEntry } from '../../src/transaction/transaction-entry.ts'
import { type BatchShape, batchAt } from '../storage/fixtures.ts'
import { simulatedEnv } from '../support/simulated-env.ts'

/** When the records of `storedNode` were written: one millisecond more with each offset. */
export const firstTime = 1_700_000_000_000

const directories: string[] = []
afterAll(() => directories.forEach(directory => void rmSync(directory, { recursive: true, force: true })))

/** A directory that is gone when the test file ends. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'streamctl-data-'))
  directories.push(directory)
  return directory
}

/** A batch of one partition, at one millisecond an offset. */
export function timedBatch(partitionId: number, baseOffset: number, shape: BatchShape = {}): Append {
  return batchAt(baseOffset, { partitionId, timestamp: firstTime + baseOffset, valueBytes: 100, ...shape })
}

export function marker(
  partitionId: number,
  baseOffset: number,
  { committed, producerId }: { readonly committed: boolean; readonly producerId: number },
): Append {
  const timestamp = firstTime + baseOffset
  const data = endMarkerBatch({ committed, producerId, producerEpoch: 0, coordinatorEpoch: 0, timestamp })
  assignOffset(data, 0, { baseOffset, leaderEpoch: 0 })
  return { partitionId, baseOffset, lastOffset: baseOffset, maxTimestamp: timestamp, data }
}

const topic = (name: string, firstId: number, partitions: number): Change => ({
  kind: 'createTopic',
  topicId: `id-of-${name}`,
  name,
  createdMs: firstTime,
  internal: false,
  overrides: { 'retention.ms': '-1' },
  partitions: Array.from({ length: partitions }, (_, index) => ({
    partitionId: firstId + index,
    index,
    leaderEpoch: 0,
  })),
})

/** Writes what is given, each in a commit of its own, into a data directory, and closes it as a node does. */
export async function writeData(directory: string, writes: Iterable<Append | Change>): Promise<void> {
  const env = simulatedEnv()
  const onFailure = (error: Error): void => {
    throw error
  }
  const storage = await openStorage({ directory, durability: 'os', threads: false, env, onFailure })
  for (const write of writes) {
    if ('kind' in write) storage.writes.apply(write)
    else storage.writes.append(write, () => {})
    env.clock.settle()
  }
  await storage.close()
}

/**
 * What a node may have stored: `orders-0` (id 1) with 600 batches of two records in as many rows; `orders-1` (id 2) with an
 * idempotent producer, a committed, an aborted and an open transaction; `orders-2` (id 3) empty; `other-0` (id 4) trimmed.
 */
export function* storedNode(): Generator<Append | Change, void, void> {
  yield topic('orders', 1, 3)
  yield topic('other', 4, 1)
  yield { kind: 'saveProducerIdBlock', nextProducerId: 1000 }
  for (let row = 0; row < 600; row++) yield timedBatch(1, row * 2, { records: 2 })
  for (let at = 0; at < 5; at++) yield timedBatch(2, at, { producerId: 5, producerEpoch: 0, baseSequence: at })
  const within = { producerId: 7, producerEpoch: 0, transactional: true }
  yield timedBatch(2, 5, { ...within, baseSequence: 0 })
  yield marker(2, 6, { committed: true, producerId: 7 })
  yield timedBatch(2, 7, { ...within, baseSequence: 1 })
  yield marker(2, 8, { committed: false, producerId: 7 })
  yield { kind: 'addAbortedTransaction', partitionId: 2, transaction: { producerId: 7, firstOffset: 7, lastOffset: 8 } }
  yield { kind: 'saveProducers', partitions: [snapshotOfOrders] }
  yield timedBatch(2, 9, { ...within, baseSequence: 2 })
  for (let at = 0; at < 10; at++) yield timedBatch(4, at)
  yield { kind: 'advanceLogStart', partitionId: 4, offset: 6 }
  yield { kind: 'saveGroup', group: { groupId: 'readers', type: 'classic', body: emptyGroupBody } }
  yield savedOffset('orders', 0, 1200)
  yield savedOffset('other', 0, 7)
  yield { kind: 'saveSettings', owner: { kind: 'broker' }, settings: { 'log.retention.ms': '1000' } }
  yield { kind: 'saveTransaction', transaction: openTransaction }
  yield { ...savedOffset('other', 0, 9), kind: 'savePendingOffsets', producerId: 7 }
}

const emptyGroupBody = JSON.stringify({
  generation: 3,
  stateSinceMs: firstTime,
  protocolType: 'consumer',
  protocolName: null,
  leaderId: null,
  members: [],
})

const openTransaction = storedEntry({
  ...newEntry('mover', {
    producerId: 7,
    previousProducerId: -1,
    producerEpoch: 0,
    lastProducerEpoch: -1,
    timeoutMs: 60_000,
    state: 'Ongoing',
    startMs: firstTime + 9,
    updatedMs: firstTime + 9,
  }),
  partitions: new Map([['orders', new Set([1])]]),
  groups: new Set(['readers']),
})

const snapshotOfOrders = {
  partitionId: 2,
  uptoOffset: 9,
  producers: [
    {
      producerId: 5,
      epoch: 0,
      lastTimestamp: firstTime + 4,
      coordinatorEpoch: -1,
      transactionFirstOffset: -1,
      batches: [0, 1, 2, 3, 4].map(at => remembered(at, at)),
    },
    {
      producerId: 7,
      epoch: 0,
      lastTimestamp: firstTime + 8,
      coordinatorEpoch: 0,
      transactionFirstOffset: -1,
      batches: [remembered(5, 0), remembered(7, 1)],
    },
  ],
}

function remembered(offset: number, sequence: number) {
  return {
    baseSequence: sequence,
    lastSequence: sequence,
    baseOffset: offset,
    lastOffset: offset,
    timestamp: firstTime + offset,
  }
}

export function savedOffset(topicName: string, partition: number, offset: number) {
  const place = { topic: topicName, partition, offset, leaderEpoch: -1, metadata: '' }
  return {
    kind: 'saveOffsets',
    groupId: 'readers',
    offsets: [{ ...place, commitMs: firstTime + offset, expireMs: -1 }],
  } as const
}

/** A copy of a data directory, to be damaged. */
export function copyOf(directory: string): string {
  const copy = join(temporaryDirectory(), 'copy')
  cpSync(directory, copy, { recursive: true })
  return copy
}

/** Changes the database of a data directory behind everybody's back. */
export function tamper(directory: string, change: (database: Database.Database) => void): void {
  const database = new Database(join(directory, 'streamctl.db'))
  database.pragma('synchronous = OFF')
  change(database)
  database.close()
}
