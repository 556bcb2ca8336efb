import { expect, test } from 'vitest'
import { TokenBucket } from '../../src/api/token-bucket.ts'

const rate = 2
const burst = 22

test('a bucket is full at the start', () => {
  const bucket = new TokenBucket()
  bucket.take(22, 1000, rate, burst)
  expect(bucket.debtMs(1000, rate, burst)).toBe(0)
})

test('what is taken beyond it is a debt that takes time to pay off', () => {
  const bucket = new TokenBucket()
  bucket.take(30, 1000, rate, burst)
  expect(bucket.debtMs(1000, rate, burst)).toBe(4000)
  expect(bucket.debtMs(4999, rate, burst)).toBe(1)
  expect(bucket.debtMs(5000, rate, burst)).toBe(0)
})

test('it never holds more than the burst', () => {
  const bucket = new TokenBucket()
  bucket.take(1, 0, rate, burst)
  bucket.take(23, 1_000_000, rate, burst)
  expect(bucket.debtMs(1_000_000, rate, burst)).toBe(500)
  expect(bucket.fullMs).toBe(1_000_000 + 11_500)
})
