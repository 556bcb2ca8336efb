import { forEachFetched } from '../../src/client/fetched-records.ts'
import { addOffsetsToTxnApi } from '../../src/protocol/messages/add-offsets-to-txn.ts'
import { addPartitionsToTxnApi } from '../../src/protocol/messages/add-partitions-to-txn.ts'
import { endTxnApi } from '../../src/protocol/messages/end-txn.ts'
import { fetchApi } from '../../src/protocol/messages/fetch.ts'
import { initProducerIdApi } from '../../src/protocol/messages/init-producer-id.ts'
import { produceApi } from '../../src/protocol/messages/produce.ts'
import { txnOffsetCommitApi } from '../../src/protocol/messages/txn-offset-commit.ts'
import { BatchBuilder } from '../../src/protocol/records/build.ts'
import type { TestNode } from './node.ts'

/** A producer with transactions, which speaks as clients of its generation do. Answers are error codes. */
export interface TransactionalProducer {
  readonly transactionalId: string
  readonly generation: 1 | 2
  producerId: number
  producerEpoch: number
  /** Next sequence by 'topic-partition'; an epoch starts anew. */
  readonly sequences: Map<string, number>
}

/** Sends InitProducerId; fails unless that succeeds. */
export async function transactionalProducer(
  node: TestNode,
  { transactionalId = 'payments', generation = 2 as 1 | 2, timeoutMs = 60_000 } = {},
): Promise<TransactionalProducer> {
  const request = { transactionalId, transactionTimeoutMs: timeoutMs }
  const { errorCode, producerId, producerEpoch } = await node.call(initProducerIdApi, 5, request)
  if (errorCode !== 0) throw new Error(`InitProducerId was answered with ${errorCode}`)
  return { transactionalId, generation, producerId, producerEpoch, sequences: new Map() }
}

function claimOf({ transactionalId, producerId, producerEpoch }: TransactionalProducer) {
  return { transactionalId, producerId, producerEpoch }
}

/** AddPartitionsToTxn v3, with the error code of each partition. */
export async function addPartitions(
  node: TestNode,
  producer: TransactionalProducer,
  name: string,
  partitions: readonly number[] = [0],
): Promise<number[]> {
  const { resultsByTopicV3AndBelow } = await node.call(addPartitionsToTxnApi, 3, {
    v3AndBelowTransactionalId: producer.transactionalId,
    v3AndBelowProducerId: producer.producerId,
    v3AndBelowProducerEpoch: producer.producerEpoch,
    v3AndBelowTopics: [{ name, partitions: [...partitions] }],
  })
  return resultsByTopicV3AndBelow.flatMap(topic => topic.resultsByPartition.map(result => result.partitionErrorCode))
}

/** Produces one record without adding the partition. Version 11 is the last of the first generation. */
export async function produceOnly(
  node: TestNode,
  producer: TransactionalProducer,
  name: string,
  value: string,
  { version = producer.generation === 2 ? 12 : 11, partition = 0 } = {},
): Promise<number> {
  const place = `${name}-${partition}`
  const baseSequence = producer.sequences.get(place) ?? 0
  const { transactionalId, producerId, producerEpoch } = producer
  const builder = new BatchBuilder({ bytesMax: Number.POSITIVE_INFINITY })
  builder.append(node.env.clock.now(), null, Buffer.from(value))
  const records = builder.build({ producerId, producerEpoch, baseSequence, transactional: true })
  const topicData = [{ name, partitionData: [{ index: partition, records }] }]
  const answer = await node.call(produceApi, version, { transactionalId, acks: -1, timeoutMs: 1000, topicData })
  const errorCode = answer.responses[0]?.partitionResponses[0]?.errorCode ?? -1
  if (errorCode === 0) producer.sequences.set(place, baseSequence + 1)
  return errorCode
}

/** Produces one record as part of the transaction. */
export async function produceIn(
  node: TestNode,
  producer: TransactionalProducer,
  name: string,
  value: string,
  partition = 0,
): Promise<number> {
  if (producer.generation === 1) {
    const [errorCode = -1] = await addPartitions(node, producer, name, [partition])
    if (errorCode !== 0) return errorCode
  }
  return produceOnly(node, producer, name, value, { partition })
}

/** Commits an offset of partition 0 as part of the transaction. */
export async function commitOffsetIn(
  node: TestNode,
  producer: TransactionalProducer,
  { groupId, topic, offset }: { readonly groupId: string; readonly topic: string; readonly offset: number },
): Promise<number> {
  const claim = { ...claimOf(producer), groupId }
  if (producer.generation === 1) {
    const { errorCode } = await node.call(addOffsetsToTxnApi, 3, claim)
    if (errorCode !== 0) return errorCode
  }
  const partitions = [{ partitionIndex: 0, committedOffset: offset, committedMetadata: null }]
  const version = producer.generation === 2 ? 5 : 4
  const answer = await node.call(txnOffsetCommitApi, version, { ...claim, topics: [{ name: topic, partitions }] })
  return answer.topics[0]?.partitions[0]?.errorCode ?? -1
}

/** EndTxn; in the second generation the producer goes on with what it is answered. */
export async function endTransaction(
  node: TestNode,
  producer: TransactionalProducer,
  { committed }: { readonly committed: boolean },
): Promise<number> {
  const version = producer.generation === 2 ? 5 : 4
  const answer = await node.call(endTxnApi, version, { ...claimOf(producer), committed })
  if (producer.generation === 2 && answer.errorCode === 0) {
    producer.producerId = answer.producerId
    producer.producerEpoch = answer.producerEpoch
    producer.sequences.clear()
  }
  return answer.errorCode
}

/** The values in partition 0 that a reader sees, without the offsets and without what was aborted. */
export async function readCommitted(node: TestNode, topic: string): Promise<string[]> {
  const request = {
    maxWaitMs: 0,
    minBytes: 0,
    isolationLevel: 1,
    topics: [{ topic, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000_000 }] }],
  }
  const answer = await node.call(fetchApi, 11, request)
  const { records, abortedTransactions } = answer.responses[0]?.partitions[0] ?? {}
  const values: string[] = []
  const fetched = { topic, partition: 0, bytes: records ?? Buffer.alloc(0), fromOffset: 0, endOffset: 1e9 }
  forEachFetched({ ...fetched, abortedTransactions: abortedTransactions ?? [] }, ({ value }) => {
    values.push(String(value))
  })
  return values
}

/** The offset that a group has committed in partition 0, -1 for none. */
export function committedOffset(node: TestNode, groupId: string, topic: string): number {
  const found = node.services.groups.fetchOffsets(groupId, null).find(({ name }) => name === topic)
  return found?.partitions[0]?.committedOffset ?? -1
}
