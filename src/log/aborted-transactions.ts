import type { AbortedTransaction } from '../storage/change.ts'

/**
 * The aborted transactions of one partition, in the order of their ends: what a reader with `read_committed` must skip.
 * Numbers in columns instead of an object each, because a long log may have very many.
 */
export class AbortedTransactions {
  #producerIds: number[] = []
  #firstOffsets: number[] = []
  #lastOffsets: number[] = []
  /** No transaction that ended later begins below this. */
  #laterFrom: number[] = []

  /** `transactions` in the order of their ends; `openFrom`: where the oldest open one begins. */
  static recovered(transactions: readonly AbortedTransaction[], openFrom: number): AbortedTransactions {
    const list = new AbortedTransactions()
    for (const transaction of transactions) list.add(transaction, openFrom)
    let laterFrom = openFrom
    for (let at = transactions.length - 1; at >= 0; at--) {
      list.#laterFrom[at] = laterFrom
      laterFrom = Math.min(laterFrom, list.#firstOffsets[at] ?? laterFrom)
    }
    return list
  }

  get count(): number {
    return this.#lastOffsets.length
  }

  /** Adds one that ends behind all others. `openFrom`: no later one begins below it. */
  add({ producerId, firstOffset, lastOffset }: AbortedTransaction, openFrom: number): void {
    this.#producerIds.push(producerId)
    this.#firstOffsets.push(firstOffset)
    this.#lastOffsets.push(lastOffset)
    this.#laterFrom.push(openFrom)
  }

  /** Those with an offset in `[from, to)`, in the order of their ends, as Kafka lists them. */
  overlapping(from: number, to: number): AbortedTransaction[] {
    const found: AbortedTransaction[] = []
    for (let at = this.#positionOf(from); at < this.count; at++) {
      const transaction = this.#at(at)
      if (transaction.firstOffset < to) found.push(transaction)
      if ((this.#laterFrom[at] ?? to) >= to) break
    }
    return found
  }

  /** Forgets those that ended below `offset`. */
  dropBelow(offset: number): void {
    const kept = this.#positionOf(offset)
    if (kept > 0) this.#keep(position => position >= kept)
  }

  /** Forgets those that ended exactly at these offsets. */
  drop(lastOffsets: readonly number[]): void {
    const dropped = new Set(lastOffsets)
    if (dropped.size > 0) this.#keep(position => !dropped.has(this.#lastOffsets[position] ?? -1))
  }

  #keep(isKept: (position: number) => boolean): void {
    const kept = (column: readonly number[]) => column.filter((_, position) => isKept(position))
    const columns = [this.#producerIds, this.#firstOffsets, this.#lastOffsets, this.#laterFrom].map(kept)
    const [producerIds = [], firstOffsets = [], lastOffsets = [], laterFrom = []] = columns
    this.#producerIds = producerIds
    this.#firstOffsets = firstOffsets
    this.#lastOffsets = lastOffsets
    this.#laterFrom = laterFrom
  }

  #at(position: number): AbortedTransaction {
    return {
      producerId: this.#producerIds[position] ?? -1,
      firstOffset: this.#firstOffsets[position] ?? -1,
      lastOffset: this.#lastOffsets[position] ?? -1,
    }
  }

  /** Position of the first one that ends at or after `offset`. */
  #positionOf(offset: number): number {
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#lastOffsets[middle] ?? 0) < offset) low = middle + 1
      else high = middle
    }
    return low
  }
}
