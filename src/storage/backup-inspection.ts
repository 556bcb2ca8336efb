import { ExitCode, OperatorError } from '../base/errors.ts'
import { batchMaxTimestamp, batchRecordCount } from '../protocol/records/batch.ts'
import { type BackupFrame, BackupReader } from './backup-format.ts'
import { verifyRow } from './batch-verification.ts'

/** What a backup holds. */
export interface BackupContents {
  readonly clusterId: string
  readonly asOfMs: number
  readonly topics: number
  readonly partitions: number
  readonly groups: number
  readonly records: number
  /** Of the file. */
  readonly bytes: number
  /** The highest time of a record; undefined without any. */
  readonly newestMs: number | undefined
}

export interface InspectOptions {
  readonly source: AsyncIterable<Buffer>
  /** How errors call it. */
  readonly name: string
  /** Told after each piece: bytes that were read. */
  readonly onProgress: (bytes: number) => void
  readonly signal: AbortSignal
}

/**
 * Reads all of a backup and checks what a restore would check, without writing anything: each frame and that none is
 * missing, each batch's CRC and header. Rejects with `OperatorError` for the first thing that is wrong.
 */
export async function inspectBackup({ source, name, onProgress, signal }: InspectOptions): Promise<BackupContents> {
  const reader = new BackupReader(name)
  const inspection = new Inspection(name)
  let bytes = 0
  for await (const piece of source) {
    signal.throwIfAborted()
    for (const frame of reader.push(piece)) inspection.take(frame)
    bytes += piece.length
    onProgress(bytes)
  }
  reader.finish()
  return { ...inspection.contents(), bytes }
}

class Inspection {
  readonly #name: string
  readonly #tableRows = new Map<string, number>()
  #clusterId = ''
  #asOfMs = -1
  #records = 0
  #newestMs = Number.NEGATIVE_INFINITY

  constructor(name: string) {
    this.#name = name
  }

  take(frame: BackupFrame): void {
    if (frame.kind === 'header') this.#clusterId = frame.header.clusterId
    else if (frame.kind === 'end') this.#asOfMs = frame.end.asOfMs
    else if (frame.kind === 'table') {
      const { table, rows } = frame.table
      this.#tableRows.set(table, (this.#tableRows.get(table) ?? 0) + rows.length)
    } else if (frame.kind === 'row') {
      const { data } = frame.row
      const [fault] = verifyRow(frame.row, at => {
        this.#records += batchRecordCount(data, at)
        this.#newestMs = Math.max(this.#newestMs, batchMaxTimestamp(data, at))
      })
      if (!fault) return
      const message = `${this.#name} holds damaged data: row ${frame.row.id} offset ${fault.offset}: ${fault.message}`
      throw new OperatorError(message, { hint: 'take another backup', exitCode: ExitCode.failure })
    }
  }

  contents(): Omit<BackupContents, 'bytes'> {
    const count = (table: string): number => this.#tableRows.get(table) ?? 0
    return {
      clusterId: this.#clusterId,
      asOfMs: this.#asOfMs,
      topics: count('topic'),
      partitions: count('partition'),
      groups: count('consumer_group'),
      records: this.#records,
      newestMs: this.#newestMs < 0 ? undefined : this.#newestMs,
    }
  }
}
