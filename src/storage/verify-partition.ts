import { DecodeError } from '../base/errors.ts'
import { batchBaseOffset, batchMaxTimestamp, batchRecordCount } from '../protocol/records/batch.ts'
import { verifyRow } from './batch-verification.ts'
import type { Finding, Report } from './verify-findings.ts'
import { type ProducerSource, ProducerVerifier } from './verify-producers.ts'
import { type StretchSource, StretchVerifier } from './verify-stretches.ts'

export interface LogRow {
  readonly id: number
  readonly partitionId: number
  readonly baseOffset: number
  readonly lastOffset: number
  readonly maxTimestamp: number
  readonly leaderEpoch: number
  readonly position: number
  readonly data: Buffer
}

export interface PartitionSource extends ProducerSource, StretchSource {
  readonly topic: string
  readonly index: number
  /** Rows with higher ids are read at a start of the node. */
  readonly savedBatchId: number
}

/** What was looked at. */
export interface LogCounts {
  rows: number
  batches: number
  records: number
  bytes: number
}

/** Verifies the rows of one partition, in the order of their ids, which is that of their offsets. */
export class PartitionVerifier {
  readonly #source: PartitionSource
  readonly #report: Report
  readonly #stretches: StretchVerifier
  readonly #producers: ProducerVerifier
  /** One past the last row, and where that ended. */
  #next: number | undefined
  #endPosition: number | undefined

  constructor(source: PartitionSource, report: Report) {
    this.#source = source
    this.#report = (finding: Omit<Finding, 'severity'>) =>
      report({ topic: source.topic, partition: source.index, ...finding })
    this.#stretches = new StretchVerifier(source, this.#report)
    this.#producers = new ProducerVerifier(source, this.#report)
    if (source.logStartOffset === 0) this.#endPosition = 0
  }

  get topic(): string {
    return this.#source.topic
  }

  get index(): number {
    return this.#source.index
  }

  get logEndOffset(): number {
    return Math.max(this.#next ?? 0, this.#source.logStartOffset)
  }

  /** First offsets of the transactions that are open after a start of the node, by producer id. */
  get open(): ReadonlyMap<number, number> {
    return this.#producers.open
  }

  row(row: LogRow, counts: LogCounts): void {
    counts.rows++
    counts.bytes += row.data.length
    this.#checkPlace(row)
    // Retention is about to take it: nobody reads it any more.
    if (row.lastOffset < this.#source.logStartOffset) return
    const isReplayed = row.id > this.#source.savedBatchId
    let highest = Number.NEGATIVE_INFINITY
    let hasUntimed = false
    const faults = verifyRow(row, at => {
      const count = batchRecordCount(row.data, at)
      const time = batchMaxTimestamp(row.data, at)
      counts.batches++
      counts.records += count
      if (count > 0) highest = Math.max(highest, time)
      hasUntimed ||= time < 0 || count === 0
      this.#followProducer(row, at, isReplayed)
    })
    for (const fault of faults) this.#report({ ...fault, row: row.id })
    if (faults.length === 0) this.#checkTime(row, highest, hasUntimed)
  }

  /** A row that is there but cannot be read. */
  unreadable(id: number, message: string): void {
    this.#report({ kind: 'page', row: id, message: `the row cannot be read: ${message}`, ...this.#nextPlace() })
    this.#endPosition = undefined
  }

  finish(): void {
    this.#stretches.finish()
    this.#producers.finish(this.logEndOffset)
  }

  #nextPlace(): { readonly offset?: number } {
    return this.#next === undefined ? {} : { offset: this.#next }
  }

  #checkPlace(row: LogRow): void {
    const { logStartOffset, isCompacted } = this.#source
    const { baseOffset, lastOffset, id, position } = row
    const expected = this.#next ?? logStartOffset
    if (baseOffset > expected && !isCompacted && lastOffset >= logStartOffset) {
      const range =
        baseOffset - 1 === expected ? `offset ${expected} is` : `offsets ${expected} to ${baseOffset - 1} are`
      this.#report({ kind: 'offset-gap', offset: expected, row: id, message: `${range} missing` })
    } else if (this.#next !== undefined && baseOffset < this.#next) {
      const message = `the row begins with offset ${baseOffset}, but the one before it ends with ${this.#next - 1}`
      this.#report({ kind: 'offset-overlap', offset: baseOffset, row: id, message })
    }
    const removedBytes = this.#stretches.row({ ...row, bytes: row.data.length })
    const gap = baseOffset === expected || isCompacted
    if (this.#endPosition !== undefined && gap && position !== this.#endPosition + removedBytes) {
      const message = `the row is at position ${position} of its partition instead of ${this.#endPosition + removedBytes}`
      this.#report({ kind: 'position', offset: baseOffset, row: id, message })
    }
    this.#endPosition = position + row.data.length
    this.#next = Math.max(lastOffset + 1, this.#next ?? 0)
  }

  #followProducer(row: LogRow, at: number, isReplayed: boolean): void {
    try {
      this.#producers.batch(row.data, at, isReplayed)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      const offset = batchBaseOffset(row.data, at)
      const message = `the control batch cannot be read: ${error.message}`
      this.#report({ kind: 'batch-header', offset, row: row.id, message })
    }
  }

  /** For records without a time, and for those that compaction took, the row has one of its own. */
  #checkTime({ id, baseOffset, maxTimestamp }: LogRow, highest: number, hasUntimed: boolean): void {
    if (hasUntimed ? maxTimestamp >= highest || highest === Number.NEGATIVE_INFINITY : maxTimestamp === highest) return
    const message = `the row has ${maxTimestamp} as its highest time, but its batches ${highest}`
    this.#report({ kind: 'timestamp', offset: baseOffset, row: id, message })
  }
}
