import { afterEach, expect, test } from 'vitest'
import { describeLogDirsApi } from '../../src/protocol/messages/describe-log-dirs.ts'
import { batchOf } from '../support/batches.ts'
import { type TestNode, testNode } from '../support/node.ts'

let node: TestNode

afterEach(() => node.close())

for (let [version, last] = describeLogDirsApi.versions; version <= last; version++) {
  test(`version ${version} tells the size of every partition`, async () => {
    node = await testNode()
    await node.createTopic('orders', { partitions: 2 })
    const batch = batchOf(['a'])
    const partition = node.services.topics.get('orders')!.partitions[1]!
    partition.append(batch, { nowMs: node.env.clock.now() }, () => {})
    node.env.clock.settle()
    const sized = (partitionIndex: number, partitionSize: number) => ({
      partitionIndex,
      partitionSize,
      offsetLag: 0,
      isFutureKey: false,
    })
    const all = await node.call(describeLogDirsApi, version, { topics: null })
    expect(all.results).toMatchObject([
      {
        errorCode: 0,
        logDir: '/data',
        topics: [{ name: 'orders', partitions: [sized(0, 0), sized(1, batch.length)] }],
      },
    ])
    const wanted = [
      { topic: 'orders', partitions: [1, 9, 1] },
      { topic: 'orders', partitions: [1] },
      { topic: 'nowhere', partitions: [0] },
    ]
    const some = await node.call(describeLogDirsApi, version, { topics: wanted })
    expect(some.results[0]!.topics).toEqual([{ name: 'orders', partitions: [sized(1, batch.length)] }])
  })
}
