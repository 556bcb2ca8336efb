import { expect, test } from 'vitest'
import {
  murmur2,
  nextStickyPartition,
  type PartitionerName,
  partitioners,
  partitionOfKey,
} from '../../src/client/partitioner.ts'
import { seededRandom } from '../support/simulated-env.ts'

// The values of UtilsTest.testMurmur2 in Apache Kafka.
test.each([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
])("murmur2 of '%s' is the one of Java's client", (text, hash) => {
  expect(murmur2(Buffer.from(text))).toBe(hash)
})

test('a key within a larger buffer has the hash of the key alone', () => {
  const buffer = Buffer.from('xxfoobaryy')
  expect(murmur2(buffer, 2, 8)).toBe(murmur2(Buffer.from('foobar')))
})

test('a key goes to its hash, made positive, modulo the number of partitions', () => {
  const key = Buffer.from('21')
  expect(partitionOfKey(key, { start: 0, end: 2 }, 10)).toBe((-973932308 & 0x7fffffff) % 10)
})

test('the next sticky partition is another one, if there is one', () => {
  const random = seededRandom(1)
  for (let current = 0; current < 50; current++) {
    const next = nextStickyPartition(current % 5, 5, random)
    expect(next).not.toBe(current % 5)
    expect(next).toBeLessThan(5)
  }
  expect(nextStickyPartition(0, 1, random)).toBe(0)
})

// CRC-32 of '123456789' is the check value of the algorithm, cbf43926; of nothing it is 0.
test.each<[PartitionerName, string, number]>([
  ['murmur2', '21', (-973932308 & 0x7fffffff) % 1000],
  ['murmur2', '', (275646681 & 0x7fffffff) % 1000],
  ['consistent', '123456789', 0xcbf43926 % 1000],
  ['consistent', 'a', 0xe8b7be43 % 1000],
  ['consistent', '', 0],
  ['consistent_random', '123456789', 0xcbf43926 % 1000],
  ['consistent_random', '', -1],
  ['random', 'a', -1],
  ['round_robin', 'a', -1],
])("%s puts '%s' where the other client does: %i of 1000", (name, key, partition) => {
  const bytes = Buffer.from(`<${key}>`)
  expect(partitioners[name].ofKey(bytes, { start: 1, end: bytes.length - 1 }, 1000)).toBe(partition)
})
