import { addOffsetsToTxnApi } from '../../../src/protocol/messages/add-offsets-to-txn.ts'
import { addPartitionsToTxnApi } from '../../../src/protocol/messages/add-partitions-to-txn.ts'
import { describeTransactionsApi } from '../../../src/protocol/messages/describe-transactions.ts'
import { endTxnApi } from '../../../src/protocol/messages/end-txn.ts'
import { initProducerIdApi } from '../../../src/protocol/messages/init-producer-id.ts'
import { txnOffsetCommitApi } from '../../../src/protocol/messages/txn-offset-commit.ts'
import type { AskOptions, Target } from '../target.ts'
import { batch, produce } from './producing.ts'

/** Who a request says that it comes from. What is left out is as it should be. */
export interface Pretended {
  readonly producerId?: number
  readonly producerEpoch?: number
  readonly transactionalId?: string | null
  readonly version?: number
}

export interface SendOf extends Pretended {
  readonly sequence?: number
  readonly transactional?: boolean
}

/** A transactional producer that does what it is told, also what no client would do. */
export class TransactionalProducer {
  readonly transactionalId: string
  producerId = -1
  producerEpoch = -1
  readonly #target: Target
  readonly #word: string
  readonly #topic: string
  readonly #sequences = new Map<number, number>()

  constructor(target: Target, word: string, topic: string) {
    this.#target = target
    this.#word = word
    this.#topic = topic
    this.transactionalId = target.name(word)
  }

  async init(
    note = '',
    { timeoutMs = 60_000, version = 4, ...as }: Pretended & { readonly timeoutMs?: number } = {},
    options: AskOptions = {},
  ): Promise<void> {
    const request = {
      transactionalId: this.transactionalId,
      transactionTimeoutMs: timeoutMs,
      producerId: as.producerId ?? -1,
      producerEpoch: as.producerEpoch ?? -1,
    }
    const answer = await this.#target.tell(initProducerIdApi, version, request, options)
    if (answer.errorCode === 0) {
      this.#target.learn(`id of ${this.#word}`, answer.producerId)
      this.#adopt(answer)
    }
    // Asking once more would fence: what came is noted as the answer of a step that asks for nothing else.
    this.#target.note(`${this.#word} init ${note} (${initProducerIdApi.name} v${version})`, answer)
  }

  async add(partitions: readonly number[], note = '', as: Pretended = {}, topic = this.#topic): Promise<void> {
    await this.#target.ask(this.#step(`add ${partitions}`, note), addPartitionsToTxnApi, as.version ?? 3, {
      v3AndBelowTransactionalId: as.transactionalId ?? this.transactionalId,
      v3AndBelowProducerId: as.producerId ?? this.producerId,
      v3AndBelowProducerEpoch: as.producerEpoch ?? this.producerEpoch,
      v3AndBelowTopics: [{ name: topic, partitions }],
      transactions: [],
    })
  }

  async send(partition: number, note = '', as: SendOf = {}): Promise<void> {
    const next = this.#sequences.get(partition) ?? 0
    const { producerId = this.producerId, producerEpoch = this.producerEpoch, sequence = next } = as
    const { transactional = true, transactionalId = this.transactionalId, version = 11 } = as
    const records = batch(this.#target, { producerId, producerEpoch, baseSequence: sequence, transactional })
    const step = this.#step(`send to ${partition}`, note)
    const answer = await produce(this.#target, step, {
      topic: this.#topic,
      partition,
      version,
      transactionalId,
      records,
    })
    const isStored = answer.responses[0]?.partitionResponses[0]?.errorCode === 0
    if (isStored && as.sequence === undefined) this.#sequences.set(partition, next + 1)
  }

  async addOffsets(groupId: string, note = '', as: Pretended = {}): Promise<void> {
    await this.#target.ask(this.#step('add offsets', note), addOffsetsToTxnApi, as.version ?? 3, {
      ...this.#identity(as),
      groupId,
    })
  }

  async commitOffsets(
    groupId: string,
    offset: number,
    note = '',
    as: Pretended & { readonly generationId?: number; readonly memberId?: string; readonly partition?: number } = {},
  ): Promise<void> {
    const { generationId = -1, memberId = '', partition = 0 } = as
    const partitions = [{ partitionIndex: partition, committedOffset: offset, committedMetadata: null }]
    await this.#target.ask(this.#step(`offset ${offset}`, note), txnOffsetCommitApi, as.version ?? 4, {
      ...this.#identity(as),
      groupId,
      generationId,
      memberId,
      topics: [{ name: this.#topic, partitions }],
    })
  }

  async end(committed: boolean, note = '', as: Pretended = {}): Promise<void> {
    const version = as.version ?? 4
    const step = this.#step(committed ? 'commit' : 'abort', note)
    const answer = await this.#target.tell(endTxnApi, version, { ...this.#identity(as), committed })
    if (version >= 5 && answer.errorCode === 0) {
      this.#target.learn(`next id of ${this.#word}`, answer.producerId)
      this.#adopt(answer)
    }
    this.#target.note(`${step} (${endTxnApi.name} v${version})`, answer)
    await this.settled()
  }

  /** Kafka writes the markers after it has answered. */
  async settled(): Promise<void> {
    const passing = ['PrepareCommit', 'PrepareAbort', 'PrepareEpochFence']
    await this.#target.until(
      describeTransactionsApi,
      0,
      { transactionalIds: [this.transactionalId] },
      ({ transactionStates: [state] }) => !passing.includes(state?.transactionState ?? ''),
    )
  }

  async describe(note = ''): Promise<void> {
    const transactionalIds = [this.transactionalId]
    await this.#target.ask(this.#step('describe', note), describeTransactionsApi, 0, { transactionalIds })
  }

  #adopt({ producerId, producerEpoch }: { readonly producerId: number; readonly producerEpoch: number }): void {
    this.producerId = producerId
    this.producerEpoch = producerEpoch
    this.#sequences.clear()
  }

  #identity(as: Pretended) {
    return {
      transactionalId: as.transactionalId ?? this.transactionalId,
      producerId: as.producerId ?? this.producerId,
      producerEpoch: as.producerEpoch ?? this.producerEpoch,
    }
  }

  #step(action: string, note: string): string {
    return `${this.#word} ${action}${note && `, ${note}`}`
  }
}
