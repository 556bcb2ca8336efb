import { crc32 } from 'node:zlib'
import type { Random } from '../base/env.ts'

/** How records are spread over partitions. */
export interface Partitioner {
  /** The partition for a key in `key[start, end)`; -1 for a key that counts as none. */
  readonly ofKey: (key: Uint8Array, range: { start: number; end: number }, partitionCount: number) => number
  /** Records without a key: one partition for as long as its batch fills (KIP-480), each in turn, or all to the first. */
  readonly withoutKey: 'sticky' | 'turns' | 'first'
}

const noKey = (): number => -1

/** Java's partitioner and those of librdkafka, under librdkafka's names (`murmur2` is its `murmur2_random`). */
export const partitioners = {
  murmur2: { ofKey: partitionOfKey, withoutKey: 'sticky' },
  // librdkafka's default: an empty key is no key.
  consistent_random: {
    ofKey: (key, range, count) => (range.start === range.end ? -1 : crc32Partition(key, range, count)),
    withoutKey: 'sticky',
  },
  // The CRC of nothing is 0.
  consistent: { ofKey: crc32Partition, withoutKey: 'first' },
  random: { ofKey: noKey, withoutKey: 'sticky' },
  round_robin: { ofKey: noKey, withoutKey: 'turns' },
} as const satisfies Record<string, Partitioner>

export type PartitionerName = keyof typeof partitioners

function crc32Partition(
  key: Uint8Array,
  { start, end }: { start: number; end: number },
  partitionCount: number,
): number {
  return crc32(key.subarray(start, end)) % partitionCount
}

/** Picks the partition of a record whose key is `key[start, end)`, as Java's default partitioner does: murmur2, made positive, modulo. */
export function partitionOfKey(key: Uint8Array, range: { start: number; end: number }, partitionCount: number): number {
  return (murmur2(key, range.start, range.end) & 0x7fffffff) % partitionCount
}

/**
 * Kafka's variant of MurmurHash2 (32 bit, little-endian words, its own seed) over `bytes[start, end)`. Partitions are
 * stable across clients only if every one of them computes this.
 */
export function murmur2(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const multiplier = 0x5bd1e995
  const length = end - start
  let hash = 0x9747b28c ^ length
  let at = start
  for (; at + 4 <= end; at += 4) {
    let word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    word = Math.imul(word, multiplier)
    word ^= word >>> 24
    hash = Math.imul(hash, multiplier) ^ Math.imul(word, multiplier)
  }
  const rest = end - at
  if (rest === 3) hash ^= bytes[at + 2]! << 16
  if (rest >= 2) hash ^= bytes[at + 1]! << 8
  if (rest >= 1) hash = Math.imul(hash ^ bytes[at]!, multiplier)
  hash ^= hash >>> 13
  hash = Math.imul(hash, multiplier)
  return hash ^ (hash >>> 15)
}

/** Another partition for the next batch of records without a key: any but `current`, if there is another. */
export function nextStickyPartition(current: number, partitionCount: number, random: Random): number {
  if (partitionCount <= 1) return 0
  if (current < 0) return random.below(partitionCount)
  const step = 1 + random.below(partitionCount - 1)
  return (current + step) % partitionCount
}
