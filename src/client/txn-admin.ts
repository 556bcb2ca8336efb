import { ErrorCode } from '../protocol/errors.ts'
import { describeProducersApi } from '../protocol/messages/describe-producers.ts'
import { describeTransactionsApi } from '../protocol/messages/describe-transactions.ts'
import { findCoordinatorApi } from '../protocol/messages/find-coordinator.ts'
import { initProducerIdApi } from '../protocol/messages/init-producer-id.ts'
import { listTransactionsApi } from '../protocol/messages/list-transactions.ts'
import { writeTxnMarkersApi } from '../protocol/messages/write-txn-markers.ts'
import type { Cluster } from './cluster.ts'
import { checkCode, isRetriable, RequestError } from './failures.ts'
import { findTopic } from './list-offsets.ts'

/** A transactional id that a coordinator knows. */
export interface TransactionSummary {
  readonly transactionalId: string
  readonly producerId: number
  /** Kafka's names: Empty, Ongoing, PrepareCommit, PrepareAbort, CompleteCommit, CompleteAbort, … */
  readonly state: string
  /** Node id of the broker that coordinates it. */
  readonly coordinator: number
}

export interface TransactionFilter {
  readonly states?: readonly string[]
  readonly producerIds?: readonly number[]
  /** Only those that have been open for longer (KIP-994); older brokers do not know that filter. */
  readonly olderThanMs?: number
}

/** The transactional ids of all brokers, sorted: each broker knows those that it coordinates. Throws `RequestError`. */
export async function listTransactions(
  cluster: Cluster,
  filter: TransactionFilter = {},
): Promise<readonly TransactionSummary[]> {
  const { brokers } = await cluster.metadata([])
  const lists = await Promise.all(
    [...brokers.keys()].map(async coordinator => {
      if (filter.olderThanMs !== undefined) await requireDurationFilter(cluster, coordinator)
      const answer = await cluster.askPersistently(
        coordinator,
        listTransactionsApi,
        {
          stateFilters: [...(filter.states ?? [])],
          producerIdFilters: [...(filter.producerIds ?? [])],
          durationFilter: filter.olderThanMs ?? -1,
        },
        response => isRetriable(response.errorCode),
      )
      checkCode(answer.errorCode, 'transactions')
      if (answer.unknownStateFilters.length > 0) {
        throw new RequestError(
          ErrorCode.invalidRequest,
          'transactions',
          `no state is called ${answer.unknownStateFilters.join(', ')}`,
        )
      }
      return answer.transactionStates.map(({ transactionalId, producerId, transactionState }) => ({
        transactionalId,
        producerId,
        state: transactionState,
        coordinator,
      }))
    }),
  )
  return lists.flat().toSorted((a, b) => (a.transactionalId < b.transactionalId ? -1 : 1))
}

/** Brokers that do not know the filter would answer as if nothing had been asked for. */
async function requireDurationFilter(cluster: Cluster, broker: number): Promise<void> {
  const connection = await cluster.connection(broker)
  if (connection.versionOf(listTransactionsApi) >= 1) return
  throw new RequestError(ErrorCode.unsupportedVersion, 'transactions', 'the broker cannot tell how long they are open')
}

export interface TransactionDescription extends TransactionSummary {
  readonly producerEpoch: number
  readonly timeoutMs: number
  /** Milliseconds since 1970; null while no transaction is open. */
  readonly startedAtMs: number | null
  /** What the open transaction has written to. */
  readonly partitions: readonly { readonly topic: string; readonly partition: number }[]
}

/** What the coordinator of a transactional id knows of it. Throws `RequestError`. */
export async function describeTransaction(cluster: Cluster, transactionalId: string): Promise<TransactionDescription> {
  const what = `transactional id '${transactionalId}'`
  const coordinator = await transactionCoordinator(cluster, transactionalId)
  const answer = await cluster.askPersistently(
    () => transactionCoordinator(cluster, transactionalId),
    describeTransactionsApi,
    { transactionalIds: [transactionalId] },
    response => response.transactionStates.some(({ errorCode }) => isRetriable(errorCode)),
  )
  const [found] = answer.transactionStates
  checkCode(found?.errorCode ?? ErrorCode.transactionalIdNotFound, what)
  if (!found) throw new RequestError(ErrorCode.transactionalIdNotFound, what)
  return {
    transactionalId,
    producerId: found.producerId,
    producerEpoch: found.producerEpoch,
    state: found.transactionState,
    coordinator,
    timeoutMs: found.transactionTimeoutMs,
    startedAtMs: found.transactionStartTimeMs > 0 ? found.transactionStartTimeMs : null,
    partitions: found.topics.flatMap(({ topic, partitions }) => partitions.map(partition => ({ topic, partition }))),
  }
}

