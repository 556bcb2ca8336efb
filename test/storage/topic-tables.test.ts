import { expect, test } from 'vitest'
import { loadNode } from '../../src/storage/node-tables.ts'
import { loadDeletedPartitions, loadTopics, topicTables } from '../../src/storage/topic-tables.ts'
import { freshDatabase, topicOf } from './fixtures.ts'

test('a topic comes back with its partitions in order of index', () => {
  const database = freshDatabase()
  const topics = topicTables(database)
  topics.create({ ...topicOf(2), internal: true })
  topics.addPartitions({
    kind: 'addPartitions',
    topicId: 'topic',
    partitions: [{ partitionId: 9, index: 2, leaderEpoch: 5 }],
  })
  expect(loadTopics(database)).toEqual({
    topics: [{ topicId: 'topic', name: 'name of topic', createdMs: 1, internal: 1 }],
    partitions: [
      { partitionId: 1, topicId: 'topic', index: 0, leaderEpoch: 0, logStartOffset: 0 },
      { partitionId: 2, topicId: 'topic', index: 1, leaderEpoch: 0, logStartOffset: 0 },
      { partitionId: 9, topicId: 'topic', index: 2, leaderEpoch: 5, logStartOffset: 0 },
    ],
  })
})

test('partition ids are never given out again, even when their topic is gone', () => {
  const database = freshDatabase()
  const topics = topicTables(database)
  topics.create(topicOf(3))
  topics.delete({ kind: 'deleteTopic', topicId: 'topic' })
  expect(loadNode(database, () => '').nextPartitionId).toBe(4)
})

test('a deleted topic is gone at once; its partitions wait until they are purged', () => {
  const database = freshDatabase()
  const topics = topicTables(database)
  topics.create(topicOf(2))
  topics.create(topicOf(1, { topicId: 'other', firstId: 3 }))
  expect(topics.delete({ kind: 'deleteTopic', topicId: 'topic' })).toEqual([1, 2])
  expect(loadTopics(database).partitions.map(partition => partition.partitionId)).toEqual([3])
  expect(loadDeletedPartitions(database)).toEqual([1, 2])
  topics.purged(1)
  expect(loadDeletedPartitions(database)).toEqual([2])
})

test('a log start only rises', () => {
  const database = freshDatabase()
  const topics = topicTables(database)
  topics.create(topicOf(1))
  expect(topics.advanceLogStart({ kind: 'advanceLogStart', partitionId: 1, offset: 10 })).toBe(true)
  expect(topics.advanceLogStart({ kind: 'advanceLogStart', partitionId: 1, offset: 5 })).toBe(false)
  expect(loadTopics(database).partitions[0]?.logStartOffset).toBe(10)
})
