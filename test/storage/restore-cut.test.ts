// A node as it was at a time, told by what a node finds when it starts on it.
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { batchesIn } from '../../src/protocol/records/batch.ts'
import { controlTypeOf } from '../../src/protocol/records/control.ts'
import { recordsIn } from '../../src/protocol/records/record.ts'
import type { RecoveredState } from '../../src/storage/recovered-state.ts'
import { openStorage } from '../../src/storage/storage.ts'
import { findingsIn, restoreBackup, takeBackup } from '../broker/backups.ts'
import { firstTime, savedOffset, storedNode, temporaryDirectory, timedBatch, writeData } from '../broker/stored-node.ts'
import { simulatedEnv } from '../support/simulated-env.ts'

let bytes: Buffer

beforeAll(async () => {
  const directory = temporaryDirectory()
  await writeData(directory, [
    ...storedNode(),
    {
      kind: 'createTopic',
      topicId: 'id-of-late',
      name: 'late',
      createdMs: firstTime + 5000,
      internal: false,
      overrides: { 'retention.ms': '5' },
      partitions: [{ partitionId: 5, index: 0, leaderEpoch: 0 }],
    },
    timedBatch(5, 0, { timestamp: firstTime + 5000 }),
    savedOffset('late', 0, 1),
  ])
  bytes = (await takeBackup(directory)).bytes
})

/** What a node finds that starts on the backup, cut so many milliseconds after the first record. */
async function cutAfter(milliseconds: number) {
  const directory = join(temporaryDirectory(), 'cut')
  const { cut } = await restoreBackup(bytes, directory, { atMs: firstTime + milliseconds })
  expect(await findingsIn(directory)).toEqual([])
  const env = simulatedEnv()
  const onFailure = (error: Error): void => expect.unreachable(error.message)
  const storage = await openStorage({ directory, durability: 'os', threads: false, env, onFailure })
  const rows = await storage.reader.readRows({ partitionId: 2, offset: 0, maxBytes: 1_000_000 })
  await storage.close()
  return { cut, state: storage.state, markers: rows.flatMap(row => markersIn(row.data)) }
}

function markersIn(data: Buffer): string[] {
  return [...batchesIn(data)].flatMap(at =>
    Array.from(recordsIn(data, at), ({ key, offset }) =>
      key?.length === 4 ? `${offset}:${controlTypeOf(key)}` : '',
    ).filter(Boolean),
  )
}

const partition = ({ topics }: RecoveredState, topic: string, index: number) =>
  topics.find(({ name }) => name === topic)?.partitions[index]

test('each partition ends in front of the first batch with a later record', async () => {
  const { state, cut } = await cutAfter(701)
  // The batch of 700 and 701 has one time, which is 700.
  expect(partition(state, 'orders', 0)).toMatchObject({ logStartOffset: 0, logEndOffset: 702 })
  expect(cut).toMatchObject({ droppedTopics: 1, droppedOffsets: 1200 - 702 })
})

test('topics that were created later are gone, with their settings and offsets', async () => {
  const { state } = await cutAfter(4999)
  expect(state.topics.map(({ name }) => name)).toEqual(['orders', 'other'])
  expect(state.offsets.map(({ topic }) => topic).sort()).toEqual(['orders', 'other'])
})

test('transactions that were open are aborted, and their producer has to begin anew', async () => {
  const { state, markers, cut } = await cutAfter(7)
  expect(markers).toEqual(['6:commit', '8:abort'])
  expect(cut).toMatchObject({ abortedTransactions: 1 })
  const orders = partition(state, 'orders', 1)
  expect(orders).toMatchObject({ logEndOffset: 9, aborted: [{ producerId: 7, firstOffset: 7, lastOffset: 8 }] })
  expect(orders?.producers?.replay).toEqual([])
  expect(orders?.producers?.snapshot.find(({ producerId }) => producerId === 7)).toMatchObject({
    transactionFirstOffset: -1,
    batches: [{ baseOffset: 5 }, { baseOffset: 7 }],
  })
  expect(state.pendingOffsets).toEqual([])
  expect(state.transactions.map(({ body }) => JSON.parse(body))).toEqual([
    expect.objectContaining({ state: 'CompleteAbort', producerEpoch: 1, partitions: {}, groups: [] }),
  ])
})

test('where nothing came later only what is open ends', async () => {
  const { state, markers, cut } = await cutAfter(9999)
  expect(markers).toEqual(['6:commit', '8:abort', '10:abort'])
  expect(cut).toEqual({
    droppedTopics: 0,
    droppedOffsets: 0,
    abortedTransactions: 1,
    clampedOffsets: 0,
    laterCommits: 0,
  })
  expect(partition(state, 'orders', 1)?.logEndOffset).toBe(11)
})

test('a producer without a transaction goes on where it was then', async () => {
  const { state } = await cutAfter(3)
  const producers = partition(state, 'orders', 1)?.producers?.snapshot
  expect(producers?.map(({ producerId }) => producerId)).toEqual([5, 7])
  expect(producers?.[0]?.batches.at(-1)).toMatchObject({ baseOffset: 3, lastSequence: 3 })
  // What the other one had written is gone, its epoch is not.
  expect(producers?.[1]).toMatchObject({ epoch: 0, batches: [], transactionFirstOffset: -1 })
})

test('committed offsets beyond an end are set to it; those committed later are counted', async () => {
  const { state, cut } = await cutAfter(701)
  expect(state.offsets.find(({ topic }) => topic === 'orders')?.offset).toBe(702)
  expect(cut).toMatchObject({ clampedOffsets: 1, laterCommits: 1 })
})

test('a time before everything leaves the log start where it was', async () => {
  const { state } = await cutAfter(0)
  expect(partition(state, 'orders', 0)).toMatchObject({ logStartOffset: 0, logEndOffset: 2 })
  expect(partition(state, 'other', 0)).toMatchObject({ logStartOffset: 6, logEndOffset: 6, bytes: 0 })
})

test('what is written next goes to the end, and is found', async () => {
  const directory = join(temporaryDirectory(), 'cut')
  await restoreBackup(bytes, directory, { atMs: firstTime + 701 })
  await writeData(directory, [timedBatch(1, 702), timedBatch(2, 11)])
  expect(await findingsIn(directory)).toEqual([])
})
