import type { ResponseOf } from '../../../src/protocol/codec.ts'
import { ErrorCode } from '../../../src/protocol/errors.ts'
import { endTxnApi } from '../../../src/protocol/messages/end-txn.ts'
import type { fetchApi } from '../../../src/protocol/messages/fetch.ts'
import { produceApi } from '../../../src/protocol/messages/produce.ts'
import { txnOffsetCommitApi } from '../../../src/protocol/messages/txn-offset-commit.ts'
import { batchProducerEpoch, batchProducerId } from '../../../src/protocol/records/batch.ts'
import { type Ended, type History, type Operation, Violation } from '../history.ts'
import { committedRecords, type SeenBatch, seenBatches } from './batches.ts'
import type { OffsetCheck, Register } from './offset-check.ts'
import { type PartitionLog, valueName } from './partition-log.ts'

type Fate = 'committed' | 'aborted'

/** An offset that a transaction carries. */
interface CarriedOffset {
  readonly register: Register
  readonly name: string
  readonly offset: number
  /** Whether the node said that it has it. */
  accepted: boolean
}

/** A transaction as its client sees it. */
interface ClientTransaction {
  readonly name: string
  readonly offsets: Map<string, CarriedOffset>
  /** What its client asked for, and … */
  readonly asked: Set<Fate>
  /** … was told. */
  told: Fate | undefined
  /** What the markers in the logs say, each with a place to find it. */
  readonly found: Map<Fate, string>
}

/**
 * The promises of transactions: nobody with read_committed sees anything of one that was not committed, and everything of
 * one that was; records in all partitions and offsets of all groups share one fate.
 */
export class TransactionCheck {
  readonly #offsets: OffsetCheck
  readonly #transactions = new Map<string, ClientTransaction>()
  /** The newest transaction of a producer, by client, producer id and epoch. */
  readonly #newest = new Map<string, ClientTransaction>()

