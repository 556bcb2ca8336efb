import { expect, test } from 'vitest'
import { hangingTransactions, openCandidates } from '../../../src/cli/admin/hanging.ts'
import type { ActiveProducer, TransactionDescription } from '../../../src/client/txn-admin.ts'

const nowMs = 10_000_000
const silentForMs = 1_000_000
const producer: ActiveProducer = {
  topic: 't',
  partition: 0,
  producerId: 7,
  producerEpoch: 0,
  coordinatorEpoch: -1,
  lastTimestampMs: nowMs - silentForMs - 1,
  openSinceOffset: 5,
}
const transaction: TransactionDescription = {
  transactionalId: 'x',
  producerId: 7,
  producerEpoch: 0,
  state: 'Ongoing',
  coordinator: 1,
  timeoutMs: 60_000,
  startedAtMs: 1,
  partitions: [{ topic: 't', partition: 0 }],
}

test.each<[string, Partial<ActiveProducer>, readonly TransactionDescription[], boolean]>([
  ['whose producer no coordinator knows hangs', {}, [], true],
  ['that its coordinator will end does not', {}, [transaction], false],
  ['in a partition that its coordinator does not know of hangs', { partition: 1 }, [transaction], true],
  ['in a topic that its coordinator does not know of hangs', { topic: 'u' }, [transaction], true],
  ['of another producer than the coordinator knows hangs', {}, [{ ...transaction, producerId: 8 }], true],
  ['of a producer that has none open any more hangs', {}, [{ ...transaction, partitions: [] }], true],
  ['that wrote a moment ago does not', { lastTimestampMs: nowMs - silentForMs }, [], false],
  ['that is not open does not', { openSinceOffset: null }, [], false],
])('a transaction %s', (_what, changes, transactions, hangs) => {
  const producers = [{ ...producer, ...changes }]
  expect(hangingTransactions({ producers, transactions, nowMs, silentForMs })).toEqual(hangs ? producers : [])
})

test('coordinators are asked only about what is open and silent', () => {
  const producers = [producer, { ...producer, openSinceOffset: null }, { ...producer, lastTimestampMs: nowMs }]
  expect(openCandidates({ producers, nowMs, silentForMs })).toEqual([producer])
})
