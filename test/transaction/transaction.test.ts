import { expect, test } from 'vitest'
import { errorName, KafkaError } from '../../src/protocol/errors.ts'
import {
  begin,
  type EndOutcome,
  end,
  fence,
  type InitOutcome,
  initialize,
  isTimedOut,
  type ProducerIdentity,
  type Transaction,
  type TransactionState,
} from '../../src/transaction/transaction.ts'

const nowMs = 5000
const newProducerId = 99

function transaction(changes: Partial<Transaction> = {}): Transaction {
  return {
    producerId: 7,
    previousProducerId: 7,
    producerEpoch: 3,
    lastProducerEpoch: 2,
    timeoutMs: 60_000,
    state: 'Empty',
    startMs: 1000,
    updatedMs: 1000,
    ...changes,
  }
}

/** 'NAME' of the error, or what became of it: state, producer id and epoch, and the epoch before. */
function told(decide: () => InitOutcome | EndOutcome): string {
  try {
    const outcome = decide()
    if (outcome.kind !== 'initialized' && outcome.kind !== 'ended') return outcome.kind
    const { state, producerId, producerEpoch, lastProducerEpoch } = outcome.transaction
    const marker =
      outcome.kind === 'ended' ? ` marker ${outcome.marker.producerId}/${outcome.marker.producerEpoch}` : ''
    return `${state} ${producerId}/${producerEpoch} after ${lastProducerEpoch}${marker}`
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return errorName(error.code)
  }
}

type States<Expected> = Record<TransactionState, Record<string, Expected>>

const commits: States<string> = {
  Empty: {
    'first generation': 'INVALID_TXN_STATE',
    'second generation': 'INVALID_TXN_STATE',
    'second generation, retry': 'PRODUCER_FENCED',
  },
  Ongoing: {
    'first generation': 'CompleteCommit 7/3 after 2 marker 7/3',
    'second generation': 'CompleteCommit 7/4 after 3 marker 7/4',
    'second generation, retry': 'PRODUCER_FENCED',
  },
  CompleteCommit: {
    'first generation': 'repeated',
    'second generation': 'INVALID_TXN_STATE',
    'second generation, retry': 'repeated',
  },
  CompleteAbort: {
    'first generation': 'INVALID_TXN_STATE',
    'second generation': 'INVALID_TXN_STATE',
    'second generation, retry': 'INVALID_TXN_STATE',
  },
}

const aborts: States<string> = {
  Empty: {
    'first generation': 'INVALID_TXN_STATE',
    'second generation': 'CompleteAbort 7/4 after 3 marker 7/4',
    'second generation, retry': 'PRODUCER_FENCED',
  },
  Ongoing: {
    'first generation': 'CompleteAbort 7/3 after 2 marker 7/3',
    'second generation': 'CompleteAbort 7/4 after 3 marker 7/4',
    'second generation, retry': 'PRODUCER_FENCED',
  },
  CompleteCommit: {
    'first generation': 'INVALID_TXN_STATE',
    'second generation': 'CompleteAbort 7/4 after 3 marker 7/4',
    'second generation, retry': 'INVALID_TXN_STATE',
  },
  CompleteAbort: {
    'first generation': 'repeated',
    'second generation': 'CompleteAbort 7/4 after 3 marker 7/4',
    'second generation, retry': 'repeated',
  },
}

function cells(states: States<string>) {
  return Object.entries(states).flatMap(([state, row]) =>
    Object.entries(row).map(([generation, expected]) => [state as TransactionState, generation, expected] as const),
  )
}

function endOf(state: TransactionState, generation: string, committed: boolean): string {
  const producerEpoch = generation.endsWith('retry') ? 2 : 3
  const claim = { transactionalId: 't', producerId: 7, producerEpoch }
  const bumpsEpoch = !generation.startsWith('first')
  return told(() => end(transaction({ state }), claim, { committed, bumpsEpoch, nowMs }))
}

test.each(cells(commits))('%s is committed by the %s: %s', (state, generation, expected) => {
  expect(endOf(state, generation, true)).toBe(expected)
})

test.each(cells(aborts))('%s is aborted by the %s: %s', (state, generation, expected) => {
  expect(endOf(state, generation, false)).toBe(expected)
})

test.each([
  [{ producerId: 8, producerEpoch: 3 }, 'INVALID_PRODUCER_ID_MAPPING'],
  [{ producerId: 7, producerEpoch: 2 }, 'PRODUCER_FENCED'],
  [{ producerId: 7, producerEpoch: 4 }, 'PRODUCER_FENCED'],
])('%o cannot end the transaction of 7/3: %s', (claim, expected) => {
  for (const bumpsEpoch of [true, false]) {
    const request = { committed: true, bumpsEpoch, nowMs }
    expect(told(() => end(transaction({ state: 'Ongoing' }), { transactionalId: 't', ...claim }, request))).toBe(
      expected,
    )
  }
})

const nobody = undefined
const itself = { producerId: 7, producerEpoch: 3 }
const retry = { producerId: 7, producerEpoch: 2 }
const older = { producerId: 7, producerEpoch: 1 }
const stranger = { producerId: 8, producerEpoch: 3 }

