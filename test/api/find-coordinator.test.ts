import { afterEach, beforeEach, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { findCoordinatorApi } from '../../src/protocol/messages/find-coordinator.ts'
import { type TestNode, testConnection, testNode } from '../support/node.ts'

let node: TestNode

beforeEach(async () => {
  node = await testNode()
})
afterEach(() => node.close())

const here = { errorCode: ErrorCode.none, nodeId: 1, host: 'node.test', port: 9092 }
const nowhere = { errorCode: ErrorCode.invalidRequest, nodeId: -1, host: '', port: -1 }

for (let version = 0; version <= 3; version++) {
  test(`version ${version} finds this node for a group`, async () => {
    expect(await node.call(findCoordinatorApi, version, { key: 'g' })).toMatchObject(here)
  })
}

for (let version = 4; version <= 6; version++) {
  test(`version ${version} finds it for each of several keys`, async () => {
    const { coordinators } = await node.call(findCoordinatorApi, version, { keyType: 1, coordinatorKeys: ['a', 'b'] })
    expect(coordinators).toMatchObject([
      { key: 'a', ...here },
      { key: 'b', ...here },
    ])
  })
}

test('it is at the address that the listener advertises', async () => {
  const connection = testConnection({ advertised: { host: '10.0.0.1', port: 1234 } })
  const answer = await node.call(findCoordinatorApi, 2, { key: 'g' }, { connection })
  expect(answer).toMatchObject({ host: '10.0.0.1', port: 1234 })
})

test.each([2, 3, -1])('keys of type %d have no coordinator here', async keyType => {
  expect(await node.call(findCoordinatorApi, 3, { key: 'k', keyType })).toMatchObject(nowhere)
  const { coordinators } = await node.call(findCoordinatorApi, 6, { keyType, coordinatorKeys: ['k'] })
  expect(coordinators).toMatchObject([{ key: 'k', ...nowhere }])
})
