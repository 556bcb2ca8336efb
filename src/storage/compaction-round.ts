import { DecodeError } from '../base/errors.ts'
import {
  batchAttributes,
  batchBaseOffset,
  batchBytes,
  batchesIn,
  batchLastOffset,
  isControl,
} from '../protocol/records/batch.ts'
import { forEachRecord } from '../protocol/records/record.ts'
import type { Compaction, ReplaceRows } from './change.ts'
import { CompactionFilter, type FilterRules } from './compaction-filter.ts'
import { KeyOffsets } from './compaction-map.ts'
import { compactRows, type OldRow } from './compaction-rows.ts'
import { TransactionsInSight } from './compaction-transactions.ts'
import type { Connection } from './database.ts'
import { RowFinder } from './row-finder.ts'
import { type Stretch, stretchBytes, stretchTable } from './stretch-table.ts'

/** One run over a partition, up to `endOffset`. */
export interface CompactionRequest extends FilterRules {
  readonly partitionId: number
  /** Below it no key occurs twice. */
  readonly firstDirtyOffset: number
  /** Memory for the keys that occur from there on. */
  readonly keyBytesMax: number
}

/** The rows of a step, as `ReplaceRows` wants them. */
export interface RowReplacement extends Omit<ReplaceRows, 'kind'> {
  /** Bytes that the partition has less of then. */
  readonly removedBytes: number
  /** The offset after the rows. */
  readonly endOffset: number
}

export type CompactionProgress =
  /** Rows were read, and nothing is to be replaced. */
  | { readonly kind: 'read' }
  /** To be committed before the next step. */
  | { readonly kind: 'replace'; readonly replacement: RowReplacement }
  | { readonly kind: 'finished'; readonly compaction: Compaction }
  /** Rows below the log start have to be removed first: try again later. */
  | { readonly kind: 'postponed' }

/** The first walk: over what was never compacted. */
interface Mapping {
  next: number
  readonly transactions: TransactionsInSight
}

/** What a step reads at most, if the first row is not larger. */
const stepBytes = stretchBytes
const stepRows = 1024
const stepStretches = 64

/**
 * Compacts one partition in steps of at most about 4 MiB, each one read transaction: first over what was never compacted, to
 * learn the last offset of each key, then from the log start on. Each step replaces whole stretches, small ones together.
 *
 * What was replaced when a run is cut short is right by itself: a record goes only if a later one of its key is stored.
 */
export class CompactionRound {
  readonly #request: CompactionRequest
  readonly #keys: KeyOffsets
  readonly #finder: RowFinder
  readonly #stretches
  readonly #rowById
  readonly #extentById
  readonly #inTransaction: (step: () => CompactionProgress) => CompactionProgress
  #mapping: Mapping | undefined
  #filter: CompactionFilter | undefined
  #endOffset: number
  #nextOffset = 0

