import { expect, test } from 'vitest'
import { readBatchHeader } from '../../../src/protocol/records/batch.ts'
import { BatchBuilder } from '../../../src/protocol/records/build.ts'
import { checkBatch } from '../../../src/protocol/records/check.ts'
import { compressionNames } from '../../../src/protocol/records/compression.ts'
import { type LogRecord, recordsIn } from '../../../src/protocol/records/record.ts'
import { seededRandom } from '../../support/simulated-env.ts'
import { type Given, given, golden } from './golden.ts'

const bytesOf = (text: string | null): Buffer | null => (text === null ? null : Buffer.from(text))

function appendAll(builder: BatchBuilder, records: readonly Given[]): void {
  for (const { timestamp, key, value, headers } of records) {
    const recordHeaders = headers.map(([name, content]) => ({ key: name, value: bytesOf(content) }))
    expect(builder.append(timestamp, bytesOf(key), bytesOf(value), recordHeaders)).toBe(true)
  }
}

test('the same records make the same bytes as the Java client', () => {
  const builder = new BatchBuilder()
  appendAll(builder, given)
  expect(builder.build()).toEqual(golden('java-4.2-none'))
  appendAll(builder, given)
  const producer = { producerId: 4_000_000_000, producerEpoch: 7, baseSequence: 11, transactional: true }
  expect(builder.build(producer)).toEqual(golden('java-4.2-none-transactional'))
})

test('a full builder refuses the record and keeps what it has', () => {
  const builder = new BatchBuilder({ bytesMax: 1000 })
  const value = Buffer.alloc(100, 'x')
  let count = 0
  while (builder.append(0, null, value)) count++
  expect(builder.count).toBe(count)
  expect(builder.bytes).toBeLessThanOrEqual(1000)
  const batch = builder.build()
  expect(batch.length).toBeLessThanOrEqual(1000)
  expect(readBatchHeader(batch).recordCount).toBe(count)
  expect(builder.count).toBe(0)
})

test('one record may be larger than the limit, alone', () => {
  const builder = new BatchBuilder({ bytesMax: 1000 })
  const large = Buffer.alloc(100_000, 'x')
  expect(builder.append(0, null, large)).toBe(true)
  expect(builder.append(0, null, Buffer.from('x'))).toBe(false)
  const batch = builder.build()
  checkBatch(batch)
  expect([...recordsIn(batch)][0]?.value).toEqual(large)
})

test('a batch keeps its bytes when the builder goes on', () => {
  const builder = new BatchBuilder()
  builder.append(1, null, Buffer.from('one'))
  const first = builder.build()
  builder.append(2, null, Buffer.from('two'))
  builder.build()
  checkBatch(first)
  expect([...recordsIn(first)][0]?.value?.toString()).toBe('one')
})

test('slices of a larger buffer become keys and values', () => {
  const chunk = Buffer.from('key1=a value that is long enough for a native copy;key2=b')
  const builder = new BatchBuilder()
  builder.appendSlices(5, chunk, 0, 4, chunk, 5, 50)
  builder.appendSlices(6, null, 0, 0, chunk, 56, 57)
  builder.appendSlices(7, chunk, 51, 55, null, 0, 0)
  const records = [...recordsIn(builder.build())]
  expect(records.map(({ key, value }) => [key?.toString(), value?.toString()])).toEqual([
    ['key1', 'a value that is long enough for a native copy'],
    [undefined, 'b'],
    ['key2', undefined],
  ])
})

test('building without a record is a mistake of ours', () => {
  expect(() => new BatchBuilder().build()).toThrow(/needs a record/)
})

test.each(compressionNames)('random records survive a round trip with compression %s', compression => {
  const random = seededRandom(compressionNames.indexOf(compression) + 1)
  const bytes = (limit: number): Buffer | null => (random.below(5) === 0 ? null : random.bytes(random.below(limit)))
  const builder = new BatchBuilder({ bytesMax: 200_000 })
  for (let round = 0; round < 5; round++) {
    const expected: LogRecord[] = []
    const baseTimestamp = random.below(2 ** 45)
    for (let index = random.below(100); index >= 0; index--) {
      const timestamp = random.below(10) === 0 ? random.below(2 ** 45) : baseTimestamp + random.below(10_000)
      const headers = Array.from({ length: Math.max(0, random.below(6) - 3) }, (_, nth) => ({
        key: 'ü'.repeat(random.below(70)) + nth,
        value: bytes(100),
      }))
      const record = { offset: expected.length, timestamp, key: bytes(30), value: bytes(1000), headers }
      if (!builder.append(timestamp, record.key, record.value, headers)) break
      expected.push(record)
    }
    const batch = builder.build({ compression })
    checkBatch(batch)
    const header = readBatchHeader(batch)
    expect(header.maxTimestamp).toBe(Math.max(...expected.map(record => record.timestamp)))
    expect(header.baseTimestamp).toBe(expected[0]?.timestamp)
    expect([...recordsIn(batch)]).toEqual(expected)
  }
})
