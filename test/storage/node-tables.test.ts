import { expect, test } from 'vitest'
import type { ProducerSnapshot } from '../../src/storage/change.ts'
import { loadNode, loadSnapshots, nodeTables } from '../../src/storage/node-tables.ts'
import { freshDatabase } from './fixtures.ts'

const producer: ProducerSnapshot = {
  producerId: 4,
  epoch: 1,
  lastTimestamp: 9,
  coordinatorEpoch: -1,
  transactionFirstOffset: -1,
  batches: [{ baseSequence: 0, lastSequence: 1, baseOffset: 10, lastOffset: 11, timestamp: 9 }],
}

test('the cluster id is made once', () => {
  const database = freshDatabase()
  expect(loadNode(database, () => 'another').clusterId).toBe('cluster')
})

test('producer ids only go up', () => {
  const database = freshDatabase()
  const node = nodeTables(database)
  node.saveProducerIdBlock({ kind: 'saveProducerIdBlock', nextProducerId: 2000 })
  node.saveProducerIdBlock({ kind: 'saveProducerIdBlock', nextProducerId: 1000 })
  expect(loadNode(database, () => '').nextProducerId).toBe(2000)
})

test('a snapshot replaces the one before; partitions that are not named keep theirs', () => {
  const database = freshDatabase()
  const node = nodeTables(database)
  const save = (partitionId: number, uptoOffset: number, lastBatchId: number): void =>
    node.saveProducers(
      { kind: 'saveProducers', partitions: [{ partitionId, uptoOffset, producers: [producer] }] },
      lastBatchId,
    )
  save(1, 5, 50)
  save(2, 6, 60)
  save(1, 7, 70)
  expect(loadSnapshots(database)).toEqual(
    new Map([
      [1, { uptoOffset: 7, producers: [producer] }],
      [2, { uptoOffset: 6, producers: [producer] }],
    ]),
  )
  expect(loadNode(database, () => '').producersSavedBatchId).toBe(70)
  node.forgetProducers(1)
  expect([...loadSnapshots(database).keys()]).toEqual([2])
})
