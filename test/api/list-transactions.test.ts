import { afterEach, beforeEach, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { listTransactionsApi } from '../../src/protocol/messages/list-transactions.ts'
import { type TestNode, testNode } from '../support/node.ts'
import { endTransaction, produceIn, transactionalProducer } from '../support/transactions.ts'

let node: TestNode

beforeEach(async () => {
  node = await testNode()
  await node.createTopic('orders')
  await transactionalProducer(node, { transactionalId: 'idle' })
  const ended = await transactionalProducer(node, { transactionalId: 'ended' })
  await produceIn(node, ended, 'orders', 'one')
  await endTransaction(node, ended, { committed: true })
  node.env.clock.advance(1000)
  const open = await transactionalProducer(node, { transactionalId: 'open-1' })
  await produceIn(node, open, 'orders', 'two')
  node.env.clock.advance(500)
})
afterEach(() => node.close())

for (let version = 0; version <= 2; version++) {
  test(`version ${version} lists all transactional ids`, async () => {
    const answer = await node.call(listTransactionsApi, version, { stateFilters: [], producerIdFilters: [] })
    expect(answer).toMatchObject({ throttleTimeMs: 0, errorCode: 0, unknownStateFilters: [] })
    expect(answer.transactionStates).toEqual([
      { transactionalId: 'idle', producerId: 0, transactionState: 'Empty' },
      { transactionalId: 'ended', producerId: 1, transactionState: 'CompleteCommit' },
      { transactionalId: 'open-1', producerId: 2, transactionState: 'Ongoing' },
    ])
  })
}

test.each([
  [{ stateFilters: ['Ongoing'] }, ['open-1']],
  [{ stateFilters: ['Empty', 'CompleteCommit', 'Dead'] }, ['idle', 'ended']],
  [{ stateFilters: ['ongoing'] }, []],
  [{ producerIdFilters: [1, 2, 9] }, ['ended', 'open-1']],
  [{ durationFilter: 499, stateFilters: ['Ongoing'] }, ['open-1']],
  [{ durationFilter: 500, stateFilters: ['Ongoing'] }, []],
  [{ durationFilter: -1 }, ['idle', 'ended', 'open-1']],
  [{ transactionalIdPattern: 'open-\\d' }, ['open-1']],
  [{ transactionalIdPattern: 'i.*|e.*' }, ['idle', 'ended']],
  [{ transactionalIdPattern: 'open' }, []],
  [{ transactionalIdPattern: '' }, ['idle', 'ended', 'open-1']],
])('transactional ids can be filtered: %o', async (filter, found) => {
  const request = { stateFilters: [], producerIdFilters: [], ...filter }
  const { transactionStates } = await node.call(listTransactionsApi, 2, request)
  expect(transactionStates.map(({ transactionalId }) => transactionalId)).toEqual(found)
})

test('states that do not exist are named', async () => {
  const request = { stateFilters: ['Ongoing', 'Lost'], producerIdFilters: [] }
  const answer = await node.call(listTransactionsApi, 0, request)
  expect(answer.unknownStateFilters).toEqual(['Lost'])
  expect(answer.transactionStates.map(({ transactionalId }) => transactionalId)).toEqual(['open-1'])
})

test('what is no regular expression is refused', async () => {
  const request = { stateFilters: [], producerIdFilters: [], transactionalIdPattern: '(' }
  const answer = await node.call(listTransactionsApi, 2, request)
  expect(answer).toMatchObject({ errorCode: ErrorCode.invalidRegularExpression, transactionStates: [] })
})
