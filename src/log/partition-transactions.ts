import type { AbortedTransaction } from '../storage/change.ts'
import { AbortedTransactions } from './aborted-transactions.ts'

/**
 * What a partition knows of transactions: those that are undecided hold its last stable offset back, and those that were
 * aborted are to be skipped. A partition without either has no such object.
 */
export class PartitionTransactions {
  /** First offsets of transactions that are open, or whose marker is not durable yet; ascending. */
  readonly #undecided = new Set<number>()
  /** Those of them that are open. */
  readonly #open = new Set<number>()
  #aborted: AbortedTransactions | undefined
  /** Bytes between the last stable offset and the high watermark, about. */
  #heldBytes = 0

  /** The state as it was before a restart. Everything in the log is durable then. */
  static recovered(openOffsets: readonly number[], aborted: readonly AbortedTransaction[], logEndOffset: number) {
    const transactions = new PartitionTransactions()
    for (const offset of openOffsets.toSorted((a, b) => a - b)) transactions.begin(offset)
    if (aborted.length > 0) {
      transactions.#aborted = AbortedTransactions.recovered(aborted, transactions.#oldestOpen ?? logEndOffset)
    }
    return transactions
  }

  /** Nothing is left to know. */
  get isEmpty(): boolean {
    return this.#undecided.size === 0 && this.#aborted === undefined
  }

  /** First offset of the oldest transaction that is not decided for readers; undefined if all are. */
  get firstUndecided(): number | undefined {
    return first(this.#undecided)
  }

  get #oldestOpen(): number | undefined {
    return first(this.#open)
  }

  /** A transaction has its first batch at `offset`, the end of the log so far. */
  begin(offset: number): void {
    this.#open.add(offset)
    this.#undecided.add(offset)
  }

  /** The marker of the transaction that began at `firstOffset` was appended; readers know when it is durable. */
  end(firstOffset: number): void {
    this.#open.delete(firstOffset)
  }

  /** That marker is durable. */
  decide(firstOffset: number): void {
    this.#undecided.delete(firstOffset)
  }

  /** The transaction that has just ended was aborted, with its marker at `lastOffset`. */
  abort(transaction: AbortedTransaction): void {
    this.#aborted ??= new AbortedTransactions()
    this.#aborted.add(transaction, this.#oldestOpen ?? transaction.lastOffset + 1)
  }

  /** The aborted transactions with an offset in `[from, to)`. */
  abortedWithin(from: number, to: number): readonly AbortedTransaction[] {
    return this.#aborted?.overlapping(from, to) ?? none
  }

  /** The log starts at `offset` now. */
  dropBelow(offset: number): void {
    this.#aborted?.dropBelow(offset)
    if (this.#aborted?.count === 0) this.#aborted = undefined
  }

  /**
   * `bytes` more are durable. Answers how many bytes, about, that makes stable, where the last stable offset has
   * moved from `from` to `to`: by the share of the offsets, since nobody has counted bytes by transaction.
   */
  released(bytes: number, { from, to, highWatermark }: { from: number; to: number; highWatermark: number }): number {
    this.#heldBytes += bytes
    if (to === from) return 0
    const released = Math.ceil((this.#heldBytes * (to - from)) / (highWatermark - from))
    this.#heldBytes -= released
    return released
  }
}

const none: readonly AbortedTransaction[] = []

function first(offsets: Set<number>): number | undefined {
  for (const offset of offsets) return offset
  return undefined
}
