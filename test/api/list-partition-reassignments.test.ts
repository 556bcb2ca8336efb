import { expect, test } from 'vitest'
import { listPartitionReassignmentsApi } from '../../src/protocol/messages/list-partition-reassignments.ts'
import { testNode } from '../support/node.ts'

test('nothing is being reassigned, whatever is asked for', async () => {
  const node = await testNode()
  await node.createTopic('orders')
  for (const topics of [
    null,
    [
      { name: 'orders', partitionIndexes: [0, 9] },
      { name: 'nowhere', partitionIndexes: [0] },
    ],
  ]) {
    expect(await node.call(listPartitionReassignmentsApi, 0, { topics })).toMatchObject({ errorCode: 0, topics: [] })
  }
  await node.close()
})