  constructor(history: History, offsets: OffsetCheck) {
    this.#offsets = offsets
    history.watch(produceApi, operation => this.#produce(operation))
    history.watch(txnOffsetCommitApi, operation => this.#commitOffsets(operation))
    history.watch(endTxnApi, operation => this.#end(operation))
  }

  /** Transactions whose end was acknowledged. */
  get ended(): number {
    let count = 0
    for (const { told } of this.#transactions.values()) if (told) count++
    return count
  }

  /** Somebody read with read_committed. */
  read(
    log: PartitionLog,
    batches: readonly SeenBatch[],
    fetched: ResponseOf<typeof fetchApi>['responses'][number]['partitions'][number],
  ): void {
    const seen = new Set(committedRecords(batches, fetched.abortedTransactions).map(({ offset }) => offset))
    for (const { offset, content } of batches.flatMap(({ contents }) => contents)) {
      if (content.kind === 'marker') continue
      const transaction = this.#of(content.value)
      if (!transaction) continue
      if (seen.has(offset) && !transaction.asked.has('committed'))
        log.fail(`'${content.value}' at ${offset} is read, but nobody committed its transaction`)
      if (seen.has(offset) && transaction.told === 'aborted')
        log.fail(`'${content.value}' at ${offset} is read, but its transaction was aborted`)
      if (!seen.has(offset) && transaction.told === 'committed')
        log.fail(`'${content.value}' at ${offset} is left out, but its transaction was committed`)
    }
  }

  /** Everything has been read, no transaction is open: finds what became of each, and what its offsets must be then. */
  finish(logs: Iterable<PartitionLog>, now: number): void {
    for (const log of logs) this.#findFates(log)
    for (const transaction of this.#transactions.values()) {
      checkFate(transaction)
      if (!transaction.found.has('committed')) continue
      for (const { register, name, accepted } of transaction.offsets.values())
        if (accepted) register.written(name, 'done', now)
    }
  }

  /** What was committed in a log, in order. To be called after `finish`. */
  committed(log: PartitionLog): { readonly offset: number; readonly value: string }[] {
    const records: { offset: number; value: string }[] = []
    for (const [offset, content] of log.contents()) {
      if (content?.kind !== 'record') continue
      const { value } = content
      const transaction = this.#of(value)
      if (!transaction || transaction.found.has('committed')) records.push({ offset, value })
    }
    return records
  }

  /** Whether the transaction of a value was committed; undefined where nobody saw what became of it. After `finish`. */
  isCommitted(value: string): boolean | undefined {
    const transaction = this.#of(value)
    if (transaction?.told) return transaction.told === 'committed'
    return transaction && transaction.found.size > 0 ? transaction.found.has('committed') : undefined
  }

  #of(value: string): ClientTransaction | undefined {
    const { transaction } = valueName(value)
    return transaction === undefined ? undefined : this.#transactions.get(transaction)
  }

  #open(name: string, producer: string): ClientTransaction {
    const transaction = this.#transactions.getOrInsertComputed(name, () => ({
      ...{ name, offsets: new Map(), asked: new Set<Fate>(), told: undefined, found: new Map() },
    }))
    this.#newest.set(producer, transaction)
    return transaction
  }

  #produce({ request, clientId }: Operation<typeof produceApi>): undefined {
    if (request.transactionalId === null) return undefined
    for (const { records } of request.topicData.flatMap(({ partitionData }) => partitionData)) {
      const batch = records as Buffer
      const producer = `${clientId} ${batchProducerId(batch)} ${batchProducerEpoch(batch)}`
      for (const { content } of seenBatches(batch).flatMap(({ contents }) => contents)) {
        const name = content.kind === 'record' ? valueName(content.value).transaction : undefined
        if (name !== undefined) this.#open(name, producer)
      }
    }
    return undefined
  }

  /** The metadata of these offsets is the transaction's name and something to tell them apart: 'x9:1'. */
  #commitOffsets({ request, clientId }: Operation<typeof txnOffsetCommitApi>): Ended<typeof txnOffsetCommitApi> {
    const { groupId, producerId, producerEpoch } = request
    const carried = request.topics.flatMap(({ name: topic, partitions }) =>
      partitions.map(({ partitionIndex, committedOffset: offset, committedMetadata }) => {
        const name = committedMetadata ?? ''
        const transaction = this.#open(name.split(':')[0]!, `${clientId} ${producerId} ${producerEpoch}`)
        const register = this.#offsets.register(groupId, topic, partitionIndex)
        return transaction.offsets.getOrInsert(name, { register, name, offset, accepted: false })
      }),
    )
    return response => {
      const results = response?.topics.flatMap(({ partitions }) => partitions) ?? []
      for (const [at, { errorCode }] of results.entries())
        if (errorCode === ErrorCode.none) carried[at]!.accepted = true
    }
  }

  #end({ request, clientId, beganAt }: Operation<typeof endTxnApi>): Ended<typeof endTxnApi> | undefined {
    const { producerId, producerEpoch } = request
    const transaction = this.#newest.get(`${clientId} ${producerId} ${producerEpoch}`)
    if (!transaction) return undefined
    const fate = request.committed ? 'committed' : 'aborted'
    transaction.asked.add(fate)
    if (fate === 'committed') {
      for (const { register, name, offset } of transaction.offsets.values())
        if (!register.knows(name)) register.write(name, offset, beganAt)
    }
    return (response, endedAt) => {
      if (response?.errorCode !== ErrorCode.none) return
      if (transaction.told !== undefined && transaction.told !== fate)
        throw new Violation(`transaction ${transaction.name} is ${transaction.told}, and then ${fate}`)
      transaction.told = fate
      if (fate === 'aborted') return
      for (const { register, name, accepted } of transaction.offsets.values())
        if (accepted) register.written(name, 'done', endedAt)
    }
  }

  /** Records of a producer share the fate of its next marker. */
  #findFates(log: PartitionLog): void {
    const open = new Map<number, string[]>()
    for (const [offset, content] of log.contents()) {
      // Compaction took what stood here before anybody saw it: perhaps the marker.
      if (!content) open.clear()
      if (content?.kind === 'record' && content.transactional) {
        open.getOrInsertComputed(content.producerId, () => []).push(content.value)
      } else if (content?.kind === 'marker') {
        const fate = content.committed ? 'committed' : 'aborted'
        for (const value of open.get(content.producerId) ?? [])
          this.#of(value)?.found.set(fate, `'${value}' before ${offset} of ${log.name}`)
        open.delete(content.producerId)
      }
    }
    // What compaction took need not have been seen.
    if (log.compacted) return
    for (const [value] of open.values()) log.fail(`the transaction of '${value}' was never ended`)
  }
}

function checkFate({ name, found, asked, told, offsets }: ClientTransaction): void {
  const committed = found.get('committed')
  const aborted = found.get('aborted')
  const fail = (what: string): never => {
    throw new Violation(`transaction ${name}: ${what}`)
  }
  if (committed && aborted) fail(`${committed} is committed, ${aborted} is aborted`)
  if (committed && !asked.has('committed')) fail(`${committed} is committed, which nobody asked for`)
  if (committed && told === 'aborted') fail(`${committed} is committed, but its client was told that it is aborted`)
  if (aborted && told === 'committed') fail(`${aborted} is aborted, but its client was told that it is committed`)
  for (const { register, name: offset } of offsets.values())
    if (aborted && register.wasRead(offset)) fail(`its offset '${offset}' was read, but ${aborted} is aborted`)
}
