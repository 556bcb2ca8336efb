import type { Api, RequestInput, ResponseOf } from '../protocol/codec.ts'
import { ErrorCode } from '../protocol/errors.ts'
import { addOffsetsToTxnApi } from '../protocol/messages/add-offsets-to-txn.ts'
import { addPartitionsToTxnApi } from '../protocol/messages/add-partitions-to-txn.ts'
import { apiVersionsApi } from '../protocol/messages/api-versions.ts'
import { endTxnApi } from '../protocol/messages/end-txn.ts'
import { findCoordinatorApi } from '../protocol/messages/find-coordinator.ts'
import { initProducerIdApi } from '../protocol/messages/init-producer-id.ts'
import { txnOffsetCommitApi } from '../protocol/messages/txn-offset-commit.ts'
import type { Cluster } from './cluster.ts'
import { ConnectionLostError, checkCode, isRetriable, RequestError, UnreachableError } from './failures.ts'
import type { ProducerIdentity } from './partition-queue.ts'
import { backoff, sleep } from './retry.ts'

/** Another producer with the same transactional id has taken over: this one must not go on. Exit code 1. */
export class FencedError extends RequestError {
  constructor(code: number, transactionalId: string) {
    super(
      code,
      `transactional id '${transactionalId}'`,
      'another producer with this id has taken over, or the transaction took longer than its time-out; only one may run at a time',
    )
    this.name = 'FencedError'
  }
}

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** On whose behalf offsets are committed. Without a generation the broker does not check who commits (KIP-447). */
export interface GroupMetadata {
  readonly group: string
  readonly generation?: number
  readonly memberId?: string
  readonly groupInstanceId?: string | null
}

/** The offset of the next record to read, as a group commits it. */
export interface OffsetInTransaction extends TopicPartition {
  readonly offset: number
  readonly metadata?: string
}

export interface TransactionCoordinatorOptions {
  readonly transactionalId: string
  /** The broker aborts a transaction that is open for longer. */
  readonly transactionTimeoutMs: number
  /** How long a question is asked again while the coordinator moves or is busy. */
  readonly retryForMs: number
}

/** The last versions for transactions of the first generation: partitions are added by hand, epochs stay (KIP-890). */
const firstGeneration = { produce: 11, endTxn: 4, txnOffsetCommit: 4 } as const
const addPartitionsVersionMax = 3
// The end of a transaction takes the broker a few ms after its answer; Java's client waits as long.
const concurrentPauseMs = 20
const transactionKey = 1

const fencingCodes: ReadonlySet<number> = new Set([ErrorCode.producerFenced, ErrorCode.invalidProducerEpoch])

/**
 * The coordinator of one transactional id as a client sees it: every call is asked again while the coordinator moves, loads
 * or completes the previous transaction, and throws `FencedError` once another producer owns the id, `RequestError` for other refusals.
 */
export class TransactionCoordinator {
  readonly #cluster: Cluster
  readonly #options: TransactionCoordinatorOptions
  #nodeId: number | undefined
  /** Coordinators of groups: asked for once, and again when one refuses or is gone. */
  readonly #groupNodeIds = new Map<string, number>()
  #isImplicit = false

  constructor(cluster: Cluster, options: TransactionCoordinatorOptions) {
    this.#cluster = cluster
    this.#options = options
  }

  /** transaction.version 2 or later (KIP-890): brokers add partitions on their own, each transaction has its own epoch. */
  get isImplicit(): boolean {
    return this.#isImplicit
  }

  /** The newest version of Produce that fits this generation of transactions. */
  get produceVersionMax(): number | undefined {
    return this.#isImplicit ? undefined : firstGeneration.produce
  }

