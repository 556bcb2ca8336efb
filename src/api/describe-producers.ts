import type { Partition } from '../log/partition.ts'
import { checkTopicName } from '../log/topic-name.ts'
import { zeroUuid } from '../protocol/fields.ts'
import { describeProducersApi } from '../protocol/messages/describe-producers.ts'
import { handler, type Services, settle } from './handle.ts'
import { findPartition } from './topic-lookup.ts'

// DescribeProducers v0: the producers with an id that a partition remembers, those with an open transaction among them
// (KIP-664). What `kafka-transactions.sh` finds hanging transactions with.

export const describeProducers = handler(describeProducersApi, {
  handle: (request, _call, services) => ({
    throttleTimeMs: 0,
    topics: request.topics.map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map(partitionIndex => ({
        partitionIndex,
        activeProducers: [],
        ...settle(() => describe(name, partitionIndex, services)),
      })),
    })),
  }),
  refuse: (request, failure) => ({
    throttleTimeMs: 0,
    topics: request.topics.map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map(partitionIndex => ({ partitionIndex, activeProducers: [], ...failure })),
    })),
  }),
})

function describe(name: string, partitionIndex: number, services: Services) {
  // As in Kafka, a name that no topic can have is told from one that none has.
  if (!services.topics.get(name)) checkTopicName(name)
  const partition = findPartition(services.topics, { name, topicId: zeroUuid }, partitionIndex)
  return { activeProducers: activeProducers(partition) }
}

function activeProducers(partition: Partition) {
  return Array.from(partition.producers(), entry => ({
    producerId: entry.producerId,
    producerEpoch: entry.epoch,
    lastSequence: entry.batches.at(-1)?.lastSequence ?? -1,
    lastTimestamp: entry.lastTimestamp,
    coordinatorEpoch: entry.coordinatorEpoch,
    currentTxnStartOffset: entry.transactionFirstOffset,
  }))
}
