import { expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { alterReplicaLogDirsApi } from '../../src/protocol/messages/alter-replica-log-dirs.ts'
import { testNode } from '../support/node.ts'

for (let [version, last] = alterReplicaLogDirsApi.versions; version <= last; version++) {
  test(`version ${version}: a partition stays in the one directory, and can go to no other`, async () => {
    const node = await testNode()
    await node.createTopic('orders', { partitions: 3 })
    const here = [
      { name: 'orders', partitions: [0, 0, 9, -1] },
      { name: 'nowhere', partitions: [0] },
      { name: '', partitions: [0] },
    ]
    const elsewhere = [
      { name: 'orders', partitions: [1] },
      { name: 'nowhere', partitions: [1] },
    ]
    const { results } = await node.call(alterReplicaLogDirsApi, version, {
      dirs: [
        { path: '/data', topics: here },
        { path: '/elsewhere', topics: elsewhere },
        { path: 'data', topics: [{ name: 'orders', partitions: [2] }] },
      ],
    })
    const flat = results.flatMap(({ topicName, partitions }) =>
      partitions.map(({ partitionIndex, errorCode }) => [topicName, partitionIndex, errorCode]),
    )
    expect(flat).toEqual([
      ['orders', 0, ErrorCode.none],
      ['orders', 9, ErrorCode.unknownTopicOrPartition],
      ['orders', -1, ErrorCode.unknownTopicOrPartition],
      ['orders', 1, ErrorCode.logDirNotFound],
      ['orders', 2, ErrorCode.logDirNotFound],
      ['nowhere', 0, ErrorCode.unknownTopicOrPartition],
      ['nowhere', 1, ErrorCode.logDirNotFound],
      ['', 0, ErrorCode.unknownTopicOrPartition],
    ])
    await node.close()
  })
}

test('a partition that is wanted in two directories goes by the last', async () => {
  const node = await testNode()
  await node.createTopic('orders')
  const topics = [{ name: 'orders', partitions: [0] }]
  const move = async (...paths: string[]) =>
    (await node.call(alterReplicaLogDirsApi, 2, { dirs: paths.map(path => ({ path, topics })) })).results
  expect(await move('/elsewhere', '/data')).toMatchObject([{ partitions: [{ errorCode: ErrorCode.none }] }])
  expect(await move('/data', '/elsewhere')).toMatchObject([{ partitions: [{ errorCode: ErrorCode.logDirNotFound }] }])
  expect(await move()).toEqual([])
  await node.close()
})