  constructor(database: Connection, request: CompactionRequest) {
    this.#request = request
    this.#keys = new KeyOffsets(request.keyBytesMax)
    this.#finder = new RowFinder(database)
    this.#stretches = stretchTable(database)
    this.#rowById = database.prepare('SELECT id, max_timestamp AS maxTimestamp, data FROM batch WHERE id = ?')
    this.#extentById = database.prepare(`
      SELECT last_offset AS lastOffset, length(data) AS bytes FROM batch WHERE id = ?
    `)
    this.#inTransaction = database.transaction((step: () => CompactionProgress) => step()).deferred
    this.#mapping = { next: request.firstDirtyOffset, transactions: new TransactionsInSight(request.aborted) }
    this.#endOffset = request.endOffset
  }

  /** Goes on. The change that the last step asked for must have been committed. `logStartOffset`: where it is now. */
  step(logStartOffset: number): CompactionProgress {
    return this.#inTransaction(() => {
      if (this.#isBeingTrimmed(logStartOffset)) return { kind: 'postponed' }
      return this.#mapping ? this.#map(this.#mapping) : this.#replace()
    })
  }

  /** Replacing rows beside others of their stretch that are about to be removed would hide these from who removes them. */
  #isBeingTrimmed(logStartOffset: number): boolean {
    const [first] = this.#finder.from(this.#request.partitionId, 0).take(1)
    return first !== undefined && this.#extent(first.id).lastOffset < logStartOffset
  }

  #map(mapping: Mapping): CompactionProgress {
    const { partitionId } = this.#request
    let bytes = 0
    for (const { id, baseOffset } of this.#finder.from(
      partitionId,
      this.#finder.startingAt(partitionId, mapping.next),
    )) {
      if (baseOffset >= this.#endOffset) break
      const { data } = this.#row(id)
      for (const at of batchesIn(data)) {
        const batch = data.subarray(at, at + batchBytes(data, at))
        if (batchLastOffset(batch) < mapping.next) continue
        if (batchLastOffset(batch) >= this.#endOffset) break
        if (!this.#mapBatch(batch, mapping.transactions)) {
          // No more keys fit: what follows is for the next run.
          this.#endOffset = batchBaseOffset(batch)
          return this.#mapped()
        }
        mapping.next = batchLastOffset(batch) + 1
      }
      bytes += data.length
      if (bytes >= stepBytes) return { kind: 'read' }
    }
    return this.#mapped()
  }

  #mapped(): CompactionProgress {
    this.#mapping = undefined
    this.#filter = new CompactionFilter(this.#keys, { ...this.#request, endOffset: this.#endOffset })
    return { kind: 'read' }
  }

  #mapBatch(batch: Buffer, transactions: TransactionsInSight): boolean {
    if (isControl(batchAttributes(batch))) {
      transactions.meetMarker(batch)
      return true
    }
    if (transactions.meetRecords(batch)) return true
    let fits = true
    try {
      forEachRecord(batch, 0, ({ buffer, keyStart, keyBytes, offset }) => {
        if (keyBytes >= 0 && fits) fits = this.#keys.set(buffer, keyStart, keyBytes, offset)
      })
    } catch (error) {
      // The filter keeps it whole; the keys that it held up to the damage are there.
      if (!(error instanceof DecodeError)) throw error
    }
    return fits
  }

  #replace(): CompactionProgress {
    const { partitionId } = this.#request
    const filter = this.#filter
    const ids = this.#nextRows()
    if (ids.length === 0 || !filter) {
      const compaction = { cleanOffset: this.#endOffset, horizonMs: filter?.horizonMs ?? null }
      return { kind: 'finished', compaction }
    }
    const old = ids.map(id => this.#row(id))
    const lastId = ids.at(-1) ?? -1
    const { lastOffset } = this.#extent(lastId)
    const [following] = this.#finder.from(partitionId, lastOffset + 1).take(1)
    const { rows, isChanged } = compactRows(old, filter, { isLast: following === undefined })
    const forgottenAborts = filter.takeForgottenAborts()
    if (!isChanged && rows.length === old.length && forgottenAborts.length === 0) return { kind: 'read' }
    const bytesOf = (some: readonly { readonly data: Uint8Array }[]) =>
      some.reduce((sum, { data }) => sum + data.length, 0)
    const removedBytes = bytesOf(old) - bytesOf(rows)
    const replacement = { partitionId, ids, rows, forgottenAborts, removedBytes, endOffset: lastOffset + 1 }
    return { kind: 'replace', replacement }
  }

  /** The rows of the next stretch, and of those behind it as long as all together are small. */
  #nextRows(): number[] {
    const ids: number[] = []
    let bytes = 0
    for (let stretches = 0; stretches < stepStretches; stretches++) {
      const stretch = this.#stretchFrom(this.#nextOffset)
      if (!stretch || stretch.baseOffset >= this.#endOffset) break
      const own = Array.from(
        this.#finder.inStretch(stretch, this.#request.partitionId, stretch.baseOffset),
        ({ id }) => id,
      )
      bytes += own.reduce((sum, id) => sum + this.#extent(id).bytes, 0)
      if (ids.length > 0 && (bytes > stepBytes || ids.length + own.length > stepRows)) break
      ids.push(...own)
      this.#nextOffset = stretch.lastOffset + 1
    }
    return ids
  }

  #stretchFrom(offset: number): Stretch | undefined {
    const { partitionId } = this.#request
    const holding = this.#stretches.upto(partitionId, offset)
    return holding && holding.lastOffset >= offset ? holding : this.#stretches.after(partitionId, offset)
  }

  #row(id: number): OldRow {
    return this.#rowById.get(id) as OldRow
  }

  #extent(id: number): { readonly lastOffset: number; readonly bytes: number } {
    return this.#extentById.get(id) as { lastOffset: number; bytes: number }
  }
}
