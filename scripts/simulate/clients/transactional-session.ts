import { ErrorCode } from '../../../src/protocol/errors.ts'
import { addOffsetsToTxnApi } from '../../../src/protocol/messages/add-offsets-to-txn.ts'
import { addPartitionsToTxnApi } from '../../../src/protocol/messages/add-partitions-to-txn.ts'
import { endTxnApi } from '../../../src/protocol/messages/end-txn.ts'
import { initProducerIdApi } from '../../../src/protocol/messages/init-producer-id.ts'
import { produceApi } from '../../../src/protocol/messages/produce.ts'
import { txnOffsetCommitApi } from '../../../src/protocol/messages/txn-offset-commit.ts'
import { type ClientConnection, type ClientWorld, ConnectionLost, type Place } from '../client-world.ts'
import type { Dice } from '../dice.ts'
import { produceBody } from './producers.ts'

/** The producer cannot go on: another one has taken its place, or it was too slow. */
export class ProducerLost extends Error {}

const lost: ReadonlySet<number> = new Set([
  ErrorCode.invalidProducerEpoch,
  ErrorCode.producerFenced,
  ErrorCode.invalidTxnState,
  ErrorCode.invalidProducerIdMapping,
  ErrorCode.transactionAbortable,
])
const busy: ReadonlySet<number> = new Set([ErrorCode.concurrentTransactions, ErrorCode.notEnoughReplicas])
const busyMs = 20
/**
 * After a connection is lost, what was sent over it may still arrive. Producers of the first generation have to wait that
 * out, or it lands in their next transaction: they have one epoch for all of them (the reason for KIP-890).
 */
const strayRequestsMs = 500

export interface SessionOptions {
  readonly transactionalId: string
  /** 1: AddPartitionsToTxn and one epoch for many transactions; 2 (KIP-890): neither. */
  readonly generation: 1 | 2
  readonly timeoutMs: number
}

/** One incarnation of a transactional producer. Its methods repeat themselves until they are answered. */
export class TransactionalSession {
  readonly name: string
  readonly dice: Dice
  readonly #world: ClientWorld
  readonly #options: SessionOptions
  readonly #sequences = new Map<string, number>()
  readonly #numbers = new Map<string, number>()
  readonly #added = new Set<string>()
  #connection: ClientConnection | undefined
  #producerId = -1
  #producerEpoch = -1
  /** The name of the open transaction. */
  #transaction = ''
  #isUsed = false

  constructor(world: ClientWorld, options: SessionOptions) {
    this.#world = world
    this.#options = options
    this.name = world.name('t')
    this.dice = world.diceFor(this.name)
  }