/**
 * Aborts the open transaction of a transactional id as its coordinator does when a new producer takes over: the next epoch
 * of the id is asked for, and the producer that has it now is fenced. Throws `RequestError`.
 */
export async function fenceTransactionalId(
  cluster: Cluster,
  transactionalId: string,
  timeoutMs: number,
): Promise<void> {
  const answer = await cluster.askPersistently(
    () => transactionCoordinator(cluster, transactionalId),
    initProducerIdApi,
    { transactionalId, transactionTimeoutMs: timeoutMs },
    response => isRetriable(response.errorCode),
  )
  checkCode(answer.errorCode, `transactional id '${transactionalId}'`)
}

/** A producer that a partition remembers (KIP-664). */
export interface ActiveProducer {
  readonly topic: string
  readonly partition: number
  readonly producerId: number
  readonly producerEpoch: number
  /** Of the last marker that was written; -1 if there was none. */
  readonly coordinatorEpoch: number
  readonly lastTimestampMs: number
  /** First offset of the transaction that is open in this partition; null if none is. */
  readonly openSinceOffset: number | null
}

/** The producers of a topic's partitions, as their leaders know them. Throws `RequestError`. */
export async function activeProducers(cluster: Cluster, topic: string): Promise<readonly ActiveProducer[]> {
  const { partitions } = await findTopic(cluster, topic)
  const lists = await Promise.all(
    [...Map.groupBy(partitions, ({ leaderId }) => leaderId)].map(async ([leaderId, led]) => {
      const answer = await cluster.askPersistently(leaderId, describeProducersApi, {
        topics: [{ name: topic, partitionIndexes: led.map(({ partition }) => partition) }],
      })
      return answer.topics.flatMap(({ partitions: answered }) =>
        answered.flatMap(({ partitionIndex, errorCode, errorMessage, activeProducers: producers }) => {
          checkCode(errorCode, `topic '${topic}' partition ${partitionIndex}`, errorMessage)
          return producers.map(producer => ({
            topic,
            partition: partitionIndex,
            producerId: producer.producerId,
            producerEpoch: producer.producerEpoch,
            coordinatorEpoch: producer.coordinatorEpoch,
            lastTimestampMs: producer.lastTimestamp,
            openSinceOffset: producer.currentTxnStartOffset < 0 ? null : producer.currentTxnStartOffset,
          }))
        }),
      )
    }),
  )
  return lists.flat()
}

/**
 * Ends a transaction in one partition without its coordinator, by the marker that the coordinator would write: for those
 * that no coordinator knows any more (KIP-664). Throws `RequestError`.
 */
export async function abortInPartition(cluster: Cluster, producer: ActiveProducer): Promise<void> {
  const { topic, partition, producerId, producerEpoch, coordinatorEpoch } = producer
  const { partitions } = await findTopic(cluster, topic)
  const leader = partitions.find(other => other.partition === partition)?.leaderId ?? -1
  const answer = await cluster.askPersistently(leader, writeTxnMarkersApi, {
    markers: [
      {
        producerId,
        producerEpoch,
        transactionResult: false,
        topics: [{ name: topic, partitionIndexes: [partition] }],
        // As kafka-transactions does where no marker has been written yet.
        coordinatorEpoch: Math.max(0, coordinatorEpoch),
      },
    ],
  })
  const [marker] = answer.markers
  for (const { partitions: written } of marker?.topics ?? []) {
    for (const { errorCode } of written) checkCode(errorCode, `topic '${topic}' partition ${partition}`)
  }
}

const transactionKey = 1

async function transactionCoordinator(cluster: Cluster, transactionalId: string): Promise<number> {
  const answer = await cluster.askPersistently(
    'any',
    findCoordinatorApi,
    { key: transactionalId, keyType: transactionKey, coordinatorKeys: [transactionalId] },
    response => isRetriable(response.coordinators[0]?.errorCode ?? response.errorCode),
  )
  const found = answer.coordinators[0] ?? answer
  checkCode(found.errorCode, `coordinator of transactional id '${transactionalId}'`, found.errorMessage)
  // The address of the broker is in the metadata.
  await cluster.metadata([])
  return found.nodeId
}

/** Whether a question failed because the coordinator knows no such transactional id. */
export function isTransactionMissing(error: unknown): boolean {
  return error instanceof RequestError && error.code === ErrorCode.transactionalIdNotFound
}
