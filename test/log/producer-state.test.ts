import { expect, test } from 'vitest'
import { judge, type ProducerClaim, sequenceAfter } from '../../src/log/producer-claim.ts'
import { ProducerTable } from '../../src/log/producer-state.ts'
import { ErrorCode, KafkaError } from '../../src/protocol/errors.ts'

const last = 2 ** 31 - 1
const plain = { transactional: false, startsAtZero: false }

// A producer with epoch 5 whose batches of 10 records had the sequences 0-9, 10-19, ... 60-69; 5 are remembered.
function knownProducer(): ProducerTable {
  const table = new ProducerTable()
  for (let at = 0; at < 7; at++) {
    const claim = { producerId: 1, epoch: 5, baseSequence: at * 10, lastOffsetDelta: 9, ...plain }
    table.record(claim, { baseOffset: 1000 + at * 10, timestamp: at }, at)
  }
  return table
}

type Verdict = 'append' | number | 'INVALID_PRODUCER_EPOCH' | 'OUT_OF_ORDER_SEQUENCE_NUMBER'

function verdict(
  table: ProducerTable,
  claim: Pick<ProducerClaim, 'epoch' | 'baseSequence' | 'lastOffsetDelta'>,
): Verdict {
  try {
    return judge(table.get(1), { ...plain, producerId: 1, ...claim })?.baseOffset ?? 'append'
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return error.code === ErrorCode.invalidProducerEpoch ? 'INVALID_PRODUCER_EPOCH' : 'OUT_OF_ORDER_SEQUENCE_NUMBER'
  }
}

const known: [epoch: number, baseSequence: number, count: number, expected: Verdict, why: string][] = [
  [5, 70, 1, 'append', 'the next sequence'],
  [5, 70, 100, 'append', 'the next sequence, whatever the size'],
  [5, 71, 1, 'OUT_OF_ORDER_SEQUENCE_NUMBER', 'a gap'],
  [5, 60, 10, 1060, 'the last batch again'],
  [5, 20, 10, 1020, 'the oldest of five batches again'],
  [5, 10, 10, 'OUT_OF_ORDER_SEQUENCE_NUMBER', 'a batch that left the window'],
  [5, 60, 9, 'OUT_OF_ORDER_SEQUENCE_NUMBER', 'the start of the last batch, cut otherwise'],
  [5, 61, 9, 'OUT_OF_ORDER_SEQUENCE_NUMBER', 'the end of the last batch'],
  [5, 0, 10, 'OUT_OF_ORDER_SEQUENCE_NUMBER', 'the start of the same epoch'],
  [4, 70, 1, 'INVALID_PRODUCER_EPOCH', 'an older epoch'],
  [4, 0, 1, 'INVALID_PRODUCER_EPOCH', 'an older epoch from its start'],
  [6, 0, 1, 'append', 'a newer epoch from its start'],
  [6, 70, 1, 'OUT_OF_ORDER_SEQUENCE_NUMBER', 'a newer epoch that goes on counting'],
  [6, 60, 10, 'OUT_OF_ORDER_SEQUENCE_NUMBER', 'the last batch under a newer epoch'],
]

for (const [epoch, baseSequence, count, expected, why] of known) {
  test(`of a known producer, ${why} is answered with ${expected}`, () => {
    expect(verdict(knownProducer(), { epoch, baseSequence, lastOffsetDelta: count - 1 })).toBe(expected)
  })
}

test('an unknown producer may start at any sequence and epoch', () => {
  const table = new ProducerTable()
  for (const [epoch, baseSequence] of [
    [0, 0],
    [0, 17],
    [9, last],
  ] as const) {
    expect(verdict(table, { epoch, baseSequence, lastOffsetDelta: 0 })).toBe('append')
  }
})

test('after sequence 2^31-1 comes 0', () => {
  expect(sequenceAfter(last, 1)).toBe(0)
  expect(sequenceAfter(last - 1, 3)).toBe(1)
  const table = new ProducerTable()
  const claim = { producerId: 1, epoch: 0, baseSequence: last - 4, lastOffsetDelta: 9, ...plain }
  table.record(claim, { baseOffset: 0, timestamp: 0 }, 0)
  expect(table.get(1)?.batches[0]?.lastSequence).toBe(4)
  expect(verdict(table, { epoch: 0, baseSequence: 5, lastOffsetDelta: 0 })).toBe('append')
  expect(verdict(table, { epoch: 0, baseSequence: last - 4, lastOffsetDelta: 9 })).toBe(0)
  table.record({ ...claim, baseSequence: 5, lastOffsetDelta: last - 5 }, { baseOffset: 10, timestamp: 0 }, 0)
  expect(verdict(table, { epoch: 0, baseSequence: 0, lastOffsetDelta: 0 })).toBe('append')
})

test('a new epoch forgets the batches of the old one', () => {
  const table = knownProducer()
  table.record(
    { producerId: 1, epoch: 6, baseSequence: 0, lastOffsetDelta: 0, ...plain },
    { baseOffset: 2000, timestamp: 0 },
    0,
  )
  expect(table.get(1)?.batches).toHaveLength(1)
  expect(verdict(table, { epoch: 6, baseSequence: 1, lastOffsetDelta: 0 })).toBe('append')
  expect(verdict(table, { epoch: 5, baseSequence: 70, lastOffsetDelta: 0 })).toBe('INVALID_PRODUCER_EPOCH')
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
