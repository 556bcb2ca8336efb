import { batchLeaderEpoch } from '../protocol/records/batch.ts'
import type { Connection } from './database.ts'
import { PartitionTails } from './partition-tails.ts'
import type { Append } from './write-queue.ts'

/** A row takes no further batch of the same commit group when it would grow beyond this. */
export const rowBytesMax = 1024 * 1024

interface OpenRow {
  readonly baseOffset: number
  lastOffset: number
  maxTimestamp: number
  bytes: number
  readonly batches: Buffer[]
}

/** Writes batches: those of one partition that come between two calls of `writeRows` share rows of about 1 MiB. */
export class BatchWriter {
  readonly #insert
  readonly #tails: PartitionTails
  readonly #openRows = new Map<number, OpenRow>()
  #lastId: number
  #scratch = Buffer.allocUnsafeSlow(0)
  #rowsWritten = 0
  #bytesWritten = 0

  /** `lastId`: ids up to this one have been used, even if those rows are gone. */
  constructor(database: Connection, lastId: number) {
    this.#insert = database.prepare(`
      INSERT INTO batch (id, partition_id, base_offset, last_offset, max_timestamp, leader_epoch, position, data)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    `)
    this.#tails = new PartitionTails(database)
    this.#lastId = Math.max(lastId, Number(database.prepare('SELECT max(id) FROM batch').pluck().get() ?? 0))
  }

  /** The newest row's id. */
  get lastId(): number {
    return this.#lastId
  }

  /** Takes a batch up; it is in the database after `writeRows`. */
  add(append: Append): void {
    let row = this.#openRows.get(append.partitionId)
    if (row && row.bytes + append.data.length > rowBytesMax) {
      this.#write(append.partitionId, row)
      row = undefined
    }
    if (row) {
      row.lastOffset = append.lastOffset
      row.maxTimestamp = Math.max(row.maxTimestamp, append.maxTimestamp)
      row.bytes += append.data.length
      row.batches.push(append.data)
    } else {
      const { baseOffset, lastOffset, maxTimestamp, data } = append
      this.#openRows.set(append.partitionId, {
        baseOffset,
        lastOffset,
        maxTimestamp,
        bytes: data.length,
        batches: [data],
      })
    }
  }

  /** Writes what `add` took up. */
  writeRows(): void {
    if (this.#openRows.size === 0) return
    for (const [partitionId, row] of this.#openRows) this.#write(partitionId, row)
    this.#openRows.clear()
    this.#tails.closeStale(this.#lastId)
  }

  /** Ends the partition's open stretch: its rows belong to those that may be replaced. */
  closeStretch(partitionId: number): void {
    this.writeRows()
    this.#tails.close(partitionId)
  }

  /** Looks a partition up anew at its next batch: it has been deleted. */
  forget(partitionId: number): void {
    this.#tails.forget(partitionId)
  }

  /** Rows and bytes written since the last call. */
  takeWritten(): { rows: number; bytes: number } {
    const written = { rows: this.#rowsWritten, bytes: this.#bytesWritten }
    this.#rowsWritten = 0
    this.#bytesWritten = 0
    return written
  }

  #write(partitionId: number, row: OpenRow): void {
    const position = this.#tails.position(partitionId)
    // The topic was deleted while the batch was on its way.
    if (position === undefined) return
    const { baseOffset, lastOffset, maxTimestamp, bytes } = row
    const data = this.#joined(row)
    const id = ++this.#lastId
    this.#insert.run(id, partitionId, baseOffset, lastOffset, maxTimestamp, batchLeaderEpoch(data), position, data)
    this.#tails.add(partitionId, { id, baseOffset, lastOffset, maxTimestamp, bytes })
    this.#rowsWritten++
    this.#bytesWritten += bytes
  }

  /** What lies in one piece is bound where it is; the rest is copied together, into memory that is used again. */
  #joined(row: OpenRow): Buffer {
    const [first] = row.batches
    if (first && isOnePiece(row.batches)) return Buffer.from(first.buffer, first.byteOffset, row.bytes)
    if (this.#scratch.length < row.bytes) this.#scratch = Buffer.allocUnsafeSlow(Math.max(row.bytes, rowBytesMax))
    let at = 0
    for (const batch of row.batches) {
      this.#scratch.set(batch, at)
      at += batch.length
    }
    return this.#scratch.subarray(0, at)
  }
}

/** Whether the buffers follow each other in the same memory. */
function isOnePiece(buffers: readonly Buffer[]): boolean {
  return buffers.every((buffer, at) => {
    const before = buffers[at - 1]
    return !before || (before.buffer === buffer.buffer && before.byteOffset + before.length === buffer.byteOffset)
  })
}
