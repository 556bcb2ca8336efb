import {
  assignOffset,
  batchAttributes,
  batchesIn,
  batchLastOffset,
  batchMaxTimestamp,
  isControl,
} from '../../src/protocol/records/batch.ts'
import { BatchBuilder, type BatchOptions } from '../../src/protocol/records/build.ts'
import { endMarkerBatch } from '../../src/protocol/records/control.ts'
import { recordsIn } from '../../src/protocol/records/record.ts'
import type { AbortedTransaction, Compaction } from '../../src/storage/change.ts'
import { Committer } from '../../src/storage/committer.ts'
import type { LastOfProducer } from '../../src/storage/compaction-filter.ts'
import { type CompactionRequest, CompactionRound } from '../../src/storage/compaction-round.ts'
import type { Connection } from '../../src/storage/database.ts'
import type { StoredRow } from '../../src/storage/log-reader.ts'
import { rowQueries } from '../../src/storage/row-queries.ts'
import { commit, freshCommitter } from './fixtures.ts'

/** [key, value], [key] for a tombstone; a key of null is none. */
export type Pair = readonly [key: string | null, value?: string]

export interface StoredRecord {
  readonly offset: number
  readonly key: string | null
  readonly value: string | null
  readonly timestamp: number
}

/** Partition 1 of a database in memory, to be written, compacted and looked at. */
export class CompactedLog {
  readonly database: Connection
  committer: Committer
  endOffset = 0
  logStartOffset = 0
  cleanOffset = 0
  readonly aborted: AbortedTransaction[] = []
  lastOfProducers: LastOfProducer[] = []

  constructor() {
    const { database, committer } = freshCommitter()
    this.database = database
    this.committer = committer
  }

  /** Writes a batch in a commit of its own; without records, a marker. Returns its base offset. */
  append(pairs: readonly Pair[], options: BatchOptions & { readonly timestamp?: number } = {}): number {
    const builder = new BatchBuilder({ bytesMax: 64 * 1024 * 1024 })
    const timestamp = options.timestamp ?? 1000 + this.endOffset
    for (const [key, value] of pairs) {
      builder.append(timestamp, key === null ? null : Buffer.from(key), value === undefined ? null : Buffer.from(value))
    }
    return this.#write(builder.build({ ...options, baseOffset: this.endOffset, leaderEpoch: 0 }))
  }

  /** Ends a transaction; `firstOffset` is where it began. */
  end(producerId: number, { committed, firstOffset }: { committed: boolean; firstOffset: number }): number {
    const timestamp = 1000 + this.endOffset
    const batch = endMarkerBatch({ committed, producerId, producerEpoch: 0, coordinatorEpoch: 0, timestamp })
    assignOffset(batch, 0, { baseOffset: this.endOffset, leaderEpoch: 0 })
    const lastOffset = this.#write(batch)
    if (committed) return lastOffset
    const transaction = { producerId, firstOffset, lastOffset }
    this.aborted.push(transaction)
    commit(this.committer, () => this.committer.apply({ kind: 'addAbortedTransaction', partitionId: 1, transaction }))
    return lastOffset
  }

  /** A whole run. Returns what it ended with, undefined if it was postponed. */
  compact(options: Partial<CompactionRequest> = {}): Compaction | undefined {
    this.#save({ cleanOffset: this.cleanOffset, horizonMs: null })
    const round = new CompactionRound(this.database, {
      partitionId: 1,
      firstDirtyOffset: Math.max(this.cleanOffset, this.logStartOffset),
      endOffset: this.endOffset,
      nowMs: 1_000_000,
      deleteRetentionMs: 10_000,
      aborted: this.aborted,
      lastOfProducers: this.lastOfProducers,
      keyBytesMax: 1024 * 1024,
      ...options,
    })
    for (let steps = 0; steps < 10_000; steps++) {
      const progress = round.step(this.logStartOffset)
      if (progress.kind === 'postponed') return undefined
      if (progress.kind === 'replace') {
        commit(this.committer, () => this.committer.apply({ kind: 'replaceRows', ...progress.replacement }))
        for (const lastOffset of progress.replacement.forgottenAborts) {
          this.aborted.splice(
            this.aborted.findIndex(transaction => transaction.lastOffset === lastOffset),
            1,
          )
        }
      }
      if (progress.kind === 'finished') {
        this.cleanOffset = progress.compaction.cleanOffset
        this.#save(progress.compaction)
        return progress.compaction
      }
    }
    throw new Error('the run does not end')
  }

  advanceLogStart(offset: number, { trim = true } = {}): void {
    this.logStartOffset = offset
    commit(this.committer, () => this.committer.apply({ kind: 'advanceLogStart', partitionId: 1, offset }))
    while (trim && this.committer.trimming) commit(this.committer, () => {})
  }

  reopen(): void {
    this.committer = new Committer(this.database, { lastBatchId: 0, trims: [] })
  }

  rows(): StoredRow[] {
    const answer = rowQueries(this.database)
    const rows: StoredRow[] = []
    for (let offset = 0; ; offset = rows.at(-1)!.lastOffset + 1) {
      const more = answer({ kind: 'rows', partitionId: 1, offset, maxBytes: 1_000_000 }) as StoredRow[]
      if (more.length === 0) return rows
      rows.push(...more)
    }
  }

  /** All batches in order. */
  batches(): Buffer[] {
    return this.rows().flatMap(({ data }) =>
      Array.from(batchesIn(data), at => data.subarray(at, at + data.readInt32BE(at + 8) + 12)),
    )
  }

  /** All records of clients, in order. */
  records(): StoredRecord[] {
    return this.batches()
      .filter(batch => !isControl(batchAttributes(batch)))
      .flatMap(batch =>
        Array.from(recordsIn(batch), ({ offset, key, value, timestamp }) => ({
          offset,
          timestamp,
          key: key && String(key),
          value: value && String(value),
        })),
      )
  }

  /** 'offset:key=value' of all records. */
  texts(): string[] {
    return this.records().map(({ offset, key, value }) => `${offset}:${key}=${value}`)
  }

  #save(compaction: Compaction): void {
    commit(this.committer, () => {
      this.committer.apply({ kind: 'closeStretch', partitionId: 1 })
      this.committer.apply({ kind: 'saveCompaction', partitionId: 1, compaction })
    })
  }

  #write(data: Buffer): number {
    const baseOffset = this.endOffset
    const lastOffset = batchLastOffset(data)
    commit(this.committer, () =>
      this.committer.append({ partitionId: 1, baseOffset, lastOffset, maxTimestamp: batchMaxTimestamp(data), data }),
    )
    this.endOffset = lastOffset + 1
    return baseOffset
  }
}
