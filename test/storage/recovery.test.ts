import { expect, test } from 'vitest'
import type { ProducerSnapshot } from '../../src/storage/change.ts'
import { recover } from '../../src/storage/recovery.ts'
import { everything } from '../../src/storage/trimming.ts'
import { simulatedEnv } from '../support/simulated-env.ts'
import { batchAt, commit, freshCommitter, freshDatabase, topicOf } from './fixtures.ts'

const snapshotOf = (producerId: number): ProducerSnapshot => ({
  producerId,
  epoch: 0,
  lastTimestamp: 1,
  coordinatorEpoch: -1,
  transactionFirstOffset: -1,
  batches: [],
})

test('a new node has a cluster id and nothing else', () => {
  const { state, start } = recover(freshDatabase(), simulatedEnv())
  expect(state).toEqual({
    clusterId: 'cluster',
    nextPartitionId: 1,
    nextProducerId: 0,
    topics: [],
    brokerSettings: {},
    groupSettings: new Map(),
    clientMetrics: new Map(),
    groups: [],
    offsets: [],
    transactions: [],
    pendingOffsets: [],
    quotas: new Map(),
    compactions: new Map(),
  })
  expect(start).toEqual({ lastBatchId: 0, trims: [] })
})

test('topics come back with their settings, and partitions with their extent', () => {
  const { database, committer } = freshCommitter(2)
  const bytes = batchAt(0, { records: 2 }).data.length
  commit(committer, () => {
    committer.apply({ kind: 'saveSettings', owner: { kind: 'topic', topicId: 'topic' }, settings: { a: 'b' } })
    committer.apply({ kind: 'saveSettings', owner: { kind: 'broker' }, settings: { c: 'd' } })
    committer.apply({ kind: 'saveSettings', owner: { kind: 'group', groupId: 'g' }, settings: { e: 'f' } })
    committer.append(batchAt(0, { records: 2 }))
  })
  commit(committer, () => committer.append(batchAt(2, { records: 2 })))
  const { state } = recover(database, simulatedEnv())
  expect(state.brokerSettings).toEqual({ c: 'd' })
  expect(state.groupSettings).toEqual(new Map([['g', { e: 'f' }]]))
  const shared = { leaderEpoch: 0, logStartOffset: 0, producers: undefined, aborted: [] }
  expect(state.topics).toEqual([
    {
      topicId: 'topic',
      name: 'name of topic',
      createdMs: 1,
      internal: false,
      overrides: { a: 'b' },
      partitions: [
        { ...shared, partitionId: 1, index: 0, logEndOffset: 4, bytes: 2 * bytes },
        { ...shared, partitionId: 2, index: 1, logEndOffset: 0, bytes: 0 },
      ],
    },
  ])
})

test('only rows at and above the log start count, and the others are still to be trimmed', () => {
  const { database, committer } = freshCommitter(1)
  const bytes = batchAt(0, { records: 2 }).data.length
  for (const offset of [0, 2, 4, 6]) commit(committer, () => committer.append(batchAt(offset, { records: 2 })))
  // As if the node had died between raising the log start and trimming.
  database.exec('UPDATE partition SET log_start_offset = 5')
  const { state, start } = recover(database, simulatedEnv())
  expect(state.topics[0]?.partitions[0]).toMatchObject({ logStartOffset: 5, logEndOffset: 8, bytes: 2 * bytes })
  expect(start.trims).toEqual([{ partitionId: 1, beforeOffset: 5 }])
})

test('a partition ends at its log start when all of its rows are below', () => {
  const { database, committer } = freshCommitter(1)
  commit(committer, () => committer.append(batchAt(0)))
  database.exec('UPDATE partition SET log_start_offset = 9')
  expect(recover(database, simulatedEnv()).state.topics[0]?.partitions[0]).toMatchObject({ logEndOffset: 9, bytes: 0 })
  commit(committer, () => committer.apply({ kind: 'advanceLogStart', partitionId: 1, offset: 10 }))
  expect(recover(database, simulatedEnv()).state.topics[0]?.partitions[0]).toMatchObject({ logEndOffset: 10, bytes: 0 })
})

test('partitions of deleted topics are purged on', () => {
  const { database, committer } = freshCommitter(1)
  commit(committer, () => committer.append(batchAt(0)))
  database.exec('INSERT INTO deleted_partition VALUES (1); DELETE FROM partition; DELETE FROM topic')
  expect(recover(database, simulatedEnv()).start.trims).toEqual([{ partitionId: 1, beforeOffset: everything }])
})

test('producers are the last snapshot, and the batches appended after it', () => {
  const { database, committer } = freshCommitter(3)
  const producer = { producerId: 5, producerEpoch: 0 }
  commit(committer, () => {
    committer.append(batchAt(0, { ...producer, baseSequence: 0 }))
    committer.append(batchAt(0, { ...producer, baseSequence: 0, partitionId: 2 }))
    committer.apply({
      kind: 'saveProducers',
      partitions: [
        { partitionId: 1, uptoOffset: 1, producers: [snapshotOf(5)] },
        { partitionId: 2, uptoOffset: 1, producers: [snapshotOf(5)] },
      ],
    })
    // The same group goes on behind the snapshot.
    committer.append(batchAt(1, { ...producer, baseSequence: 1 }))
  })
  commit(committer, () => committer.append(batchAt(2, { ...producer, baseSequence: 2 })))
  const { state, start } = recover(database, simulatedEnv())
  const [first, second, third] = state.topics[0]!.partitions.map(partition => partition.producers)
  expect(first?.snapshot).toEqual([snapshotOf(5)])
  expect(first?.replay.map(batch => batch.baseSequence)).toEqual([1, 2])
  expect(second).toEqual({ snapshot: [snapshotOf(5)], replay: [] })
  expect(third).toBeUndefined()
  expect(start.lastBatchId).toBe(2)
})

test('groups and offsets come back', () => {
  const { database, committer } = freshCommitter(1)
  const group = { groupId: 'g', type: 'classic', body: '{}' }
  const offset = { topic: 't', partition: 0, offset: 3, leaderEpoch: -1, metadata: '', commitMs: 1, expireMs: -1 }
  commit(committer, () => {
    committer.apply({ kind: 'saveGroup', group })
    committer.apply({ kind: 'saveOffsets', groupId: 'g', offsets: [offset] })
    committer.apply({ kind: 'saveProducerIdBlock', nextProducerId: 1000 })
    committer.apply(topicOf(1, { topicId: 'second', firstId: 7 }))
  })
  const { state } = recover(database, simulatedEnv())
  expect(state).toMatchObject({
    groups: [group],
    offsets: [{ groupId: 'g', ...offset }],
    nextProducerId: 1000,
    nextPartitionId: 8,
  })
})