  /**
   * Becomes the one producer of the id: whoever was it is fenced, what it left open is aborted. With `current`, the next epoch
   * of that identity (KIP-360).
   */
  async initialise(current?: ProducerIdentity): Promise<ProducerIdentity> {
    const { transactionalId, transactionTimeoutMs } = this.#options
    await this.#learnGeneration()
    const answer = await this.#ask(
      initProducerIdApi,
      { transactionalId, transactionTimeoutMs, ...(current ?? { producerId: -1, producerEpoch: -1 }) },
      response => response.errorCode,
    )
    this.#check(answer.errorCode)
    return { producerId: answer.producerId, producerEpoch: answer.producerEpoch }
  }

  /** Makes partitions part of the transaction; only for the first generation. */
  async addPartitions(identity: ProducerIdentity, partitions: readonly TopicPartition[]): Promise<void> {
    const byTopic = Map.groupBy(partitions, ({ topic }) => topic)
    const answer = await this.#ask(
      addPartitionsToTxnApi,
      {
        v3AndBelowTransactionalId: this.#options.transactionalId,
        v3AndBelowProducerId: identity.producerId,
        v3AndBelowProducerEpoch: identity.producerEpoch,
        v3AndBelowTopics: [...byTopic].map(([name, of]) => ({
          name,
          partitions: of.map(({ partition }) => partition),
        })),
      },
      response => firstCode(response.resultsByTopicV3AndBelow.flatMap(topic => topic.resultsByPartition)),
      addPartitionsVersionMax,
    )
    for (const { name, resultsByPartition } of answer.resultsByTopicV3AndBelow) {
      for (const { partitionIndex, partitionErrorCode } of resultsByPartition) {
        this.#check(partitionErrorCode, `topic '${name}' partition ${partitionIndex}`)
      }
    }
  }

  /** Commits offsets as a part of the transaction. */
  async commitOffsets(
    identity: ProducerIdentity,
    { group, generation = -1, memberId = '', groupInstanceId = null }: GroupMetadata,
    offsets: readonly OffsetInTransaction[],
  ): Promise<void> {
    const { transactionalId } = this.#options
    if (!this.#isImplicit) {
      const added = await this.#ask(
        addOffsetsToTxnApi,
        { transactionalId, ...identity, groupId: group },
        response => response.errorCode,
      )
      this.#check(added.errorCode, `group '${group}'`)
    }
    const answer = await this.#askNode(
      () => this.#groupCoordinator(group),
      txnOffsetCommitApi,
      {
        transactionalId,
        groupId: group,
        ...identity,
        generationId: generation,
        memberId,
        groupInstanceId,
        topics: [...Map.groupBy(offsets, ({ topic }) => topic)].map(([name, of]) => ({
          name,
          partitions: of.map(({ partition, offset, metadata = '' }) => ({
            partitionIndex: partition,
            committedOffset: offset,
            committedMetadata: metadata,
          })),
        })),
      },
      response => firstCode(response.topics.flatMap(topic => topic.partitions)),
      this.#isImplicit ? undefined : firstGeneration.txnOffsetCommit,
    )
    for (const { errorCode } of answer.topics.flatMap(topic => topic.partitions)) {
      this.#check(errorCode, `offsets of group '${group}'`)
    }
  }

  /** Ends the transaction. The identity for the next one: with a new epoch in the second generation. */
  async end(identity: ProducerIdentity, outcome: 'commit' | 'abort'): Promise<ProducerIdentity> {
    const { transactionalId } = this.#options
    const answer = await this.#ask(
      endTxnApi,
      { transactionalId, ...identity, committed: outcome === 'commit' },
      response => response.errorCode,
      this.#isImplicit ? undefined : firstGeneration.endTxn,
    )
    this.#check(answer.errorCode)
    if (answer.producerId < 0) return identity
    return { producerId: answer.producerId, producerEpoch: answer.producerEpoch }
  }

  #check(code: number, what = `transactional id '${this.#options.transactionalId}'`): void {
    if (fencingCodes.has(code)) throw new FencedError(code, this.#options.transactionalId)
    checkCode(code, what)
  }

  async #learnGeneration(): Promise<void> {
    const answer = await this.#cluster.askPersistently('any', apiVersionsApi, {
      clientSoftwareName: 'streamctl',
      clientSoftwareVersion: '1',
    })
    const level = answer.finalizedFeatures.find(({ name }) => name === 'transaction.version')?.maxVersionLevel ?? 0
    this.#isImplicit = level >= 2
  }

  #ask<A extends Api>(
    api: A,
    body: RequestInput<A>,
    codeOf: (response: ResponseOf<A>) => number,
    versionMax?: number,
  ): Promise<ResponseOf<A>> {
    return this.#askNode(() => this.#coordinator(), api, body, codeOf, versionMax)
  }

  /** Asks again until the answer is no error that passes. An interruption does not shorten this: a transaction wants an end. */
  async #askNode<A extends Api>(
    nodeOf: () => Promise<number>,
    api: A,
    body: RequestInput<A>,
    codeOf: (response: ResponseOf<A>) => number,
    versionMax?: number,
  ): Promise<ResponseOf<A>> {
    const { env } = this.#cluster
    const pauses = backoff(env, { retryForMs: this.#options.retryForMs })
    for (;;) {
      try {
        const response = await this.#cluster.ask(await nodeOf(), api, body, { versionMax })
        const code = codeOf(response)
        if (!isRetriable(code) || pauses.isOver) return response
        if (code === ErrorCode.concurrentTransactions) {
          await sleep(env, concurrentPauseMs)
          continue
        }
      } catch (error) {
        if (!isLost(error) || pauses.isOver) throw error
      }
      this.#nodeId = undefined
      this.#groupNodeIds.clear()
      await pauses.pause()
    }
  }

  async #groupCoordinator(group: string): Promise<number> {
    const nodeId = this.#groupNodeIds.get(group) ?? (await this.#cluster.groupCoordinator(group))
    this.#groupNodeIds.set(group, nodeId)
    return nodeId
  }

  async #coordinator(): Promise<number> {
    if (this.#nodeId !== undefined) return this.#nodeId
    const { transactionalId } = this.#options
    // So that the address of the coordinator is known.
    await this.#cluster.metadata([])
    const answer = await this.#askNode(
      () => Promise.resolve(anyNode),
      findCoordinatorApi,
      { key: transactionalId, keyType: transactionKey, coordinatorKeys: [transactionalId] },
      response => response.coordinators[0]?.errorCode ?? response.errorCode,
    )
    const found = answer.coordinators[0] ?? answer
    checkCode(found.errorCode, `coordinator of transactional id '${transactionalId}'`, found.errorMessage)
    this.#nodeId = found.nodeId
    return found.nodeId
  }
}

/** No broker has this id: any of them is asked. */
const anyNode = -1

function isLost(error: unknown): boolean {
  return error instanceof ConnectionLostError || error instanceof UnreachableError
}

/** The code that decides about asking again: a final one comes before one that passes. */
function firstCode(results: readonly { errorCode?: number; partitionErrorCode?: number }[]): number {
  const codes = results.map(({ errorCode, partitionErrorCode }) => errorCode ?? partitionErrorCode ?? 0)
  const failed = codes.filter(code => code !== ErrorCode.none)
  return failed.find(code => !isRetriable(code)) ?? failed[0] ?? ErrorCode.none
}
