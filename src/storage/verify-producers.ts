import { batchBaseOffset, batchBaseSequence, batchProducerEpoch, batchProducerId } from '../protocol/records/batch.ts'
import type { AbortedTransaction, ProducerBatch, ProducerSnapshot } from './change.ts'
import { replayedBatch } from './producer-replay.ts'
import type { ReplayedBatch } from './recovered-state.ts'
import type { Report } from './verify-findings.ts'

export interface StoredProducers {
  readonly uptoOffset: number
  readonly producers: readonly ProducerSnapshot[]
}

export interface ProducerSource {
  readonly logStartOffset: number
  /** Compaction may have taken what the state remembers. */
  readonly isCompacted: boolean
  readonly snapshot: StoredProducers | undefined
  readonly aborted: readonly AbortedTransaction[]
}

interface Expected extends ProducerBatch {
  readonly producerId: number
  readonly epoch: number
}

/**
 * Compares the batches of one partition, in order, with what is stored of its producers and of its aborted transactions.
 */
export class ProducerVerifier {
  readonly #source: ProducerSource
  readonly #report: Report
  /** Batches that the state remembers and that were not met yet, by their first offset. */
  readonly #expected = new Map<number, Expected>()
  readonly #aborted: Map<number, AbortedTransaction>
  /** First offsets of the open transactions: as the log has them, … */
  readonly #openInLog = new Map<number, number>()
  /** … and as the node will have them: stored, and then what came later. */
  readonly #openInState = new Map<number, number>()
  #firstOffset: number | undefined

  constructor(source: ProducerSource, report: Report) {
    this.#source = source
    this.#report = report
    this.#aborted = new Map(source.aborted.map(transaction => [transaction.lastOffset, transaction]))
    for (const { producerId, epoch, batches, transactionFirstOffset } of source.snapshot?.producers ?? []) {
      if (transactionFirstOffset >= 0) this.#openInState.set(producerId, transactionFirstOffset)
      for (const batch of batches) this.#expected.set(batch.baseOffset, { ...batch, producerId, epoch })
    }
  }

  /** First offsets of the transactions that are open after a start of the node, by producer id. */
  get open(): ReadonlyMap<number, number> {
    return this.#openInState
  }

  /** Takes the next batch. `isReplayed`: it is in a row that the node reads at its start. */
  batch(data: Buffer, at: number, isReplayed: boolean): void {
    const offset = batchBaseOffset(data, at)
    if (offset < this.#source.logStartOffset) return
    this.#firstOffset ??= offset
    this.#compare(data, at)
    if (batchProducerId(data, at) < 0) return
    const batch = replayedBatch(data, at)
    if (!batch) return
    this.#follow(batch)
    if (isReplayed && offset >= (this.#source.snapshot?.uptoOffset ?? 0)) {
      if (batch.marker) this.#openInState.delete(batch.producerId)
      else if (batch.transactional) begin(this.#openInState, batch)
    }
  }

  /** No more batches follow: the log ends at `logEndOffset`. */
  finish(logEndOffset: number): void {
    const { snapshot, isCompacted, logStartOffset } = this.#source
    if (snapshot && snapshot.uptoOffset > logEndOffset) {
      const message = `the log ends at ${logEndOffset}, but its producers were at ${snapshot.uptoOffset}: records are missing`
      this.#report({ kind: 'producer-state', offset: logEndOffset, message })
    } else if (!isCompacted) this.#checkMissing(logStartOffset)
    this.#checkOpen()
    if (isCompacted) return
    for (const { lastOffset, producerId } of this.#aborted.values()) {
      if (lastOffset < logStartOffset) continue
      const message = `a transaction of producer ${producerId} is listed as aborted at ${lastOffset}, where no such marker is`
      this.#report({ kind: 'aborted-transaction', offset: lastOffset, message })
    }
  }

  #compare(data: Buffer, at: number): void {
    const offset = batchBaseOffset(data, at)
    const expected = this.#expected.get(offset)
    if (!expected) return
    this.#expected.delete(offset)
    const { producerId, epoch, baseSequence } = expected
    if (
      batchProducerId(data, at) === producerId &&
      batchProducerEpoch(data, at) === epoch &&
      batchBaseSequence(data, at) === baseSequence
    )
      return
    const message = `the state of producer ${producerId} remembers sequence ${baseSequence} here, but the batch is another one`
    this.#report({ kind: 'producer-state', offset, message })
  }

  #follow({ producerId, marker, lastOffset, transactional, ...batch }: ReplayedBatch): void {
    if (!marker) {
      if (transactional) begin(this.#openInLog, { producerId, ...batch })
      return
    }
    const first = this.#openInLog.get(producerId)
    this.#openInLog.delete(producerId)
    const listed = this.#aborted.get(lastOffset)
    this.#aborted.delete(lastOffset)
    const fault = marker.committed ? listed && 'was committed' : this.#abortFault(producerId, first, listed)
    if (fault) {
      const message = marker.committed
        ? `the transaction of producer ${producerId} ${fault}, but is listed as aborted`
        : `the aborted transaction of producer ${producerId} ${fault}`
      this.#report({ kind: 'aborted-transaction', offset: lastOffset, message })
    }
  }

  #abortFault(
    producerId: number,
    first: number | undefined,
    listed: AbortedTransaction | undefined,
  ): string | undefined {
    if (!listed)
      return first === undefined ? undefined : `from ${first} on is not listed: readers would see its records`
    if (listed.producerId !== producerId) return `is listed for producer ${listed.producerId}`
    const mayBeTrimmed = this.#source.isCompacted || listed.firstOffset < (this.#firstOffset ?? 0)
    if (first === undefined || listed.firstOffset === first || (mayBeTrimmed && listed.firstOffset < first))
      return undefined
    return `begins at ${first}, but is listed from ${listed.firstOffset} on`
  }

  #checkMissing(logStartOffset: number): void {
    for (const { baseOffset, producerId, baseSequence } of this.#expected.values()) {
      // A batch that lies partly below the log start is there as long as its row is.
      if (baseOffset < Math.max(logStartOffset, this.#firstOffset ?? Number.POSITIVE_INFINITY)) continue
      const message = `the state of producer ${producerId} remembers sequence ${baseSequence} here, but there is no such batch`
      this.#report({ kind: 'producer-state', offset: baseOffset, message })
    }
  }

  #checkOpen(): void {
    for (const [producerId, offset] of this.#openInLog) {
      if (this.#openInState.has(producerId)) continue
      const message = `producer ${producerId} has an open transaction from here on, but its state says none`
      this.#report({ kind: 'producer-state', offset, message })
    }
    for (const [producerId, offset] of this.#openInState) {
      // The records of it may be below the log start, or compacted.
      if (this.#openInLog.has(producerId) || this.#source.isCompacted || offset < (this.#firstOffset ?? offset + 1))
        continue
      const message = `the state of producer ${producerId} says that a transaction is open from here on, but the log has none`
      this.#report({ kind: 'producer-state', offset, message })
    }
  }
}

function begin(
  open: Map<number, number>,
  { producerId, baseOffset }: { producerId: number; baseOffset: number },
): void {
  if (!open.has(producerId)) open.set(producerId, baseOffset)
}
