import { expect, test } from 'vitest'
import type { Partition } from '../../src/log/partition.ts'
import { markerBatch } from '../../src/log/transaction-end.ts'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { isControl, isTransactional, readBatchHeader } from '../../src/protocol/records/batch.ts'
import { controlTypeOf } from '../../src/protocol/records/control.ts'
import { recordsIn } from '../../src/protocol/records/record.ts'
import { batchOf, logFixture, offsetsIn } from './log-fixture.ts'

const end = { producerId: 7, producerEpoch: 3, coordinatorEpoch: 9, timestampMs: 1_700_000_000_000 }

for (const committed of [true, false]) {
  test(`the marker of ${committed ? 'a commit' : 'an abort'} is a control batch at its place in the log`, () => {
    const marker = markerBatch({ ...end, committed }, { baseOffset: 12, leaderEpoch: 4 })
    const header = readBatchHeader(marker)
    expect(header).toMatchObject({
      baseOffset: 12,
      partitionLeaderEpoch: 4,
      producerId: 7,
      producerEpoch: 3,
      baseSequence: -1,
      recordCount: 1,
      maxTimestamp: end.timestampMs,
    })
    expect([isControl(header.attributes), isTransactional(header.attributes)]).toEqual([true, true])
    const [record] = recordsIn(marker, 0)
    expect(controlTypeOf(record!.key)).toBe(committed ? 'commit' : 'abort')
    expect(record!.value!.readInt32BE(2)).toBe(9)
  })
}

test('a marker keeps no more memory alive than a few records', () => {
  const marker = markerBatch({ ...end, committed: true }, { baseOffset: 0, leaderEpoch: 0 })
  expect(marker.buffer.byteLength).toBeLessThanOrEqual(256)
})

const inTransaction = (producerId: number, baseSequence = 0) =>
  batchOf(2, { producerId, producerEpoch: 3, baseSequence, transactional: true })

const stable = async (partition: Partition, offset = 0) =>
  partition.read({ offset, maxBytes: 1_000_000, minOneBatch: true, upTo: 'lastStableOffset' })

/** Producer 7 has written 0 to 1 and 4 to 5, 8 has written 2 to 3; all of it is durable. */
function twoOpen() {
  const fixture = logFixture()
  for (const batch of [inTransaction(7), inTransaction(8), inTransaction(7, 2)]) fixture.append(batch)
  fixture.storage.commit()
  return fixture
}

test('readers of what is committed see nothing of a transaction until its marker is durable', async () => {
  const { partition, storage } = twoOpen()
  const ended: string[] = []
  partition.endTransaction({ ...end, committed: true }, () => ended.push('7'))
  expect([partition.hasOpenTransaction(7), partition.lastStableOffset, ended]).toEqual([false, 0, []])
  storage.commit()
  expect([partition.highWatermark, partition.lastStableOffset, ended]).toEqual([7, 2, ['7']])
  expect(offsetsIn(await stable(partition))).toEqual([0, 1])
  partition.endTransaction({ ...end, producerId: 8, committed: true }, () => {})
  storage.commit()
  expect(offsetsIn(await stable(partition))).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
})

test('an aborted transaction is listed for every range that it overlaps, and only for those who ask', async () => {
  const { partition, storage } = twoOpen()
  partition.endTransaction({ ...end, producerId: 8, committed: true }, () => {})
  partition.endTransaction({ ...end, committed: false }, () => {})
  storage.commit()
  const aborted = { producerId: 7, firstOffset: 0, lastOffset: 7 }
  expect(storage.changes.filter(({ kind }) => kind === 'addAbortedTransaction')).toEqual([
    { kind: 'addAbortedTransaction', partitionId: partition.id, transaction: aborted },
  ])
  expect((await stable(partition)).abortedTransactions).toEqual([aborted])
  expect((await stable(partition, 7)).abortedTransactions).toEqual([aborted])
  const all = await partition.read({ offset: 0, maxBytes: 1000, minOneBatch: true, upTo: 'highWatermark' })
  expect(all.abortedTransactions).toEqual([])
})

test('without an open transaction there is a marker and nothing to list', async () => {
  const { partition, storage } = logFixture()
  partition.endTransaction({ ...end, committed: false }, () => {})
  storage.commit()
  expect([partition.logEndOffset, partition.lastStableOffset]).toEqual([1, 1])
  expect((await stable(partition)).abortedTransactions).toEqual([])
  expect(storage.changes.some(({ kind }) => kind === 'addAbortedTransaction')).toBe(false)
})

test('an end that is refused leaves no trace', () => {
  const { partition, storage } = twoOpen()
  const refused = () => partition.endTransaction({ ...end, producerEpoch: 2, committed: true }, () => {})
  expect(refused).toThrow(expect.objectContaining({ code: ErrorCode.invalidProducerEpoch }))
  storage.commit()
  expect([partition.logEndOffset, partition.lastStableOffset]).toEqual([6, 0])
  expect(partition.hasOpenTransaction(7)).toBe(true)
})

test('a transaction whose beginning was deleted holds the last stable offset at the log start', async () => {
  const { partition, storage } = twoOpen()
  const deleted = partition.deleteRecordsBefore(5)
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
  storage.commit()
  await deleted
  expect([partition.logStartOffset, partition.lastStableOffset]).toEqual([5, 5])
})

test('what was aborted below the log start is forgotten', async () => {
  const { partition, storage } = twoOpen()
  partition.endTransaction({ ...end, committed: false }, () => {})
  partition.endTransaction({ ...end, producerId: 8, committed: true }, () => {})
  storage.commit()
  const deleted = partition.deleteRecordsBefore(7)
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
  storage.commit()
  await deleted
  expect((await stable(partition, 7)).abortedTransactions).toEqual([])
})

test('a deleted partition ends no transactions', () => {
  const { partition, topics } = twoOpen()
  void topics.delete('orders')
  const late = () => partition.endTransaction({ ...end, committed: true }, () => {})
  expect(late).toThrow(expect.objectContaining({ code: ErrorCode.unknownTopicOrPartition }))
})
