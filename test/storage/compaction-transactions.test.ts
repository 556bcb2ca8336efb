import { expect, test } from 'vitest'
import { assignOffset } from '../../src/protocol/records/batch.ts'
import { endMarkerBatch } from '../../src/protocol/records/control.ts'
import { emptiedBatch } from '../../src/protocol/records/retain.ts'
import { TransactionsInSight } from '../../src/storage/compaction-transactions.ts'
import { batchAt } from './fixtures.ts'

const records = (baseOffset: number, producerId = 1): Buffer =>
  batchAt(baseOffset, { producerId, producerEpoch: 0, baseSequence: 0, transactional: true }).data

const marker = (baseOffset: number, committed: boolean, producerId = 1): Buffer => {
  const batch = endMarkerBatch({ committed, producerId, producerEpoch: 0, coordinatorEpoch: 0, timestamp: 1 })
  assignOffset(batch, 0, { baseOffset, leaderEpoch: 0 })
  return batch
}

const aborted = { producerId: 1, firstOffset: 10, lastOffset: 12 }

test('records of an aborted transaction are told from those of a committed one of the same producer', () => {
  const walk = new TransactionsInSight([aborted])
  expect(walk.meetRecords(records(5))).toBe(false)
  expect(walk.meetMarker(marker(6, true))).toEqual({ isUseless: false, aborted: undefined })
  expect(walk.meetRecords(records(10))).toBe(true)
  expect(walk.meetRecords(batchAt(11).data)).toBe(false)
  expect(walk.meetMarker(marker(12, false))).toEqual({ isUseless: false, aborted })
  expect(walk.meetRecords(records(13))).toBe(false)
  expect(walk.meetMarker(marker(14, true))).toEqual({ isUseless: false, aborted: undefined })
})

test('a marker without a record before it is useless', () => {
  const walk = new TransactionsInSight([aborted])
  expect(walk.meetMarker(marker(9, true))).toEqual({ isUseless: true, aborted: undefined })
  expect(walk.meetRecords(records(11, 2))).toBe(false)
  expect(walk.meetMarker(marker(12, false))).toEqual({ isUseless: true, aborted })
  expect(walk.meetMarker(marker(20, false))).toEqual({ isUseless: true, aborted: undefined })
  expect(walk.meetMarker(emptiedBatch(marker(21, true)))).toEqual({ isUseless: true, aborted: undefined })
})

test('producers do not get in the way of each other', () => {
  const walk = new TransactionsInSight([
    { producerId: 2, firstOffset: 3, lastOffset: 9 },
    { producerId: 1, firstOffset: 1, lastOffset: 8 },
  ])
  expect(walk.meetRecords(records(1, 1))).toBe(true)
  expect(walk.meetRecords(records(2, 3))).toBe(false)
  expect(walk.meetRecords(records(3, 2))).toBe(true)
  expect(walk.meetMarker(marker(7, true, 3)).isUseless).toBe(false)
  expect(walk.meetMarker(marker(8, false, 1)).isUseless).toBe(false)
  expect(walk.meetRecords(records(9, 1))).toBe(false)
})

test('a transaction that ended before the walk began is none of its business', () => {
  const walk = new TransactionsInSight([aborted])
  expect(walk.meetRecords(records(20))).toBe(false)
  expect(walk.meetMarker(marker(21, true))).toEqual({ isUseless: false, aborted: undefined })
})