const starts: Record<TransactionState, readonly (readonly [ProducerIdentity | undefined, string])[]> = {
  Empty: [
    [nobody, 'Empty 7/4 after -1'],
    [itself, 'Empty 7/4 after 3'],
    [retry, 'Empty 7/3 after 2'],
    [older, 'PRODUCER_FENCED'],
    [stranger, 'PRODUCER_FENCED'],
  ],
  Ongoing: [
    [nobody, 'fence'],
    [itself, 'fence'],
    [retry, 'fence'],
    [older, 'fence'],
    [stranger, 'PRODUCER_FENCED'],
  ],
  CompleteCommit: [
    [nobody, 'Empty 7/4 after -1'],
    [itself, 'Empty 7/4 after 3'],
    [retry, 'Empty 7/3 after 2'],
    [older, 'PRODUCER_FENCED'],
    [stranger, 'PRODUCER_FENCED'],
  ],
  CompleteAbort: [
    [nobody, 'Empty 7/4 after -1'],
    [itself, 'Empty 7/4 after 3'],
    [retry, 'Empty 7/3 after 2'],
    [older, 'PRODUCER_FENCED'],
    [stranger, 'PRODUCER_FENCED'],
  ],
}

test.each(
  Object.entries(starts).flatMap(([state, rows]) => rows.map(row => [state as TransactionState, ...row] as const)),
)('InitProducerId in state %s, from %o: %s', (state, expected, outcome) => {
  expect(told(() => initialize(transaction({ state }), { timeoutMs: 1, expected, nowMs }))).toBe(outcome)
})

test('a new transactional id gets a producer id of its own, whoever the producer was', () => {
  const request = { timeoutMs: 1, expected: stranger, nowMs }
  expect(told(() => initialize(undefined, request))).toBe('producerIdNeeded')
  expect(told(() => initialize(undefined, request, newProducerId))).toBe('Empty 99/0 after -1')
})

test.each([
  [32_766, nobody, 'Empty 99/0 after -1'],
  [32_767, nobody, 'Empty 99/0 after -1'],
  [32_766, { producerId: 7, producerEpoch: 32_766 }, 'Empty 99/0 after 32766'],
  [32_767, { producerId: 7, producerEpoch: 32_766 }, 'Empty 99/0 after 32766'],
  [32_766, { producerId: 7, producerEpoch: 32_765 }, 'PRODUCER_FENCED'],
])('after epoch %i comes another producer id, from %o: %s', (producerEpoch, expected, outcome) => {
  const used = transaction({ producerEpoch, lastProducerEpoch: producerEpoch === 32_767 ? 32_766 : -1 })
  const request = { timeoutMs: 1, expected, nowMs }
  const first = told(() => initialize(used, request))
  expect(first).toBe(outcome === 'PRODUCER_FENCED' ? outcome : 'producerIdNeeded')
  expect(told(() => initialize(used, request, newProducerId))).toBe(outcome)
})

test('a producer that has not heard of its new id is told again', () => {
  const changed = transaction({ producerId: 9, previousProducerId: 7, producerEpoch: 0, lastProducerEpoch: 32_766 })
  const expected = { producerId: 7, producerEpoch: 32_766 }
  expect(told(() => initialize(changed, { timeoutMs: 1, expected, nowMs }))).toBe('Empty 9/0 after 32766')
})

test('the end in the last epoch brings another producer id, and its retry is recognised', () => {
  const claim = { transactionalId: 't', producerId: 7, producerEpoch: 32_766 }
  const request = { committed: true, bumpsEpoch: true, nowMs }
  const open = transaction({ state: 'Ongoing', producerEpoch: 32_766 })
  expect(told(() => end(open, claim, request))).toBe('producerIdNeeded')
  const outcome = end(open, claim, request, newProducerId)
  if (outcome.kind !== 'ended') throw new Error(outcome.kind)
  expect(told(() => outcome)).toBe('CompleteCommit 99/0 after 32766 marker 7/32767')
  expect(end(outcome.transaction, claim, request)).toEqual({ kind: 'repeated' })
  expect(told(() => end(outcome.transaction, claim, { ...request, committed: false }))).toBe('INVALID_TXN_STATE')
  const other = { ...claim, producerEpoch: 32_765 }
  expect(told(() => end(outcome.transaction, other, request))).toBe('INVALID_PRODUCER_ID_MAPPING')
})

test('who was fenced for taking too long may go on, unless another producer has come', () => {
  const { transaction: fenced, marker } = fence(transaction({ state: 'Ongoing' }), nowMs)
  expect(marker).toEqual({ producerId: 7, producerEpoch: 4, committed: false })
  expect(told(() => initialize(fenced, { timeoutMs: 1, expected: itself, nowMs }))).toBe('Empty 7/4 after 3')
  const other = initialize(fenced, { timeoutMs: 1, expected: undefined, nowMs })
  if (other.kind !== 'initialized') throw new Error(other.kind)
  expect(told(() => initialize(other.transaction, { timeoutMs: 1, expected: itself, nowMs }))).toBe('PRODUCER_FENCED')
})

test('a transaction begins with what is added first', () => {
  const begun = begin(transaction({ state: 'CompleteCommit' }), nowMs)
  expect(begun).toMatchObject({ state: 'Ongoing', startMs: nowMs })
  expect(begin(begun, nowMs + 1)).toBe(begun)
})

test('a transaction times out by its own timeout', () => {
  const open = transaction({ state: 'Ongoing', startMs: 1000, timeoutMs: 500 })
  expect(isTimedOut(open, 1500)).toBe(false)
  expect(isTimedOut(open, 1501)).toBe(true)
  expect(isTimedOut({ ...open, state: 'Empty' }, 9999)).toBe(false)
})
