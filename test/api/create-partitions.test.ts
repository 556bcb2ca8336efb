import { afterEach, beforeEach, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { createPartitionsApi } from '../../src/protocol/messages/create-partitions.ts'
import { type TestNode, testNode } from '../support/node.ts'

let node: TestNode

beforeEach(async () => {
  node = await testNode()
  for (const name of ['orders', 'users']) await node.createTopic(name, { partitions: 2 })
})
afterEach(() => node.close())

interface Wanted {
  readonly name: string
  readonly count: number
  readonly assignments?: readonly { readonly brokerIds: readonly number[] }[] | null
}

async function grow(version: number, wanted: readonly Wanted[], validateOnly = false) {
  const topics = wanted.map(topic => ({ assignments: null, ...topic }))
  return (await node.call(createPartitionsApi, version, { topics, timeoutMs: 1000, validateOnly })).results
}

const partitionCount = (name: string) => node.services.topics.get(name)!.partitions.length

for (let version = 0; version <= 3; version++) {
  test(`version ${version} adds partitions to each topic by itself`, async () => {
    const results = await grow(version, [
      { name: 'orders', count: 5 },
      { name: 'nowhere', count: 5 },
      { name: 'users', count: 2 },
    ])
    expect(results.map(({ name, errorCode }) => [name, errorCode])).toEqual([
      ['orders', ErrorCode.none],
      ['nowhere', ErrorCode.unknownTopicOrPartition],
      ['users', ErrorCode.invalidPartitions],
    ])
    expect(partitionCount('orders')).toBe(5)
    expect(partitionCount('users')).toBe(2)
  })
}

test('validation alone changes nothing', async () => {
  expect((await grow(3, [{ name: 'orders', count: 5 }], true))[0]!.errorCode).toBe(ErrorCode.none)
  expect(partitionCount('orders')).toBe(2)
})

test('new partitions can be assigned to this node only, one assignment for each', async () => {
  const [ok] = await grow(3, [{ name: 'orders', count: 3, assignments: [{ brokerIds: [1] }] }])
  expect(ok!.errorCode).toBe(ErrorCode.none)
  const bad = [[], [{ brokerIds: [] }], [{ brokerIds: [2] }], [{ brokerIds: [1, 1] }]]
  for (const assignments of bad) {
    const [result] = await grow(3, [{ name: 'users', count: 3, assignments }])
    expect(result!.errorCode).toBe(ErrorCode.invalidReplicaAssignment)
  }
  expect(partitionCount('users')).toBe(2)
})

test('a topic that is named twice is left alone', async () => {
  const results = await grow(3, [
    { name: 'orders', count: 5 },
    { name: 'orders', count: 6 },
  ])
  expect(results.map(({ errorCode }) => errorCode)).toEqual([ErrorCode.invalidRequest, ErrorCode.invalidRequest])
  expect(partitionCount('orders')).toBe(2)
})

test('a slip of the hand does not fill memory with partitions', async () => {
  expect((await grow(3, [{ name: 'orders', count: 2_000_000 }]))[0]!.errorCode).toBe(ErrorCode.policyViolation)
})
