import { expect, test } from 'vitest'
import { loadSettings } from '../../src/storage/setting-table.ts'
import { loadTopics } from '../../src/storage/topic-tables.ts'
import { batchAt, commit, freshCommitter, topicOf } from './fixtures.ts'

const count = (database: ReturnType<typeof freshCommitter>['database'], table: string): number =>
  database.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number

test('nothing of a group is there before its commit, and all of it after', () => {
  const { database, committer } = freshCommitter()
  committer.begin()
  committer.append(batchAt(0))
  committer.apply({ kind: 'saveGroup', group: { groupId: 'g', type: 'classic', body: '' } })
  expect(database.inTransaction).toBe(true)
  expect(count(database, 'batch')).toBe(0)
  expect(committer.commit()).toBe(batchAt(0).data.length)
  expect(database.inTransaction).toBe(false)
  expect([count(database, 'batch'), count(database, 'consumer_group')]).toEqual([1, 1])
})

test('a topic that is created, written and deleted in one group leaves nothing behind', () => {
  const { database, committer } = freshCommitter()
  commit(committer, () => {
    committer.apply({ ...topicOf(1, { topicId: 'short', firstId: 5 }), overrides: { a: 'b' } })
    committer.append(batchAt(0, { partitionId: 5 }))
    committer.apply({ kind: 'deleteTopic', topicId: 'short' })
    committer.append(batchAt(1, { partitionId: 5 }))
  })
  while (committer.trimming) commit(committer, () => {})
  expect([count(database, 'batch'), count(database, 'deleted_partition')]).toEqual([0, 0])
  expect(loadSettings(database, 'topic').size).toBe(0)
  expect(loadTopics(database).topics.map(topic => topic.topicId)).toEqual(['topic'])
})

test('a commit without rows trims a bounded step', () => {
  const { database, committer } = freshCommitter(2)
  for (let offset = 0; offset < 600; offset++) commit(committer, () => committer.append(batchAt(offset)))
  commit(committer, () => committer.apply({ kind: 'advanceLogStart', partitionId: 1, offset: 600 }))
  expect(count(database, 'batch')).toBe(600 - 128)
  commit(committer, () => {})
  expect(count(database, 'batch')).toBe(600 - 2 * 128)
})

test('small commits earn a step together', () => {
  const { database, committer } = freshCommitter(2)
  for (let offset = 0; offset < 600; offset++) commit(committer, () => committer.append(batchAt(offset)))
  commit(committer, () => committer.apply({ kind: 'advanceLogStart', partitionId: 1, offset: 600 }))
  const rows = Array.from({ length: 8 }, (_, offset) => {
    commit(committer, () => committer.append(batchAt(offset, { partitionId: 2 })))
    return count(database, 'batch') - (offset + 1)
  })
  expect(rows.map(left => 600 - left)).toEqual([128, 128, 128, 256, 256, 256, 256, 384])
})

test('trimming is faster than what is written, whatever the size of its rows', () => {
  const { database, committer } = freshCommitter(2)
  const valueBytes = 100_000
  for (let offset = 0; offset < 300; offset++)
    commit(committer, () => committer.append(batchAt(offset, { valueBytes })))
  commit(committer, () => committer.apply({ kind: 'advanceLogStart', partitionId: 1, offset: 300 }))
  const before = count(database, 'batch')
  for (let offset = 0; offset < 20; offset++) {
    commit(committer, () => committer.append(batchAt(offset, { partitionId: 2, valueBytes: 5 * valueBytes })))
  }
  const removedBytes = (before - (count(database, 'batch') - 20)) * valueBytes
  expect(removedBytes).toBeGreaterThan(1.5 * 20 * 5 * valueBytes)
})

test('the settings of a group outlive it', () => {
  const { database, committer } = freshCommitter()
  commit(committer, () => {
    committer.apply({ kind: 'saveSettings', owner: { kind: 'group', groupId: 'g' }, settings: { a: 'b' } })
    committer.apply({ kind: 'deleteGroup', groupId: 'g' })
  })
  expect(loadSettings(database, 'group')).toEqual(new Map([['g', { a: 'b' }]]))
})
