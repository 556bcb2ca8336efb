import { DecodeError } from '../base/errors.ts'
import {
  batchAttributes,
  batchBaseOffset,
  batchLastOffset,
  batchLeaderEpoch,
  batchMaxTimestamp,
  batchProducerEpoch,
  batchProducerId,
  batchRecordCount,
  isControl,
} from '../protocol/records/batch.ts'
import type { RecordView } from '../protocol/records/record.ts'
import {
  deleteHorizonOf,
  emptiedBatch,
  type RetainedRecords,
  retainedBatch,
  selectRecords,
} from '../protocol/records/retain.ts'
import type { AbortedTransaction } from './change.ts'
import type { KeyOffsets } from './compaction-map.ts'
import { TransactionsInSight } from './compaction-transactions.ts'

/** What a producer wrote last: its newest batch, or only a marker (KIP-360: that still fences). */
export interface LastOfProducer {
  readonly producerId: number
  readonly epoch: number
  /** -1 if no batch of its epoch is known, only the marker. */
  readonly lastOffset: number
}

export interface FilterRules {
  /** Batches that reach up to here or beyond stay as they are. */
  readonly endOffset: number
  readonly nowMs: number
  /** `delete.retention.ms` */
  readonly deleteRetentionMs: number
  readonly aborted: readonly AbortedTransaction[]
  readonly lastOfProducers: readonly LastOfProducer[]
}

/** A batch as it is stored from now on. */
export interface KeptBatch {
  readonly data: Buffer
  readonly baseOffset: number
  readonly lastOffset: number
  readonly leaderEpoch: number
  /** Highest time of its records; -1 if it has none left, or none of them has a time. */
  readonly maxTimestamp: number
  /** How many records are left. */
  readonly count: number
}

/**
 * Decides batch by batch, in order from the log start, what a compacted log keeps. The rules are those of Kafka's Cleaner
 * (and KIP-534 for when tombstones and markers go):
 * - of each key the record at its last offset; of records in aborted transactions none; of records without a key none;
 * - a tombstone, or a marker that has outlived its records, goes once its delete horizon has passed; the horizon is set,
 *   `delete.retention.ms` ahead, by the first run that finds it;
 * - the last batch of each producer, and the last one of all, stay without their records.
 */
export class CompactionFilter {
  readonly #keys: KeyOffsets
  readonly #rules: FilterRules
  readonly #transactions: TransactionsInSight
  readonly #lastOfProducers: ReadonlyMap<number, LastOfProducer>
  #forgottenAborts: number[] = []
  #horizonMs: number | null = null

  /** `keys`: the last offset of each key that occurs in what was never compacted. */
  constructor(keys: KeyOffsets, rules: FilterRules) {
    this.#keys = keys
    this.#rules = rules
    this.#transactions = new TransactionsInSight(rules.aborted)
    this.#lastOfProducers = new Map(rules.lastOfProducers.map(last => [last.producerId, last]))
  }

  /** The earliest delete horizon of all batches that were kept. */
  get horizonMs(): number | null {
    return this.#horizonMs
  }

  /** What stays of a batch; undefined if nothing does. The same `data` if all does. */
  keep(batch: Buffer): KeptBatch | undefined {
    if (batchLastOffset(batch) >= this.#rules.endOffset) return kept(batch)
    const result = isControl(batchAttributes(batch)) ? this.#keepMarker(batch) : this.#keepRecords(batch)
    const horizonMs = result && deleteHorizonOf(result.data)
    if (horizonMs !== undefined) this.#horizonMs = Math.min(horizonMs, this.#horizonMs ?? horizonMs)
    return result
  }

  /** Last offsets of the aborted transactions that readers need not know any more, since the last call. */
  takeForgottenAborts(): readonly number[] {
    const taken = this.#forgottenAborts
    this.#forgottenAborts = []
    return taken
  }

  #keepMarker(batch: Buffer): KeptBatch | undefined {
    const { isUseless, aborted } = this.#transactions.meetMarker(batch)
    if (!isUseless) return kept(batch)
    const horizonMs = deleteHorizonOf(batch)
    // The run that set the horizon found no record. Not earlier, so that nobody is still reading them.
    if (aborted && horizonMs !== undefined) this.#forgottenAborts.push(aborted.lastOffset)
    const isEmpty = batchRecordCount(batch) === 0
    if (isEmpty || (horizonMs !== undefined && horizonMs <= this.#rules.nowMs)) return this.#withoutRecords(batch)
    if (horizonMs !== undefined) return kept(batch)
    return this.#selected(batch, () => true, true)
  }

  #keepRecords(batch: Buffer): KeptBatch | undefined {
    if (this.#transactions.meetRecords(batch)) return this.#withoutRecords(batch)
    const horizonMs = deleteHorizonOf(batch)
    const keepsTombstones = horizonMs === undefined || this.#rules.nowMs < horizonMs
    const stays = (record: RecordView): boolean =>
      record.keyBytes >= 0 &&
      record.offset >= this.#keys.get(record.buffer, record.keyStart, record.keyBytes) &&
      (record.valueBytes >= 0 || keepsTombstones)
    return this.#selected(batch, stays, false)
  }

  #selected(batch: Buffer, stays: (record: RecordView) => boolean, needsHorizon: boolean): KeptBatch | undefined {
    let records: RetainedRecords
    try {
      records = selectRecords(batch, stays)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      // It was stored before the topic was compacted. What it holds nobody can tell.
      return kept(batch)
    }
    if (records.count === 0) return this.#withoutRecords(batch)
    const sets = (needsHorizon || records.hasTombstones) && deleteHorizonOf(batch) === undefined
    const horizonMs = sets ? this.#newHorizon() : undefined
    return records.isLess || horizonMs !== undefined ? kept(retainedBatch(batch, records, horizonMs)) : kept(batch)
  }

  /** Undefined for a time that no clock reaches: they stay for ever. */
  #newHorizon(): number | undefined {
    const horizonMs = this.#rules.nowMs + this.#rules.deleteRetentionMs
    return Number.isSafeInteger(horizonMs) ? horizonMs : undefined
  }

  #withoutRecords(batch: Buffer): KeptBatch | undefined {
    if (batchLastOffset(batch) + 1 !== this.#rules.endOffset && !this.#isLastOfProducer(batch)) return undefined
    return batchRecordCount(batch) === 0 ? kept(batch) : kept(emptiedBatch(batch))
  }

  #isLastOfProducer(batch: Buffer): boolean {
    const last = this.#lastOfProducers.get(batchProducerId(batch))
    if (!last) return false
    if (last.lastOffset >= 0) return batchLastOffset(batch) === last.lastOffset
    return isControl(batchAttributes(batch)) && batchProducerEpoch(batch) === last.epoch
  }
}

/** The header of a batch, which is to stay because nothing follows it. */
export function keptEmpty(batch: Buffer): KeptBatch {
  return kept(emptiedBatch(batch))
}

function kept(data: Buffer): KeptBatch {
  const count = batchRecordCount(data)
  return {
    data,
    baseOffset: batchBaseOffset(data),
    lastOffset: batchLastOffset(data),
    leaderEpoch: batchLeaderEpoch(data),
    maxTimestamp: count === 0 ? -1 : batchMaxTimestamp(data),
    count,
  }
}
