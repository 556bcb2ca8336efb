import type { TransactionEnd } from '../log/transaction-end.ts'
import type { RequestOf } from '../protocol/codec.ts'
import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import { writeTxnMarkersApi } from '../protocol/messages/write-txn-markers.ts'
import { handler, type Services, settleAsync } from './handle.ts'

// WriteTxnMarkers v0-2: from admin clients, to end a transaction that hangs in a partition although no coordinator knows
// of it (KIP-664). Between brokers it has no use here, where the coordinator writes the markers itself.

type Marker = RequestOf<typeof writeTxnMarkersApi>['markers'][number]

export const writeTxnMarkers = handler(writeTxnMarkersApi, {
  async handle(request, _call, services) {
    return { markers: await Promise.all(request.markers.map(marker => written(marker, services))) }
  },
  refuse: (request, { errorCode }) => ({
    markers: request.markers.map(({ producerId, topics }) => ({
      producerId,
      topics: topics.map(({ name, partitionIndexes }) => ({
        name,
        partitions: partitionIndexes.map(partitionIndex => ({ partitionIndex, errorCode })),
      })),
    })),
  }),
})

async function written(marker: Marker, services: Services) {
  const { producerId, producerEpoch, coordinatorEpoch, transactionResult: committed, transactionVersion } = marker
  const timestampMs = services.env.clock.now()
  const end: TransactionEnd = {
    producerId,
    producerEpoch,
    coordinatorEpoch,
    committed,
    timestampMs,
    transactionVersion,
  }
  const topics = marker.topics.map(async ({ name, partitionIndexes }) => ({
    name,
    partitions: await Promise.all(
      partitionIndexes.map(async partitionIndex => {
        const { errorCode } = await settleAsync(() => writeMarker(end, { name, partitionIndex }, services))
        return { partitionIndex, errorCode }
      }),
    ),
  }))
  return { producerId, topics: await Promise.all(topics) }
}

async function writeMarker(
  end: TransactionEnd,
  { name, partitionIndex }: { readonly name: string; readonly partitionIndex: number },
  { topics }: Services,
) {
  const partition = topics.get(name)?.partitions[partitionIndex]
  if (!partition) throw new KafkaError(ErrorCode.unknownTopicOrPartition)
  await new Promise<void>(resolve => partition.endTransaction(end, resolve))
  return {}
}
