import { ErrorCode } from '../protocol/errors.ts'
import { describeTransactionsApi } from '../protocol/messages/describe-transactions.ts'
import { handler, type Services, settle } from './handle.ts'

// DescribeTransactions v0 (KIP-664). Groups that offsets are to be committed for are not shown: Kafka shows partitions of
// __consumer_offsets, a topic that this node does not have.

export const describeTransactions = handler(describeTransactionsApi, {
  handle: (request, _call, services) => ({
    throttleTimeMs: 0,
    transactionStates: request.transactionalIds.map(transactionalId => ({
      ...unknown,
      transactionalId,
      ...settle(() => describe(transactionalId, services)),
    })),
  }),
  refuse: (request, failure) => ({
    throttleTimeMs: 0,
    transactionStates: request.transactionalIds.map(transactionalId => ({ ...unknown, transactionalId, ...failure })),
  }),
})

const unknown = {
  errorCode: ErrorCode.none,
  transactionState: '',
  transactionTimeoutMs: 0,
  transactionStartTimeMs: 0,
  producerId: 0,
  producerEpoch: 0,
  topics: [],
}

function describe(transactionalId: string, services: Services) {
  const { transaction, partitions } = services.transactions.find(transactionalId)
  return {
    transactionState: transaction.state,
    transactionTimeoutMs: transaction.timeoutMs,
    transactionStartTimeMs: transaction.startMs,
    producerId: transaction.producerId,
    producerEpoch: transaction.producerEpoch,
    topics: Array.from(partitions, ([topic, indexes]) => ({ topic, partitions: [...indexes] })),
  }
}
