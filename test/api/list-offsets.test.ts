import { afterEach, beforeEach, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { listOffsetsApi } from '../../src/protocol/messages/list-offsets.ts'
import { batchOf } from '../support/batches.ts'
import { type TestNode, testNode } from '../support/node.ts'

let node: TestNode

const hour = 3_600_000
const start = 1_600_000_000_000

beforeEach(async () => {
  node = await testNode()
  await node.createTopic('orders', { partitions: 2 })
  const partition = node.services.topics.get('orders')!.partitions[0]!
  // Offsets 0 and 1 at the start, 2 two hours later, 3 one hour later.
  const batches = [batchOf(['a', 'b'], { timestamp: start }), batchOf(['c'], { timestamp: start + 2 * hour })]
  for (const batch of [...batches, batchOf(['d'], { timestamp: start + hour })])
    partition.append(batch, { nowMs: node.env.clock.now() }, () => {})
  node.env.clock.settle()
})
afterEach(() => node.close())

interface Wanted {
  readonly name?: string
  readonly partitionIndex?: number
  readonly timestamp: number
  readonly currentLeaderEpoch?: number
  readonly maxNumOffsets?: number
}

async function list(version: number, wanted: readonly Wanted[], isolationLevel = 0) {
  const topics = wanted.map(({ name = 'orders', partitionIndex = 0, maxNumOffsets = 1, ...rest }) => ({
    name,
    partitions: [{ partitionIndex, maxNumOffsets, ...rest }],
  }))
  const body = await node.call(listOffsetsApi, version, { replicaId: -1, isolationLevel, topics })
  return body.topics.flatMap(({ partitions }) => partitions)
}

for (let version = 1; version <= 11; version++) {
  test(`version ${version} answers the latest, the earliest and the first offset at a time`, async () => {
    expect(await list(version, [{ timestamp: -1 }])).toMatchObject([{ errorCode: 0, offset: 4, timestamp: -1 }])
    expect(await list(version, [{ timestamp: -2 }])).toMatchObject([{ errorCode: 0, offset: 0, timestamp: -1 }])
    const [found] = await list(version, [{ timestamp: start + 1 }])
    expect(found).toMatchObject({ errorCode: 0, offset: 2, timestamp: start + 2 * hour })
  })
}

test('version 0 answers a list of offsets', async () => {
  const [latest] = await list(0, [{ timestamp: -1, maxNumOffsets: 10 }])
  expect(latest!.oldStyleOffsets).toEqual([4, 0])
  expect((await list(0, [{ timestamp: -1 }]))[0]!.oldStyleOffsets).toEqual([4])
  expect((await list(0, [{ timestamp: -2, maxNumOffsets: 2 }]))[0]!.oldStyleOffsets).toEqual([0])
})

test('a time after the last record has no offset', async () => {
  const [found] = await list(7, [{ timestamp: start + 3 * hour }])
  expect(found).toMatchObject({ errorCode: 0, offset: -1, timestamp: -1, leaderEpoch: -1 })
})

test('the highest timestamp can be asked for from version 7 on', async () => {
  expect((await list(7, [{ timestamp: -3 }]))[0]).toMatchObject({ offset: 2, timestamp: start + 2 * hour })
  expect((await list(6, [{ timestamp: -3 }]))[0]!.errorCode).toBe(ErrorCode.unsupportedVersion)
})

test('without remote storage the local log is the whole log', async () => {
  const [local, tiered] = [await list(11, [{ timestamp: -4 }]), await list(11, [{ timestamp: -5 }])]
  expect(local[0]).toMatchObject({ errorCode: 0, offset: 0 })
  expect(tiered[0]).toMatchObject({ errorCode: 0, offset: -1 })
  expect((await list(11, [{ timestamp: -6 }]))[0]).toMatchObject({ errorCode: 0, offset: -1 })
})

test('a special timestamp that nobody knows is refused', async () => {
  expect((await list(11, [{ timestamp: -7 }]))[0]!.errorCode).toBe(ErrorCode.unsupportedVersion)
})

test('from version 4 on the leader epoch is told and checked', async () => {
  expect((await list(4, [{ timestamp: -1, currentLeaderEpoch: 0 }]))[0]).toMatchObject({ errorCode: 0, leaderEpoch: 0 })
  expect((await list(4, [{ timestamp: -1, currentLeaderEpoch: 5 }]))[0]!.errorCode).toBe(ErrorCode.unknownLeaderEpoch)
})

test('read_committed is answered by what is before the first open transaction', async () => {
  const partition = node.services.topics.get('orders')!.partitions[0]!
  const fields = { producerId: 7, producerEpoch: 0, baseSequence: 0, transactional: true }
  partition.append(
    batchOf(['e'], { ...fields, timestamp: start + 3 * hour }),
    { nowMs: node.env.clock.now() },
    () => {},
  )
  node.env.clock.settle()
  const offsets = async (isolationLevel: number): Promise<number[]> => {
    const found: number[] = []
    for (const timestamp of [-1, -2, start + hour, start + 3 * hour]) {
      found.push((await list(7, [{ timestamp }], isolationLevel))[0]!.offset)
    }
    return found
  }
  expect(await offsets(0)).toEqual([5, 0, 2, 4])
  expect(await offsets(1)).toEqual([4, 0, 2, -1])
  const end = { producerId: 7, producerEpoch: 0, coordinatorEpoch: 0, committed: true, timestampMs: start + 4 * hour }
  partition.endTransaction(end, () => {})
  node.env.clock.settle()
  expect(await offsets(1)).toEqual([6, 0, 2, 4])
})

test('a failing partition leaves its neighbours unaffected', async () => {
  const found = await list(7, [
    { name: 'nowhere', timestamp: -1 },
    { partitionIndex: 9, timestamp: -1 },
    { partitionIndex: 1, timestamp: -1 },
  ])
  expect(found.map(({ errorCode, offset }) => [errorCode, offset])).toEqual([
    [ErrorCode.unknownTopicOrPartition, -1],
    [ErrorCode.unknownTopicOrPartition, -1],
    [ErrorCode.none, 0],
  ])
})

test('a partition that is named twice is refused', async () => {
  const found = await list(7, [{ timestamp: -1 }, { timestamp: -2 }])
  expect(found.map(({ errorCode }) => errorCode)).toEqual([ErrorCode.invalidRequest, ErrorCode.invalidRequest])
})
