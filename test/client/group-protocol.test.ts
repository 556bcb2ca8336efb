import { expect, test } from 'vitest'
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from '../../src/client/group-protocol.ts'

test('a subscription comes back with its topics', () => {
  expect(decodeSubscription('m', encodeSubscription(['a', 'b']))).toEqual({ memberId: 'm', topics: ['a', 'b'] })
})

test('an assignment comes back as partitions', () => {
  expect(decodeAssignment(encodeAssignment([{ topic: 'a', partitions: [0, 2] }]))).toEqual([
    { topic: 'a', partition: 0 },
    { topic: 'a', partition: 2 },
  ])
})

test('no assignment is no partitions', () => {
  expect(decodeAssignment(Buffer.alloc(0))).toEqual([])
})

test('a version from the future is read as the newest that is known', () => {
  const bytes = encodeAssignment([{ topic: 'a', partitions: [1] }])
  bytes.writeInt16BE(99, 0)
  expect(decodeAssignment(bytes)).toEqual([{ topic: 'a', partition: 1 }])
})
