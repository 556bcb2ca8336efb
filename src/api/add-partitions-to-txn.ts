import type { RequestOf } from '../protocol/codec.ts'
import { ErrorCode } from '../protocol/errors.ts'
import { addPartitionsToTxnApi } from '../protocol/messages/add-partitions-to-txn.ts'
import { fencedAs } from './fencing.ts'
import { handler, type Services, settle } from './handle.ts'

// AddPartitionsToTxn v0-5. Versions 4 and 5 are spoken between brokers: several transactions at once, or only the
// question whether the partitions are part of them. Here nobody asks them, but tools may.

type AddPartitionsRequest = RequestOf<typeof addPartitionsToTxnApi>
type Transaction = AddPartitionsRequest['transactions'][number]

export const addPartitionsToTxn = handler(addPartitionsToTxnApi, {
  handle(request, { version }, services) {
    const transactions = version < 4 ? [oldTransaction(request)] : request.transactions
    const results = transactions.map(transaction => {
      const outcome = outcomeOf(transaction, services)
      const { transactionalId, topics } = transaction
      const codes: Outcome = (topic, partition) => fencedAs(outcome(topic, partition), version >= 2)
      return { transactionalId, topicResults: topicResults(topics, codes) }
    })
    return answer(results, version)
  },
  refuse(request, { errorCode }, { version }) {
    if (version >= 4) return { ...answer([], version), errorCode }
    const { transactionalId, topics } = oldTransaction(request)
    return answer([{ transactionalId, topicResults: topicResults(topics, () => errorCode) }], version)
  },
})

type TopicResults = ReturnType<typeof topicResults>

function answer(results: { readonly transactionalId: string; readonly topicResults: TopicResults }[], version: number) {
  const resultsByTopicV3AndBelow = version < 4 ? results.flatMap(result => result.topicResults) : []
  const resultsByTransaction = version < 4 ? [] : results
  return { throttleTimeMs: 0, errorCode: ErrorCode.none, resultsByTransaction, resultsByTopicV3AndBelow }
}

function oldTransaction(request: AddPartitionsRequest): Transaction {
  return {
    transactionalId: request.v3AndBelowTransactionalId,
    producerId: request.v3AndBelowProducerId,
    producerEpoch: request.v3AndBelowProducerEpoch,
    verifyOnly: false,
    topics: request.v3AndBelowTopics,
  }
}

/** The error code of a partition. */
type Outcome = (topic: string, partition: number) => number

/** All partitions are added or none: where one does not exist, the others were not attempted. */
function outcomeOf(transaction: Transaction, { topics, transactions }: Services): Outcome {
  const exists = (topic: string, partition: number): boolean => topics.get(topic)?.partitions[partition] !== undefined
  const partitions = transaction.topics.flatMap(({ name, partitions: indexes }) =>
    indexes.map(partition => ({ topic: name, partition })),
  )
  if (!partitions.every(({ topic, partition }) => exists(topic, partition))) {
    return (topic, partition) =>
      exists(topic, partition) ? ErrorCode.operationNotAttempted : ErrorCode.unknownTopicOrPartition
  }
  if (transaction.verifyOnly) {
    return (topic, partition) => codeOf(() => transactions.verifyPartition(transaction, { topic, partition }))
  }
  const errorCode = codeOf(() => transactions.addPartitions(transaction, partitions))
  return () => errorCode
}

function codeOf(work: () => void): number {
  return settle(() => {
    work()
    return {}
  }).errorCode
}

function topicResults(topics: Transaction['topics'], outcome: Outcome) {
  return topics.map(({ name, partitions }) => ({
    name,
    resultsByPartition: partitions.map(partitionIndex => ({
      partitionIndex,
      partitionErrorCode: outcome(name, partitionIndex),
    })),
  }))
}
