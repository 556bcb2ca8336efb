import { idsOpenMax, type Stretch } from './stretch-table.ts'
import type { Report } from './verify-findings.ts'

export interface SeenRow {
  readonly id: number
  readonly baseOffset: number
  readonly lastOffset: number
  readonly maxTimestamp: number
  readonly position: number
  readonly bytes: number
}

export interface StretchSource {
  /** The first stretch that begins above `offset`. */
  readonly after: (offset: number) => Stretch | undefined
  /** The highest id of all rows. */
  readonly newestId: number
  readonly logStartOffset: number
}

/** Compares the rows of one partition, in order, with the stretches by which readers find them. */
export class StretchVerifier {
  readonly #source: StretchSource
  readonly #report: Report
  #stretch: Stretch | undefined
  /** Of the rows in `#stretch` that came so far. */
  #first: SeenRow | undefined
  #last: SeenRow | undefined
  #maxTimestamp = Number.NEGATIVE_INFINITY
  /** The row before is in no stretch, either: one finding stands for all of them. */
  #isLost = false

  constructor(source: StretchSource, report: Report) {
    this.#source = source
    this.#report = report
    this.#stretch = source.after(-1)
  }

  /** Takes the next row. Answers how many bytes compaction took away in front of it. */
  row(row: SeenRow): number {
    while (this.#stretch && row.baseOffset > this.#stretch.lastOffset) this.#close(this.#stretch)
    const stretch = this.#stretch
    if (stretch && row.baseOffset >= stretch.baseOffset) {
      this.#isLost = false
      return this.#inside(row, stretch)
    }
    // Rows behind the last stretch are looked for among the newest ids only.
    const isLost = stretch !== undefined || row.id < this.#source.newestId - idsOpenMax
    if (isLost && !this.#isLost) {
      this.#tell(row.baseOffset, `from row ${row.id} on rows are in no stretch: nobody finds their records`, row.id)
    }
    this.#isLost = isLost
    return 0
  }

  /** No more rows follow. */
  finish(): void {
    while (this.#stretch) this.#close(this.#stretch)
  }

  #inside(row: SeenRow, stretch: Stretch): number {
    const isFirst = this.#first === undefined
    this.#first ??= row
    this.#last = row
    this.#maxTimestamp = Math.max(this.#maxTimestamp, row.maxTimestamp)
    if (row.id < stretch.firstId || row.id > stretch.lastId) {
      const ids = `${stretch.firstId} to ${stretch.lastId}`
      this.#tell(row.baseOffset, `row ${row.id} is not among ${ids}, where its stretch says: nobody finds it`, row.id)
    }
    return isFirst ? stretch.removedBytes : 0
  }

  #close(stretch: Stretch): void {
    const first = this.#first
    const last = this.#last
    if (!first || !last) this.#checkEmpty(stretch)
    else {
      const endPosition = last.position + last.bytes
      if (last.lastOffset !== stretch.lastOffset) {
        const message = `the stretch reaches to offset ${stretch.lastOffset}, but its last row to ${last.lastOffset}`
        this.#tell(stretch.baseOffset, message, last.id)
      } else if (endPosition !== stretch.endPosition) {
        const message = `the stretch ends at position ${stretch.endPosition}, but its last row at ${endPosition}`
        this.#report({ kind: 'position', offset: last.baseOffset, row: last.id, message })
      } else this.#checkTime(stretch, first)
    }
    this.#stretch = this.#source.after(stretch.baseOffset)
    this.#first = undefined
    this.#last = undefined
    this.#maxTimestamp = Number.NEGATIVE_INFINITY
  }

  #checkEmpty({ baseOffset, lastOffset }: Stretch): void {
    // Retention had it on its list.
    if (lastOffset < this.#source.logStartOffset) return
    this.#tell(baseOffset, `there are no rows in the stretch of offsets ${baseOffset} to ${lastOffset}`)
  }

  #checkTime(stretch: Stretch, first: SeenRow): void {
    // Retention may have taken the row with the highest time.
    const isWhole = first.baseOffset === stretch.baseOffset
    if (isWhole ? this.#maxTimestamp === stretch.maxTimestamp : this.#maxTimestamp <= stretch.maxTimestamp) return
    const message = `the stretch has ${stretch.maxTimestamp} as its highest time, but its rows ${this.#maxTimestamp}`
    this.#report({ kind: 'timestamp', offset: stretch.baseOffset, message })
  }

  #tell(offset: number, message: string, row?: number): void {
    this.#report({ kind: 'stretch', offset, message, ...(row === undefined ? {} : { row }) })
  }
}
