import { expect, test } from 'vitest'
import { batchHeaderBytes, headerAt, logOverheadBytes, sealBatch } from '../../src/protocol/records/batch.ts'
import { endMarkerBatch } from '../../src/protocol/records/control.ts'
import { replayedBatches } from '../../src/storage/producer-replay.ts'
import type { Append } from '../../src/storage/write-queue.ts'
import { batchAt, commit, freshCommitter } from './fixtures.ts'

const producer = { producerId: 4, producerEpoch: 2 }

test('batches with a producer id are replayed, in order, by partition', () => {
  const { database, committer } = freshCommitter(2)
  commit(committer, () => {
    committer.append(batchAt(0, { ...producer, baseSequence: 0, records: 3, timestamp: 7 }))
    committer.append(batchAt(3))
    committer.append(
      batchAt(4, { ...producer, baseSequence: 2 ** 31 - 1, records: 2, timestamp: 8, transactional: true }),
    )
    committer.append(batchAt(0, { ...producer, baseSequence: 0, partitionId: 2 }))
  })
  const replays = replayedBatches(database, 0, () => 0)
  expect(replays.get(1)).toEqual([
    {
      producerId: 4,
      epoch: 2,
      baseSequence: 0,
      lastSequence: 2,
      baseOffset: 0,
      lastOffset: 2,
      maxTimestamp: 7,
      transactional: false,
      marker: undefined,
    },
    // Sequences go on at 0 after the highest.
    {
      producerId: 4,
      epoch: 2,
      baseSequence: 2 ** 31 - 1,
      lastSequence: 0,
      baseOffset: 4,
      lastOffset: 5,
      maxTimestamp: 8,
      transactional: true,
      marker: undefined,
    },
  ])
  expect(replays.get(2)).toHaveLength(1)
})

test('what the snapshots cover is not replayed', () => {
  const { database, committer } = freshCommitter()
  for (const offset of [0, 1, 2, 3]) {
    commit(committer, () => committer.append(batchAt(offset, { ...producer, baseSequence: offset })))
  }
  const offsets = (savedBatchId: number, upto: number): number[] | undefined =>
    replayedBatches(database, savedBatchId, () => upto)
      .get(1)
      ?.map(batch => batch.baseOffset)
  expect(offsets(2, 0)).toEqual([2, 3])
  expect(offsets(1, 3)).toEqual([3])
  expect(offsets(4, 0)).toBeUndefined()
})

test('the end of a transaction is told as such', () => {
  const { database, committer } = freshCommitter()
  const markers = [true, false].map((committed, offset): Append => {
    const data = endMarkerBatch({ committed, producerId: 4, producerEpoch: 2, coordinatorEpoch: 9, timestamp: 5 })
    data.writeUInt32BE(offset, 4)
    return { partitionId: 1, baseOffset: offset, lastOffset: offset, maxTimestamp: 5, data }
  })
  commit(committer, () => {
    for (const marker of markers) committer.append(marker)
  })
  expect(
    replayedBatches(database, 0, () => 0)
      .get(1)
      ?.map(batch => batch.marker),
  ).toEqual([
    { committed: true, coordinatorEpoch: 9 },
    { committed: false, coordinatorEpoch: 9 },
  ])
})

/** What compaction leaves of a batch whose records have gone. */
function emptied(append: Append): Append {
  const data = Buffer.from(append.data.subarray(0, batchHeaderBytes))
  data.writeInt32BE(batchHeaderBytes - logOverheadBytes, headerAt.batchLength)
  data.writeInt32BE(0, headerAt.recordCount)
  sealBatch(data, 0, data.length)
  return { ...append, data }
}

test('what compaction left of a transaction that ended opens none, and keeps the sequence', () => {
  const { database, committer } = freshCommitter()
  const marker = endMarkerBatch({ committed: true, producerId: 4, producerEpoch: 2, coordinatorEpoch: 9, timestamp: 5 })
  marker.writeUInt32BE(3, 4)
  commit(committer, () => {
    committer.append(emptied(batchAt(0, { ...producer, baseSequence: 7, records: 3, transactional: true })))
    committer.append(emptied({ partitionId: 1, baseOffset: 3, lastOffset: 3, maxTimestamp: 5, data: marker }))
  })
  expect(replayedBatches(database, 0, () => 0).get(1)).toMatchObject([
    { lastSequence: 9, lastOffset: 2, transactional: false, marker: undefined },
  ])
})
