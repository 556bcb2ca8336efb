import { expect, test } from 'vitest'
import { claimOf, judge, type ProducerClaim, sequenceAfter } from '../../src/log/producer-claim.ts'
import { type ProducerEntry, ProducerTable } from '../../src/log/producer-state.ts'
import { ErrorCode, KafkaError } from '../../src/protocol/errors.ts'
import { batchOf } from './log-fixture.ts'

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

const entry: ProducerEntry = {
  producerId: 1,
  epoch: 5,
  lastTimestamp: 0,
  lastSeenMs: 0,
  coordinatorEpoch: 0,
  transactionFirstOffset: 3,
  batches: [{ baseSequence: 0, lastSequence: 0, baseOffset: 3, lastOffset: 3, timestamp: 0 }],
}

function code(known: ProducerEntry | undefined, claim: Partial<ProducerClaim>): number {
  try {
    judge(known, { ...plain, producerId: 1, epoch: 5, baseSequence: 1, lastOffsetDelta: 0, ...claim })
    return ErrorCode.none
  } catch (error) {
    if (error instanceof KafkaError) return error.code
    throw error
  }
}

const within: [known: ProducerEntry | undefined, claim: Partial<ProducerClaim>, expected: number, rule: string][] = [
  [entry, { transactional: true }, ErrorCode.none, 'a transaction goes on'],
  [entry, {}, ErrorCode.invalidTxnState, 'within a transaction no batch stands outside of it'],
  [entry, { baseSequence: 0 }, ErrorCode.none, 'a batch that is a repetition is one, whatever its bits'],
  [entry, { baseSequence: 4 }, ErrorCode.outOfOrderSequenceNumber, 'a gap is told before the missing bit'],
  [entry, { epoch: 4 }, ErrorCode.invalidProducerEpoch, 'an old epoch is told before the missing bit'],
  [{ ...entry, transactionFirstOffset: -1 }, {}, ErrorCode.none, 'between transactions plain batches are taken'],
  [{ ...entry, batches: [] }, { baseSequence: 0, transactional: true }, ErrorCode.none, 'after a marker 0 comes first'],
  [{ ...entry, batches: [] }, { transactional: true }, ErrorCode.outOfOrderSequenceNumber, 'and nothing else does'],
  [
    undefined,
    { transactional: true },
    ErrorCode.none,
    'an unknown producer of the first generation may start anywhere',
  ],
  [
    undefined,
    { transactional: true, startsAtZero: true },
    ErrorCode.outOfOrderSequenceNumber,
    'an unknown producer of the second generation starts at 0',
  ],
  [undefined, { transactional: true, startsAtZero: true, baseSequence: 0 }, ErrorCode.none, 'and there it may start'],
]

for (const [known, claim, expected, rule] of within) test(rule, () => expect(code(known, claim)).toBe(expected))

test('a batch claims what its header says; without a producer id it claims nothing', () => {
  expect(claimOf(batchOf(1), false)).toBeUndefined()
  const batch = batchOf(3, { producerId: 9, producerEpoch: 2, baseSequence: 40, transactional: true })
  expect(claimOf(batch, true)).toEqual({
    producerId: 9,
    epoch: 2,
    baseSequence: 40,
    lastOffsetDelta: 2,
    transactional: true,
    startsAtZero: true,
  })
})
