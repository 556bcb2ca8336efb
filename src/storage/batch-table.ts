import { batchLeaderEpoch } from '../protocol/records/batch.ts'
import type { Connection } from './database.ts'
import { type Stretch, timeIndex } from './time-index.ts'
import type { Append } from './write-queue.ts'

/** A row takes no further batch of the same commit group when it would grow beyond this. */
export const rowBytesMax = 1024 * 1024

/** What a new row needs to know of the rows before it. */
interface PartitionEnd {
  position: number
  readonly stretch: Stretch
}

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
  readonly #newest
  readonly #partitionExists
  readonly #timeIndex
  readonly #ends = new Map<number, PartitionEnd | 'deleted'>()
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
    this.#newest = database.prepare(`
      SELECT position + length(data) FROM batch WHERE partition_id = ? ORDER BY base_offset DESC LIMIT 1
    `)
    this.#newest.pluck()
    this.#partitionExists = database.prepare('SELECT 1 FROM partition WHERE partition_id = ?').pluck()
    this.#timeIndex = timeIndex(database)
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
    for (const [partitionId, row] of this.#openRows) this.#write(partitionId, row)
    this.#openRows.clear()
  }

  /** Looks a partition up anew at its next batch: it has been deleted. */
  forget(partitionId: number): void {
    this.#ends.delete(partitionId)
  }

  /** Rows and bytes written since the last call. */
  takeWritten(): { rows: number; bytes: number } {
    const written = { rows: this.#rowsWritten, bytes: this.#bytesWritten }
    this.#rowsWritten = 0
    this.#bytesWritten = 0
    return written
  }

  #write(partitionId: number, row: OpenRow): void {
    const end = this.#end(partitionId)
    // The topic was deleted while the batch was on its way.
    if (end === 'deleted') return
    const data = this.#joined(row)
    this.#insert.run(
      ++this.#lastId,
      partitionId,
      row.baseOffset,
      row.lastOffset,
      row.maxTimestamp,
      batchLeaderEpoch(data),
      end.position,
      data,
    )
    end.position += row.bytes
    this.#timeIndex.extend(partitionId, end.stretch, row)
    this.#rowsWritten++
    this.#bytesWritten += row.bytes
  }

  #end(partitionId: number): PartitionEnd | 'deleted' {
    let end = this.#ends.get(partitionId)
    if (end === undefined) {
      end =
        this.#partitionExists.get(partitionId) === undefined
          ? 'deleted'
          : { position: Number(this.#newest.get(partitionId) ?? 0), stretch: this.#timeIndex.openStretch(partitionId) }
      this.#ends.set(partitionId, end)
    }
    return end
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
