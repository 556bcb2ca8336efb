import { expect, test } from 'vitest'
import type { ProducerClaim } from '../../src/log/producer-claim.ts'
import { ProducerTable } from '../../src/log/producer-state.ts'
import { ErrorCode, KafkaError } from '../../src/protocol/errors.ts'

const plain: Pick<ProducerClaim, 'transactional' | 'startsAtZero'> = { transactional: false, startsAtZero: false }

// A producer with epoch 5 whose batches of 10 records had the sequences 0-9, 10-19, ... 60-69; 5 are remembered.
function knownProducer(): ProducerTable {
  const table = new ProducerTable()
  for (let at = 0; at < 7; at++) {
    const claim = { producerId: 1, epoch: 5, baseSequence: at * 10, lastOffsetDelta: 9, ...plain }
    table.record(claim, { baseOffset: 1000 + at * 10, timestamp: at }, at)
  }
  return table
}

test('a new epoch forgets the batches of the old one', () => {
  const table = knownProducer()
  table.record(
    { producerId: 1, epoch: 6, baseSequence: 0, lastOffsetDelta: 0, ...plain },
    { baseOffset: 2000, timestamp: 0 },
    0,
  )
  expect(table.get(1)?.batches).toHaveLength(1)
  expect(table.get(1)?.epoch).toBe(6)
})

test('a silent producer is forgotten, one in a transaction is not', () => {
  const table = ProducerTable.recovered(
    {
      snapshot: [1, 2].map(producerId => ({
        producerId,
        epoch: 0,
        lastTimestamp: 0,
        coordinatorEpoch: -1,
        transactionFirstOffset: producerId === 2 ? 5 : -1,
        batches: [],
      })),
      replay: [],
    },
    100,
  )
  expect(table.expire(99)).toBe(false)
  expect(table.expire(100)).toBe(true)
  expect(Array.from(table.entries(), ({ producerId }) => producerId)).toEqual([2])
})

test('a snapshot and the batches behind it give the table back', () => {
  const table = knownProducer()
  const snapshot = table.snapshot()
  const claim = { producerId: 1, epoch: 5, baseSequence: 70, lastOffsetDelta: 1, ...plain }
  table.record(claim, { baseOffset: 1070, timestamp: 42 }, 7)
  const replay = {
    producerId: 1,
    epoch: 5,
    baseSequence: 70,
    lastSequence: 71,
    baseOffset: 1070,
    lastOffset: 1071,
    maxTimestamp: 42,
    transactional: false,
    marker: undefined,
  }
  const recovered = ProducerTable.recovered({ snapshot, replay: [replay] }, 9)
  expect(recovered.snapshot()).toEqual(table.snapshot())
})

test('a snapshot does not change with the table', () => {
  const table = knownProducer()
  const before = structuredClone(table.snapshot())
  const snapshot = table.snapshot()
  table.record(
    { producerId: 1, epoch: 5, baseSequence: 70, lastOffsetDelta: 0, ...plain },
    { baseOffset: 1, timestamp: 1 },
    1,
  )
  expect(snapshot).toEqual(before)
})

const opening = { producerId: 1, epoch: 5, baseSequence: 70, lastOffsetDelta: 1, ...plain, transactional: true }
const marker = { producerId: 1, producerEpoch: 5, coordinatorEpoch: 0, committed: true, timestampMs: 77 }

/** A producer with a transaction open at 1070. */
function inTransaction(): ProducerTable {
  const table = knownProducer()
  table.record(opening, { baseOffset: 1070, timestamp: 42 }, 7)
  return table
}

const code = (work: () => unknown): number => {
  try {
    work()
  } catch (error) {
    if (error instanceof KafkaError) return error.code
    throw error
  }
  return ErrorCode.none
}

test('a transaction begins with its first batch and stays there', () => {
  const table = inTransaction()
  table.record({ ...opening, baseSequence: 72 }, { baseOffset: 1080, timestamp: 43 }, 8)
  expect(table.openTransactions()).toEqual([1070])
})

test('a marker ends the transaction, and the sequence goes on within the epoch', () => {
  const table = inTransaction()
  expect(table.end(marker, 9)).toBe(1070)
  expect(table.get(1)).toMatchObject({
    transactionFirstOffset: -1,
    coordinatorEpoch: 0,
    lastTimestamp: 77,
    lastSeenMs: 9,
  })
  expect(table.get(1)?.batches.at(-1)?.lastSequence).toBe(71)
  expect(table.end(marker, 10)).toBe(-1)
})

test('a marker with the next epoch begins it: the sequence starts again (KIP-890)', () => {
  const table = inTransaction()
  expect(table.end({ ...marker, producerEpoch: 6 }, 9)).toBe(1070)
  expect(table.get(1)).toMatchObject({ epoch: 6, batches: [] })
})

test('a marker of an old epoch or an old coordinator changes nothing', () => {
  const table = inTransaction()
  table.end({ ...marker, coordinatorEpoch: 3 }, 9)
  table.record({ ...opening, baseSequence: 72 }, { baseOffset: 1090, timestamp: 44 }, 10)
  const before = structuredClone(table.snapshot())
  expect(code(() => table.end({ ...marker, producerEpoch: 4 }, 11))).toBe(ErrorCode.invalidProducerEpoch)
  expect(code(() => table.end({ ...marker, coordinatorEpoch: 2 }, 11))).toBe(ErrorCode.transactionCoordinatorFenced)
  expect(table.snapshot()).toEqual(before)
})

test('a marker of the second generation needs a higher epoch, unless nothing is open', () => {
  const table = inTransaction()
  const second = { ...marker, transactionVersion: 2 }
  expect(code(() => table.end(second, 9))).toBe(ErrorCode.invalidProducerEpoch)
  expect(table.end({ ...second, producerEpoch: 6 }, 9)).toBe(1070)
  expect(table.end({ ...second, producerEpoch: 6 }, 10)).toBe(-1)
})

test('a marker of a producer that nobody knows leaves its epoch behind', () => {
  const table = new ProducerTable()
  expect(table.end(marker, 9)).toBe(-1)
  expect(table.get(1)).toMatchObject({ epoch: 5, coordinatorEpoch: 0, batches: [] })
})

test('transactions that are open in a snapshot or begin behind it are recovered, one that ended is not', () => {
  const table = inTransaction()
  const claim = { ...opening, epoch: 0, baseSequence: 0 }
  table.record({ ...claim, producerId: 2 }, { baseOffset: 1072, timestamp: 50 }, 8)
  const batch = {
    epoch: 0,
    baseSequence: 0,
    lastSequence: 1,
    baseOffset: 1074,
    lastOffset: 1075,
    maxTimestamp: 60,
    transactional: true,
    marker: undefined,
  }
  const end = {
    ...batch,
    producerId: 2,
    baseSequence: -1,
    lastSequence: -1,
    baseOffset: 1076,
    lastOffset: 1076,
    marker: { committed: false, coordinatorEpoch: 4 },
  }
  const replay = [{ ...batch, producerId: 3 }, end]
  const recovered = ProducerTable.recovered({ snapshot: table.snapshot(), replay }, 9)
  expect(recovered.openTransactions().toSorted((a, b) => a - b)).toEqual([1070, 1074])
  expect(recovered.get(2)).toMatchObject({ coordinatorEpoch: 4, transactionFirstOffset: -1 })
})
