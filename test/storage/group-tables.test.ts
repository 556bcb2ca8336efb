import { expect, test } from 'vitest'
import type { StoredOffset } from '../../src/storage/change.ts'
import { groupTables, loadGroups, loadOffsets } from '../../src/storage/group-tables.ts'
import { freshDatabase } from './fixtures.ts'

const offset = (topic: string, partition: number, value: number): StoredOffset => ({
  topic,
  partition,
  offset: value,
  leaderEpoch: -1,
  metadata: 'm',
  commitMs: 7,
  expireMs: -1,
})

test('a group is replaced by its newer version', () => {
  const database = freshDatabase()
  const groups = groupTables(database)
  groups.save({ groupId: 'g', type: 'classic', body: 'old' })
  groups.save({ groupId: 'g', type: 'consumer', body: 'new' })
  expect(loadGroups(database)).toEqual([{ groupId: 'g', type: 'consumer', body: 'new' }])
})

test('offsets are kept by group, topic and partition', () => {
  const database = freshDatabase()
  const groups = groupTables(database)
  groups.saveOffsets({ groupId: 'g', offsets: [offset('t', 0, 1), offset('t', 1, 2), offset('u', 0, 3)] })
  groups.saveOffsets({ groupId: 'h', offsets: [offset('t', 0, 4)] })
  groups.saveOffsets({ groupId: 'g', offsets: [offset('t', 0, 5)] })
  groups.deleteOffsets({ groupId: 'g', partitions: [{ topic: 't', partition: 1 }] })
  expect(loadOffsets(database)).toEqual([
    { groupId: 'g', ...offset('t', 0, 5) },
    { groupId: 'g', ...offset('u', 0, 3) },
    { groupId: 'h', ...offset('t', 0, 4) },
  ])
})

test('a group goes with its offsets', () => {
  const database = freshDatabase()
  const groups = groupTables(database)
  for (const groupId of ['g', 'h']) {
    groups.save({ groupId, type: 'classic', body: '' })
    groups.saveOffsets({ groupId, offsets: [offset('t', 0, 1)] })
  }
  groups.delete('g')
  expect(loadGroups(database).map(group => group.groupId)).toEqual(['h'])
  expect(loadOffsets(database).map(row => row.groupId)).toEqual(['h'])
})
