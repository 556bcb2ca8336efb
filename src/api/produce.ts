import { Later } from '../base/later.ts'
import type { Partition } from '../log/partition.ts'
import { RejectedRecords } from '../log/rejected-records.ts'
import type { RequestOf, ResponseInput } from '../protocol/codec.ts'
import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import { produceApi } from '../protocol/messages/produce.ts'
import { batchAttributes, batchProducerEpoch, batchProducerId, isTransactional } from '../protocol/records/batch.ts'
import { type Call, handler, itemFailure, type Services } from './handle.ts'
import { claimsTransaction, producedBatch } from './produced-batch.ts'
import { checkNotReserved } from './reserved-topics.ts'
import { findTopic, type TopicReference } from './topic-lookup.ts'

// Produce v0-13. Below v3 old message sets are converted. acks=1 waits for the disk like acks=-1; the timeout is not
// needed, because there are no replicas to wait for.

type ProduceRequest = RequestOf<typeof produceApi>
type ProduceResponse = ResponseInput<typeof produceApi>
type PartitionData = ProduceRequest['topicData'][number]['partitionData'][number]

export const produce = handler(produceApi, {
  pipelined: true,
  usesFrame: true,
  quota: 'producer_byte_rate',
  handle(request, call, services) {
    if (request.acks < -1 || request.acks > 1) throw new KafkaError(ErrorCode.invalidRequiredAcks)
    checkTransactionalId(request)
    const pending = new PendingWrites()
    const context = { call, services, pending, transactionalId: request.transactionalId }
    const responses = request.topicData.map(topic => ({
      name: topic.name,
      topicId: topic.topicId,
      partitionResponses: topic.partitionData.map(data => appended(topic, data, context)),
    }))
    if (request.acks !== 0) return pending.whenDurable({ responses, throttleTimeMs: 0 })
    for (const { errorCode, errorMessage } of responses.flatMap(topic => topic.partitionResponses))
      if (errorCode !== ErrorCode.none) throw new KafkaError(errorCode, errorMessage ?? undefined)
    return null
  },
  refuse(request, failure) {
    // Without an answer, a closed connection is the only way to tell.
    if (request.acks === 0) return null
    const responses = request.topicData.map(({ name, topicId, partitionData }) => ({
      name,
      topicId,
      partitionResponses: partitionData.map(({ index }) => ({ index, ...nothingAppended, ...failure })),
    }))
    return { responses, throttleTimeMs: 0 }
  },
})

const nothingAppended = { baseOffset: -1, logAppendTimeMs: -1, logStartOffset: -1, recordErrors: [] }

// The answer of Kafka, where the right to use the transactional id is checked in the same breath.
function checkTransactionalId({ transactionalId, topicData }: ProduceRequest): void {
  if (transactionalId !== null) return
  for (const { partitionData } of topicData) {
    if (!partitionData.some(({ records }) => claimsTransaction(records))) continue
    const reason = 'transactional records in a request without a transactional id'
    throw new KafkaError(ErrorCode.transactionalIdAuthorizationFailed, reason)
  }
}

interface AppendContext {
  readonly call: Call
  readonly services: Services
  readonly pending: PendingWrites
  readonly transactionalId: string | null
}

function appended(reference: TopicReference, data: PartitionData, context: AppendContext) {
  const { index } = data
  try {
    const { baseOffset, logAppendTimeMs, logStartOffset } = append(reference, data, context)
    const { none: errorCode } = ErrorCode
    return { index, errorCode, errorMessage: null, baseOffset, logAppendTimeMs, logStartOffset, recordErrors: [] }
  } catch (error) {
    // KIP-467: a client that knows which records are at fault can send the others again.
    const recordErrors = error instanceof RejectedRecords ? error.records : []
    return { index, ...nothingAppended, ...itemFailure(error), recordErrors }
  }
}

function append(reference: TopicReference, { index, records }: PartitionData, context: AppendContext) {
  const { call, services, pending } = context
  checkNotReserved(reference.name, services.topics)
  const topic = findTopic(services.topics, reference)
  const partition = topic.partitions[index]
  if (!partition)
    throw new KafkaError(ErrorCode.unknownTopicOrPartition, `topic '${topic.name}' has no partition ${index}`)
  if (topic.internal && call.clientId !== '__admin_client')
    throw new KafkaError(ErrorCode.invalidTopicException, `'${topic.name}' is an internal topic`)
  const batch = producedBatch(records, call.version)
  const isInTransaction = isTransactional(batchAttributes(batch))
  const implicit = isInTransaction && call.version >= firstImplicitVersion
  if (isInTransaction) admit(batch, partition, context)
  const nowMs = services.env.clock.now()
  const place = partition.append(batch, { nowMs, implicit }, pending.done)
  pending.count++
  return place
}

/** KIP-890: since this version the batch itself makes its partition part of the transaction. */
const firstImplicitVersion = 12
/** KIP-890: since this version clients know TRANSACTION_ABORTABLE. */
const firstAbortableVersion = 11

// The coordinator's word first, as with Kafka: the log does not know which transactions are open.
function admit(batch: Buffer, partition: Partition, { call, services, transactionalId }: AppendContext): void {
  services.transactions.admitProduce({
    transactionalId: transactionalId ?? '',
    producerId: batchProducerId(batch),
    producerEpoch: batchProducerEpoch(batch),
    topic: partition.topic.name,
    partition: partition.index,
    implicit: call.version >= firstImplicitVersion,
    knowsAbortable: call.version >= firstAbortableVersion,
  })
}

/** Counts the appends of one request that are not on disk yet. */
class PendingWrites {
  count = 0
  #response: ProduceResponse | null = null
  #later: Later<ProduceResponse | null> | undefined

  /** To be called once for each append. */
  readonly done = (): void => {
    this.count--
    if (this.count === 0) this.#later?.settle(this.#response)
  }

  /** The response; later, if something is not on disk yet. */
  whenDurable(response: ProduceResponse): ProduceResponse | Later<ProduceResponse | null> {
    if (this.count === 0) return response
    this.#response = response
    this.#later = new Later()
    return this.#later
  }
}
