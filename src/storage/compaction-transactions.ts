import { DecodeError } from '../base/errors.ts'
import {
  batchAttributes,
  batchLastOffset,
  batchProducerId,
  batchRecordCount,
  isTransactional,
} from '../protocol/records/batch.ts'
import { type ControlType, controlTypeOf } from '../protocol/records/control.ts'
import { recordsIn } from '../protocol/records/record.ts'
import type { AbortedTransaction } from './change.ts'

interface AbortedInSight {
  readonly transaction: AbortedTransaction
  /** A batch with its records was met. */
  hasRecords: boolean
}

/** What a marker is worth to readers. */
export interface MarkerVerdict {
  /** No record of its transaction is left before it. */
  readonly isUseless: boolean
  /** The aborted transaction that it ends, where the log still lists that. */
  readonly aborted: AbortedTransaction | undefined
}

/**
 * Which transactions a walk over a log is in the middle of. Show it every batch, in order: it tells whose records were aborted
 * and which markers have outlived all records of their transaction (Kafka's CleanedTransactionMetadata).
 */
export class TransactionsInSight {
  /** Ahead of the walk, by first offset, the next one last. */
  readonly #ahead: AbortedTransaction[]
  readonly #aborted = new Map<number, AbortedInSight>()
  readonly #committed = new Set<number>()

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#ahead = aborted.toSorted((a, b) => b.firstOffset - a.firstOffset)
  }

  /** Meets a batch of records. Answers whether they were aborted. */
  meetRecords(batch: Buffer): boolean {
    this.#reach(batchLastOffset(batch))
    if (!isTransactional(batchAttributes(batch))) return false
    const producerId = batchProducerId(batch)
    const aborted = this.#aborted.get(producerId)
    if (aborted) aborted.hasRecords = true
    else this.#committed.add(producerId)
    return aborted !== undefined
  }

  /** Meets a control batch. */
  meetMarker(batch: Buffer): MarkerVerdict {
    this.#reach(batchLastOffset(batch))
    const producerId = batchProducerId(batch)
    switch (markerType(batch)) {
      case 'abort': {
        const aborted = this.#aborted.get(producerId)
        this.#aborted.delete(producerId)
        return { isUseless: aborted?.hasRecords !== true, aborted: aborted?.transaction }
      }
      case 'commit':
        return { isUseless: !this.#committed.delete(producerId), aborted: undefined }
      case 'empty':
        return { isUseless: true, aborted: undefined }
      case 'other':
        return { isUseless: false, aborted: undefined }
    }
  }

  #reach(offset: number): void {
    for (let next = this.#ahead.at(-1); next && next.firstOffset <= offset; next = this.#ahead.at(-1)) {
      this.#ahead.pop()
      // It ended before the walk began.
      if (next.lastOffset < offset) continue
      if (!this.#aborted.has(next.producerId))
        this.#aborted.set(next.producerId, { transaction: next, hasRecords: false })
    }
  }
}

function markerType(batch: Buffer): ControlType | 'empty' {
  if (batchRecordCount(batch) === 0) return 'empty'
  try {
    for (const { key } of recordsIn(batch)) return controlTypeOf(key)
    return 'empty'
  } catch (error) {
    if (error instanceof DecodeError) return 'other'
    throw error
  }
}
