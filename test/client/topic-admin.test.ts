import { expect, test } from 'vitest'
import { trimTopic } from '../../src/client/topic-admin.ts'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { deleteRecordsApi } from '../../src/protocol/messages/delete-records.ts'
import { clusterOf, type FakeBroker, fakeBroker } from './fake-broker.ts'

const trimming = (broker: FakeBroker, errorCode = 0): FakeBroker =>
  broker.on(deleteRecordsApi, ({ topics }) => ({
    throttleTimeMs: 0,
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, offset }) => ({ partitionIndex, lowWatermark: offset, errorCode })),
    })),
  }))

test('records are deleted by the leader of each partition', async () => {
  const [first, second] = [trimming(await fakeBroker()), trimming(await fakeBroker())]
  first.withTopic(
    'web',
    [0, 1, 0],
    [
      [0, first],
      [1, second],
    ],
  )
  const starts = await trimTopic(
    clusterOf([first]),
    'web',
    new Map([
      [0, 5],
      [1, 6],
      [2, 7],
    ]),
  )
  expect(Object.fromEntries(starts)).toEqual({ 0: 5, 1: 6, 2: 7 })
  expect(first.asked.filter(name => name === 'DeleteRecords')).toHaveLength(1)
  expect(second.asked).toEqual(['DeleteRecords'])
})

test('a leader that refuses is told with the partition', async () => {
  const broker = trimming(await fakeBroker(), ErrorCode.policyViolation).withTopic('web', [0])
  await expect(trimTopic(clusterOf([broker]), 'web', new Map([[0, 5]]))).rejects.toThrow("topic 'web' partition 0")
})
