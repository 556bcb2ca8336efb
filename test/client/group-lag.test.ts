import { expect, test } from 'vitest'
import { groupLag, type LagFacts, lagOf } from '../../src/client/group-lag.ts'
import { describeGroupsApi } from '../../src/protocol/messages/describe-groups.ts'
import { fetchApi } from '../../src/protocol/messages/fetch.ts'
import { findCoordinatorApi } from '../../src/protocol/messages/find-coordinator.ts'
import { listOffsetsApi } from '../../src/protocol/messages/list-offsets.ts'
import { offsetFetchApi } from '../../src/protocol/messages/offset-fetch.ts'
import { assignOffset } from '../../src/protocol/records/batch.ts'
import { BatchBuilder } from '../../src/protocol/records/build.ts'
import { clusterOf, type FakeBroker, fakeBroker } from './fake-broker.ts'

const nowMs = 1_000_000
const known: LagFacts = { committed: 50, start: 10, end: 100, recordTimeMs: nowMs - 5_000, nowMs }

test.each<[string, Partial<LagFacts>, ReturnType<typeof lagOf>]>([
  ['to the end', {}, { lag: 50, lost: 0, lagMs: 5_000 }],
  ['nothing at the end', { committed: 100 }, { lag: 0, lost: 0, lagMs: 0 }],
  ['nothing behind the end, as after an unclean election', { committed: 120 }, { lag: 0, lost: 0, lagMs: 0 }],
  ['what is left of what was deleted', { committed: 5 }, { lag: 90, lost: 5, lagMs: 5_000 }],
  ['nothing where all was deleted', { committed: 5, start: 100 }, { lag: 0, lost: 95, lagMs: 0 }],
  ['unknown without a committed offset', { committed: null }, { lag: null, lost: null, lagMs: null }],
  ['unknown where the topic is gone', { start: null, end: null }, { lag: null, lost: null, lagMs: null }],
  ['in records alone where the record has no time', { recordTimeMs: -1 }, { lag: 50, lost: 0, lagMs: null }],
  ['in records alone where no record was found', { recordTimeMs: null }, { lag: 50, lost: 0, lagMs: null }],
  ['not negative where clocks differ', { recordTimeMs: nowMs + 9 }, { lag: 50, lost: 0, lagMs: 0 }],
])('a group is behind: %s', (_what, facts, lag) => expect(lagOf({ ...known, ...facts })).toEqual(lag))

const partitionCount = 3
const end = 20
const committed = 7

/** A broker that leads some partitions of a topic, each with one batch of records from offset 0 to 19. */
async function leader(topic: string, timestampMs: number): Promise<FakeBroker> {
  const broker = await fakeBroker()
  const builder = new BatchBuilder({ bytesMax: Number.POSITIVE_INFINITY })
  for (let offset = 0; offset < end; offset++) builder.append(timestampMs + offset, null, Buffer.from(`${offset}`))
  const records = builder.build()
  assignOffset(records, 0, { baseOffset: 0, leaderEpoch: 0 })
  broker.on(listOffsetsApi, request => ({
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, timestamp }) => ({
        partitionIndex,
        errorCode: 0,
        offset: timestamp === -2 ? 0 : end,
      })),
    })),
  }))
  broker.on(fetchApi, request => ({
    errorCode: 0,
    responses: request.topics.map(({ partitions }) => ({
      topic,
      partitions: partitions.map(({ partition }, at) => ({
        partitionIndex: partition,
        errorCode: 0,
        highWatermark: end,
        abortedTransactions: null,
        // As a broker whose limit is reached: only the first partition is answered with records.
        records: at === 0 ? records : null,
      })),
    })),
  }))
  return broker
}

test('each partition is asked of its leader, and the group of its coordinator', async () => {
  const startedMs = Date.now() - 60_000
  const [first, second, coordinator] = [
    await leader('web', startedMs),
    await leader('web', startedMs),
    await fakeBroker(),
  ]
  const brokers = [
    [0, first],
    [1, second],
    [2, coordinator],
  ] as const
  first.withTopic('web', [0, 1, 0], brokers)
  second.withTopic('web', [0, 1, 0], brokers)
  coordinator.withTopic('web', [0, 1, 0], brokers)
  first.on(findCoordinatorApi, request => ({
    errorMessage: null,
    nodeId: 2,
    ...coordinator.address,
    coordinators: request.coordinatorKeys.map(key => ({
      key,
      nodeId: 2,
      ...coordinator.address,
      errorMessage: null,
      errorCode: 0,
    })),
  }))
  coordinator.on(describeGroupsApi, ({ groups }) => ({
    groups: groups.map(groupId => ({
      errorCode: 0,
      groupId,
      groupState: 'Empty',
      protocolType: 'consumer',
      protocolData: '',
      members: [],
    })),
  }))
  const partitions = Array.from({ length: partitionCount }, (_, partitionIndex) => ({
    partitionIndex,
    committedOffset: committed,
    metadata: '',
    errorCode: 0,
  }))
  coordinator.on(offsetFetchApi, () => ({ groups: [{ groupId: 'g', topics: [{ name: 'web', partitions }] }] }))
  const cluster = clusterOf([first])
  const { partitions: lags } = await groupLag(cluster, 'g')
  expect(lags.map(({ partition, lag }) => [partition, lag])).toEqual([
    [0, 13],
    [1, 13],
    [2, 13],
  ])
  // The age of the record at the committed offset, not of the batch that holds it.
  for (const { lagMs } of lags)
    expect(Math.abs((lagMs ?? 0) - (Date.now() - startedMs - committed))).toBeLessThan(30_000)
  // Partition 2 comes with a second request, because the first brought records of partition 0 only.
  expect(first.asked.filter(name => name === 'Fetch')).toHaveLength(2)
  expect(second.asked.filter(name => name === 'Fetch')).toHaveLength(1)
  expect(coordinator.asked).toEqual(['DescribeGroups', 'OffsetFetch'])
})
