import { expect, test } from 'vitest'
import { ProducerSnapshots } from '../../src/log/producer-snapshots.ts'
import { fakeStorage } from './fake-storage.ts'

const source = (partitionId: number) => ({ producerSnapshot: () => ({ partitionId, uptoOffset: 7, producers: [] }) })

test('what changed is written each time so many bytes were appended, to all partitions together', () => {
  const { writes, commit, changes } = fakeStorage()
  const snapshots = new ProducerSnapshots(writes, 100)
  const [first, second] = [source(1), source(2)]
  snapshots.changed(first)
  snapshots.appended(60)
  snapshots.changed(second)
  snapshots.appended(39)
  commit()
  expect(changes).toEqual([])
  snapshots.appended(1)
  snapshots.changed(first)
  snapshots.appended(100)
  snapshots.appended(100)
  commit()
  const saved = changes.map(change => change.kind === 'saveProducers' && change.partitions.map(p => p.partitionId))
  expect(saved).toEqual([[1, 2], [1], []])
})

test('a partition that is gone is not written', () => {
  const { writes, commit, changes } = fakeStorage()
  const snapshots = new ProducerSnapshots(writes)
  const gone = source(1)
  snapshots.changed(gone)
  snapshots.changed(source(2))
  snapshots.forget(gone)
  snapshots.save()
  commit()
  expect(changes).toMatchObject([{ partitions: [{ partitionId: 2 }] }])
})

test('what is newer than its snapshot is written before its batches are deleted', () => {
  const { writes, commit, changes } = fakeStorage()
  const snapshots = new ProducerSnapshots(writes)
  const [first, second] = [source(1), source(2)]
  snapshots.changed(first)
  snapshots.beforeDeletion(second)
  commit()
  expect(changes).toEqual([])
  snapshots.changed(second)
  snapshots.beforeDeletion(second)
  snapshots.beforeDeletion(second)
  commit()
  expect(changes).toMatchObject([{ partitions: [{ partitionId: 1 }, { partitionId: 2 }] }])
})

test('nothing is written when nothing happened', () => {
  const { writes, commit, changes } = fakeStorage()
  new ProducerSnapshots(writes).save()
  commit()
  expect(changes).toEqual([])
})
