import type { Cluster } from '../../src/client/cluster.ts'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { addPartitionsToTxnApi } from '../../src/protocol/messages/add-partitions-to-txn.ts'
import { initProducerIdApi } from '../../src/protocol/messages/init-producer-id.ts'
import { produceApi } from '../../src/protocol/messages/produce.ts'
import { BatchBuilder } from '../../src/protocol/records/build.ts'

/** The last versions before brokers add partitions to transactions on their own (KIP-890). */
const addPartitionsByClient = 3
const produceInFirstGeneration = 11

/** A transaction that has written one record to partition 0 of a topic and is left open. */
export async function openTransaction(
  cluster: Cluster,
  transactionalId: string,
  topic: string,
): Promise<{ readonly producerId: number; readonly producerEpoch: number }> {
  const started = await cluster.askPersistently(
    'any',
    initProducerIdApi,
    { transactionalId, transactionTimeoutMs: 600_000 },
    // The transaction before it has not ended everywhere.
    ({ errorCode }) => errorCode === ErrorCode.concurrentTransactions,
  )
  const { producerId, producerEpoch } = started
  const added = await cluster.ask(
    'any',
    addPartitionsToTxnApi,
    {
      v3AndBelowTransactionalId: transactionalId,
      v3AndBelowProducerId: producerId,
      v3AndBelowProducerEpoch: producerEpoch,
      v3AndBelowTopics: [{ name: topic, partitions: [0] }],
    },
    { versionMax: addPartitionsByClient },
  )
  const builder = new BatchBuilder({ bytesMax: Number.POSITIVE_INFINITY })
  builder.append(cluster.env.clock.now(), Buffer.from('key'), Buffer.from('open'))
  const records = builder.build({ producerId, producerEpoch, baseSequence: 0, transactional: true })
  const topicData = [{ name: topic, partitionData: [{ index: 0, records }] }]
  const request = { transactionalId, acks: -1, timeoutMs: 1_000, topicData }
  const produced = await cluster.ask('any', produceApi, request, { versionMax: produceInFirstGeneration })
  const codes = [
    started.errorCode,
    ...added.resultsByTopicV3AndBelow.flatMap(result => result.resultsByPartition.map(one => one.partitionErrorCode)),
    ...produced.responses.flatMap(response => response.partitionResponses.map(one => one.errorCode)),
  ]
  if (codes.some(code => code !== 0)) throw new Error(`the transaction was refused: ${codes}`)
  return { producerId, producerEpoch }
}
