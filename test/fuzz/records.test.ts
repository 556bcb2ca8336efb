import { expect, test } from 'vitest'
import { DecodeError } from '../../src/base/errors.ts'
import { KafkaError } from '../../src/protocol/errors.ts'
import {
  batchAttributes,
  batchBytes,
  batchesIn,
  batchHeaderBytes,
  compressionOf,
  headerAt,
  readBatchHeader,
  sealBatch,
} from '../../src/protocol/records/batch.ts'
import { checkBatch } from '../../src/protocol/records/check.ts'
import { compressionNames, decompress } from '../../src/protocol/records/compression.ts'
import { fromLegacy } from '../../src/protocol/records/legacy.ts'
import { forEachRecord, recordsIn } from '../../src/protocol/records/record.ts'
import { golden, goldenNames } from '../protocol/records/golden.ts'
import { seededRandom } from '../support/simulated-env.ts'

/** Set FUZZ_ROUNDS for a longer run and FUZZ_SEED for another one. */
const rounds = Number(process.env.FUZZ_ROUNDS ?? 2000)
const seed = Number(process.env.FUZZ_SEED ?? 1)
const random = seededRandom(seed)
const bytesMax = 1024 * 1024

const seeds = goldenNames.filter(name => !name.includes('large')).map(golden)
const pick = <T>(items: readonly T[]): T => items[random.below(items.length)] as T

/** Runs what reads bytes from outside; only the errors made for that may come out. */
function survives(bytes: Buffer, read: (bytes: Buffer) => void): void {
  try {
    read(bytes)
  } catch (error) {
    if (error instanceof DecodeError || error instanceof KafkaError) return
    throw new Error(`seed ${seed}, input ${bytes.toString('hex').slice(0, 4000)}`, { cause: error })
  }
}

function readAll(bytes: Buffer): void {
  for (const at of batchesIn(bytes)) {
    survives(bytes, () => checkBatch(bytes, at))
    survives(bytes, () => readBatchHeader(bytes, at))
    survives(bytes, () => forEachRecord(bytes, at, record => record.headers, { decompressedBytesMax: bytesMax }))
    survives(bytes, () => [...recordsIn(bytes, at, { decompressedBytesMax: bytesMax })])
  }
}

function convert(bytes: Buffer): void {
  checkBatch(fromLegacy(bytes, { decompressedBytesMax: bytesMax }))
}

const interesting = [0, 1, 0x7f, 0x80, 0xff]

function mutated(original: Buffer): Buffer {
  const bytes = Buffer.from(original)
  for (let changes = 1 + random.below(4); changes > 0; changes--) {
    const at = random.below(bytes.length)
    const value = random.below(2) === 0 ? pick(interesting) : random.below(256)
    bytes.fill(value, at, Math.min(bytes.length, at + 1 + (random.below(8) === 0 ? random.below(8) : 0)))
  }
  if (random.below(5) === 0) return bytes.subarray(0, random.below(bytes.length + 1))
  return random.below(10) === 0 ? Buffer.concat([bytes, random.bytes(random.below(50))]) : bytes
}

/** A mutation behind the header under a valid length and checksum: it reaches the code that trusts the checksum. */
function mutatedAndSealed(original: Buffer): Buffer {
  const bytes = Buffer.concat([original.subarray(0, batchHeaderBytes), mutated(original.subarray(batchHeaderBytes))])
  if (random.below(4) === 0) bytes.writeInt32BE(random.below(2 ** 31), headerAt.recordCount)
  if (random.below(4) === 0) bytes.writeInt16BE(random.below(8), headerAt.attributes)
  bytes.writeInt32BE(bytes.length - 12, headerAt.batchLength)
  sealBatch(bytes, 0, batchBytes(bytes))
  return bytes
}

test('random bytes end in a clean error', () => {
  for (let round = 0; round < rounds; round++) {
    const bytes = random.bytes(random.below(300))
    if (bytes.length > 16 && random.below(2) === 0) bytes.writeInt8(random.below(3), 16)
    survives(bytes, readAll)
    survives(bytes, convert)
    for (const name of compressionNames) survives(bytes, () => decompress(name, bytes, bytesMax))
  }
})

test('mutated batches and message sets end in a clean error', () => {
  for (let round = 0; round < rounds; round++) {
    const original = pick(seeds)
    survives(mutated(original), readAll)
    survives(mutated(original), convert)
    if (original.length > batchHeaderBytes) survives(mutatedAndSealed(original), readAll)
  }
})

test('mutated compressed data ends in a clean error and stays below the limit', () => {
  const packed = goldenNames.map(golden).filter(bytes => bytes.length > batchHeaderBytes && bytes.readInt8(16) === 2)
  for (let round = 0; round < rounds; round++) {
    const batch = pick(packed)
    const name = compressionNames[compressionOf(batchAttributes(batch))] ?? 'none'
    if (name === 'none') continue
    const data = mutated(batch.subarray(batchHeaderBytes))
    survives(data, () => expect(decompress(name, data, bytesMax).length).toBeLessThanOrEqual(bytesMax))
  }
})

test('mutated LZ4 frames end in a clean error', () => {
  const frames = goldenNames.filter(name => name.startsWith('python-lz4')).map(golden)
  for (let round = 0; round < rounds / 4; round++) {
    const data = mutated(pick(frames))
    survives(data, () => expect(decompress('lz4', data, bytesMax).length).toBeLessThanOrEqual(bytesMax))
  }
})
