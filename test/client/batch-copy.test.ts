import { expect, test } from 'vitest'
import { copyBatches, selectBatches } from '../../src/client/batch-copy.ts'
import type { TopicWriter } from '../../src/client/topic-writer.ts'
import { batchesIn } from '../../src/protocol/records/batch.ts'
import { BatchBuilder } from '../../src/protocol/records/build.ts'
import { type LogRecord, recordsIn } from '../../src/protocol/records/record.ts'

function batchOf(baseOffset: number, values: readonly string[]): Buffer {
  const builder = new BatchBuilder()
  for (const value of values) {
    builder.append(1_000 + baseOffset, null, Buffer.from(value), [{ key: 'h', value: null }])
  }
  return builder.build({ baseOffset, compression: 'lz4' })
}

/** Offsets 10 to 12 and 20 to 21, as after compaction. */
const bytes = Buffer.concat([batchOf(10, ['a', 'b', 'c']), batchOf(20, ['d', 'e'])])
const whole = { topic: 't', partition: 1, bytes, fromOffset: 10, endOffset: 22, abortedTransactions: [] }

const recordsOf = (batches: Buffer): LogRecord[] => [...batchesIn(batches)].flatMap(at => [...recordsIn(batches, at)])
const placesOf = (batches: Buffer): string[] => recordsOf(batches).map(({ offset, value }) => `${offset} ${value}`)

test('batches of which everything is wanted stay as they are, byte for byte', () => {
  const selected = selectBatches(whole)
  expect(selected.bytes.equals(bytes)).toBe(true)
  expect(selected.recordCount).toBe(5)
})

test.each<[string, Parameters<typeof selectBatches>, string[]]>([
  ['the end of a batch', [{ ...whole, fromOffset: 12 }], ['12 c', '20 d', '21 e']],
  ['the beginning of a batch', [{ ...whole, endOffset: 21 }], ['10 a', '11 b', '12 c', '20 d']],
  ['what a filter lets through', [whole, ({ value }) => !/[be]/.test(String(value))], ['10 a', '12 c', '20 d']],
  ['nothing', [whole, () => false], []],
])('%s keeps the offsets that it had', (_, given, expected) => {
  const selected = selectBatches(...given)
  expect(placesOf(selected.bytes)).toEqual(expected)
  expect(selected.recordCount).toBe(expected.length)
})

test('a copy keeps times, headers, partitions and the codec, and tells how far it is', () => {
  const written: unknown[] = []
  const compressWith: TopicWriter['compressWith'] = (partition, codec) => written.push([partition, codec])
  const append: TopicWriter['append'] = (time, key, _start, _end, value, start, end, headers, partition) => {
    const names = headers.map(header => header.key)
    written.push([time, key, value?.toString('utf8', start, end), names, partition])
  }
  const writer = {
    compressWith,
    append,
  } as Partial<TopicWriter> as TopicWriter
  const steps = [...copyBatches(whole, writer, ({ offset }) => offset !== 11)]
  expect(steps).toMatchObject([
    { records: 2, nextOffset: 13 },
    { records: 2, nextOffset: 22 },
  ])
  expect(written).toEqual([
    [1, 'lz4'],
    [1010, null, 'a', ['h'], 1],
    [1010, null, 'c', ['h'], 1],
    [1, 'lz4'],
    [1020, null, 'd', ['h'], 1],
    [1020, null, 'e', ['h'], 1],
  ])
})