  /** Fences whoever had the transactional id before. */
  async start(): Promise<void> {
    const { transactionalId, timeoutMs } = this.#options
    const request = { transactionalId, transactionTimeoutMs: timeoutMs }
    const { producerId, producerEpoch } = await this.#insist(async connection => {
      const response = await connection.call(initProducerIdApi, 4, request)
      return { ...response, errorCodes: [response.errorCode] }
    })
    this.#adopt(producerId, producerEpoch)
    this.begin()
  }

  begin(): void {
    this.#transaction = this.#world.name('x')
    this.#isUsed = false
    this.#added.clear()
  }

  /** Whether the transaction has anything in it. */
  get isUsed(): boolean {
    return this.#isUsed
  }

  /** Sends records to a partition: as many as there are sources, or of its own. */
  async produce(place: Place, sources: readonly (string | undefined)[]): Promise<void> {
    const key = `${place.topic}-${place.partition}`
    await this.#addPartition(place)
    this.#isUsed = true
    const values = sources.map(source => {
      const number = this.#numbers.get(key) ?? 0
      this.#numbers.set(key, number + 1)
      return `${this.name}/${number}#${this.#transaction}${source === undefined ? '' : `@${source}`}`
    })
    const baseSequence = this.#sequences.get(key) ?? 0
    this.#sequences.set(key, baseSequence + values.length)
    const producer = { producerId: this.#producerId, producerEpoch: this.#producerEpoch, baseSequence }
    const batch = this.#world.batch(place, values, this.dice, { ...producer, transactional: true })
    const body = produceBody(place, batch, -1, this.#options.transactionalId)
    const version = this.#options.generation === 2 ? this.dice.between(12, 13) : this.dice.between(3, 11)
    await this.#insist(async connection => {
      const response = await connection.call(produceApi, version, body)
      return {
        errorCodes: response.responses.flatMap(topic => topic.partitionResponses.map(({ errorCode }) => errorCode)),
      }
    })
  }

  /** Makes an offset of a group part of the transaction. */
  async commitOffset(groupId: string, { topic, partition }: Place, committedOffset: number): Promise<void> {
    this.#isUsed = true
    if (this.#options.generation === 1) await this.#addGroup(groupId)
    const committedMetadata = this.#world.name(`${this.#transaction}:`)
    const partitions = [{ partitionIndex: partition, committedOffset, committedMetadata }]
    const version = this.#options.generation === 2 ? 5 : this.dice.between(0, 4)
    await this.#insist(async connection => {
      const response = await connection.call(txnOffsetCommitApi, version, {
        ...this.#claim(),
        groupId,
        topics: [{ name: topic, partitions }],
      })
      return { errorCodes: response.topics.flatMap(topic => topic.partitions.map(({ errorCode }) => errorCode)) }
    })
  }

  /** Ends the transaction; the next one is open then. */
  async end(committed: boolean): Promise<void> {
    const version = this.#options.generation === 2 ? 5 : this.dice.between(0, 4)
    const { producerId, producerEpoch } = await this.#insist(async connection => {
      const response = await connection.call(endTxnApi, version, { ...this.#claim(), committed })
      return { ...response, errorCodes: [response.errorCode] }
    })
    if (this.#options.generation === 2) this.#adopt(producerId, producerEpoch)
    this.begin()
  }

  close(): void {
    this.#connection?.cut()
  }

  /** A new epoch begins at sequence 0 everywhere. */
  #adopt(producerId: number, producerEpoch: number): void {
    this.#producerId = producerId
    this.#producerEpoch = producerEpoch
    this.#sequences.clear()
  }

  async #addPartition({ topic, partition }: Place): Promise<void> {
    const key = `${topic}-${partition}`
    if (this.#options.generation === 2 || this.#added.has(key)) return
    const { transactionalId, producerId, producerEpoch } = this.#claim()
    const request = {
      ...{ transactions: [], v3AndBelowTransactionalId: transactionalId },
      ...{ v3AndBelowProducerId: producerId, v3AndBelowProducerEpoch: producerEpoch },
      v3AndBelowTopics: [{ name: topic, partitions: [partition] }],
    }
    this.#isUsed = true
    await this.#insist(async connection => {
      const response = await connection.call(addPartitionsToTxnApi, this.dice.between(0, 3), request)
      const results = response.resultsByTopicV3AndBelow.flatMap(result => result.resultsByPartition)
      return { errorCodes: results.map(({ partitionErrorCode }) => partitionErrorCode) }
    })
    this.#added.add(key)
  }

  async #addGroup(groupId: string): Promise<void> {
    await this.#insist(async connection => {
      const response = await connection.call(addOffsetsToTxnApi, this.dice.between(0, 3), { ...this.#claim(), groupId })
      return { errorCodes: [response.errorCode] }
    })
  }

  #claim() {
    const { transactionalId } = this.#options
    return { transactionalId, producerId: this.#producerId, producerEpoch: this.#producerEpoch }
  }

  /** Asks until there is an answer that says more than to come again. Throws `ProducerLost`. */
  async #insist<Answer extends { readonly errorCodes: readonly number[] }>(
    ask: (connection: ClientConnection) => Promise<Answer>,
  ): Promise<Answer> {
    for (;;) {
      try {
        if (!this.#connection?.isOpen) this.#connection = await this.#world.connect(this.name)
        const answer = await ask(this.#connection)
        const errorCode = answer.errorCodes.find(code => code !== ErrorCode.none)
        if (errorCode === undefined) return answer
        if (lost.has(errorCode)) throw new ProducerLost()
        if (!busy.has(errorCode)) throw new Error(`${this.name} gets error ${errorCode}`)
        await this.#world.sleep(this.dice.delayMs(busyMs))
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw error
        if (this.#options.generation === 1) await this.#world.sleep(strayRequestsMs)
      }
    }
  }
}
