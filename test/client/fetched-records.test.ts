import { expect, test } from 'vitest'
import { RequestError } from '../../src/client/failures.ts'
import { type FetchedBatches, forEachFetched, offsetBehind } from '../../src/client/fetched-records.ts'
import { BatchBuilder, type BatchOptions } from '../../src/protocol/records/build.ts'
import { endMarkerBatch } from '../../src/protocol/records/control.ts'

function batch(values: readonly string[], options: BatchOptions): Buffer {
  const builder = new BatchBuilder()
  for (const value of values) builder.append(1, null, Buffer.from(value))
  return builder.build(options)
}

function fetched(batches: readonly Buffer[], changes: Partial<FetchedBatches> = {}): FetchedBatches {
  return {
    topic: 't',
    partition: 0,
    bytes: Buffer.concat(batches),
    fromOffset: 0,
    endOffset: Number.POSITIVE_INFINITY,
    abortedTransactions: [],
    ...changes,
  }
}

function valuesOf(from: FetchedBatches): string[] {
  const values: string[] = []
  forEachFetched(from, record => void values.push(`${record.offset}${record.value}`))
  return values
}

const two = [batch(['a', 'b', 'c'], { baseOffset: 0 }), batch(['d', 'e'], { baseOffset: 3, compression: 'zstd' })]

test('records before the wanted offset and from the end offset on are passed over', () => {
  expect(valuesOf(fetched(two))).toEqual(['0a', '1b', '2c', '3d', '4e'])
  expect(valuesOf(fetched(two, { fromOffset: 2, endOffset: 4 }))).toEqual(['2c', '3d'])
  expect(valuesOf(fetched(two, { endOffset: 0 }))).toEqual([])
})

test('a batch that is cut short ends what was fetched', () => {
  const cut = fetched([Buffer.concat(two).subarray(0, -1)])
  expect(valuesOf(cut)).toEqual(['0a', '1b', '2c'])
  expect(offsetBehind(cut.bytes, 0)).toBe(3)
})

test('the offset behind is that after the last whole batch, and stays where there is none', () => {
  expect(offsetBehind(Buffer.concat(two), 0)).toBe(5)
  expect(offsetBehind(Buffer.alloc(0), 8)).toBe(8)
})

test('records of aborted transactions and markers are passed over, what the producer writes afterwards is not', () => {
  const transactional = { producerId: 5, producerEpoch: 0, transactional: true }
  const marker = endMarkerBatch({
    committed: false,
    producerId: 5,
    producerEpoch: 0,
    coordinatorEpoch: 0,
    timestamp: 1,
  })
  marker.writeInt32BE(3, 4)
  const batches = [
    batch(['a'], { ...transactional, baseOffset: 0, baseSequence: 0 }),
    batch(['b'], { baseOffset: 1 }),
    batch(['c'], { ...transactional, baseOffset: 2, baseSequence: 1 }),
    marker,
    batch(['d'], { ...transactional, baseOffset: 4, baseSequence: 2 }),
  ]
  const abortedTransactions = [{ producerId: 5, firstOffset: 0 }]
  expect(valuesOf(fetched(batches, { abortedTransactions }))).toEqual(['1b', '4d'])
  expect(valuesOf(fetched(batches))).toEqual(['0a', '1b', '2c', '4d'])
})

test('a damaged batch is an error that names the place', () => {
  const bytes = Buffer.concat(two)
  bytes[70]! ^= 1
  expect(() => valuesOf(fetched([bytes]))).toThrow(RequestError)
  expect(() => valuesOf(fetched([bytes]))).toThrow("topic 't' partition 0 at offset 0")
})
