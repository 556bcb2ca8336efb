import { expect, test } from 'vitest'
import { subscribedTopics } from '../../src/group/subscription.ts'
import { subscription } from './group-fixture.ts'

test('topics are read from the head of any version', () => {
  expect(subscribedTopics(subscription('orders', 'größe', ''))).toEqual(['orders', 'größe', ''])
  const later = Buffer.concat([
    Buffer.from([0, 3]),
    subscription('orders').subarray(2),
    Buffer.from('what comes later'),
  ])
  expect(subscribedTopics(later)).toEqual(['orders'])
})

test('bytes that are no subscription are told from one', () => {
  const whole = subscription('orders', 'payments')
  const namesEnd = whole.length - 4
  for (let length = 0; length < namesEnd; length++) expect(subscribedTopics(whole.subarray(0, length))).toBeNull()
  expect(subscribedTopics(whole.subarray(0, namesEnd))).toEqual(['orders', 'payments'])
  expect(subscribedTopics(Buffer.from([0, 0, 0xff, 0xff, 0xff, 0xff]))).toBeNull()
  expect(subscribedTopics(Buffer.from([0, 0, 0, 0, 0, 1, 0xff, 0xff]))).toBeNull()
  expect(subscribedTopics(Buffer.from([0, 0, 0x7f, 0xff, 0xff, 0xff]))).toBeNull()
})
