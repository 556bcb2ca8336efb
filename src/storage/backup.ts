import { join } from 'node:path'
import { ExitCode, OperatorError } from '../base/errors.ts'
import { type BackupRow, BackupWriter } from './backup-format.ts'
import { BackupSource, type IdRange, type SourceState } from './backup-source.ts'
import { verifyRow } from './batch-verification.ts'
import { migrations } from './migrations.ts'
import { databaseName, openStoredData, readingError, tracesOfReading } from './stored-data.ts'
import { shareDirectory } from './verify-lock.ts'

export interface BackupOptions {
  /** The data directory. A node may be running on it, start or end meanwhile. */
  readonly directory: string
  readonly nowMs: () => number
  /** Takes the bytes of the backup, in order; resolves when more may come. No read is open while it waits. */
  readonly write: (bytes: Buffer) => Promise<void>
  /** Told after each piece: bytes of the log that were copied, and about how many there are. */
  readonly onProgress: (progress: { readonly bytes: number; readonly bytesMax: number }) => void
  readonly signal: AbortSignal
  /** About so much of the log is read in one transaction. Default: 4 MiB. */
  readonly readBytes?: number
}

export interface BackupSummary {
  /** The backup is the node as it was then. */
  readonly asOfMs: number
  readonly topics: number
  readonly partitions: number
  readonly rows: number
  /** Of the log. */
  readonly bytes: number
}

/** Rounds that may be overtaken by compaction or deletions. Each is far shorter than the one before. */
const roundsMax = 20

/**
 * Copies the node as it was after one commit, beside a node that goes on: records, offsets, settings, and the state of
 * producers and transactions.
 *
 * One read transaction over the whole copy would be simple, but the WAL could not be used again while it lasts, and in the
 * end producers would have to wait for it; SQLite's backup interface begins anew with each commit of another process. So the
 * log is copied first, in reads of some milliseconds: its rows never change, except by compaction, which counts what it
 * replaces. Then one read takes all that is small, and tells which rows have come and which were replaced meanwhile.
 * These are copied behind it. If compaction or a deletion has overtaken even that, there is another round for what it
 * changed. Rows that retention took away meanwhile are below the log start by then, and left out when the backup is read.
 *
 * Every batch's CRC is checked on the way. Throws `OperatorError` for a directory that cannot be read or is damaged.
 */
export async function backUp(options: BackupOptions): Promise<BackupSummary> {
  const removeTraces = tracesOfReading(join(options.directory, databaseName))
  const database = openStoredData(options.directory)
  try {
    return await new Backup(new BackupSource(database, options.readBytes), options).run()
  } catch (error) {
    throw error instanceof OperatorError ? error : wordedError(error, database.name)
  } finally {
    database.close()
    whileNobodyRuns(options.directory, removeTraces)
  }
}

/** Runs `action` unless there is a node on the directory: then the files are as much its own. */
function whileNobodyRuns(directory: string, action: () => void): void {
  try {
    const lock = shareDirectory(directory)
    action()
    lock.release()
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
  }
}

class Backup {
  readonly #source: BackupSource
  readonly #options: BackupOptions
  readonly #writer = new BackupWriter()
  #bytes = 0
  #bytesMax = 0

  constructor(source: BackupSource, options: BackupOptions) {
    this.#source = source
    this.#options = options
  }

  async run(): Promise<BackupSummary> {
    const source = this.#source
    const { nowMs, write } = this.#options
    await write(this.#writer.header({ schema: migrations.length, clusterId: source.clusterId, startedMs: nowMs() }))
    let replacements = source.replacements()
    let copiedUpto = source.lastId()
    this.#bytesMax = source.logBytes()
    await this.#copy({ afterId: 0, uptoId: copiedUpto }, range => source.rows(range))
    for (let round = 0; round < roundsMax; round++) {
      const asOfMs = nowMs()
      const state = source.state({ copiedUpto, replacements })
      if (await this.#catchUp(state, copiedUpto)) return this.#finish(state, asOfMs)
      copiedUpto = state.lastId
      replacements = state.replacements
    }
    throw new OperatorError('the log changes faster than it can be copied', {
      hint: 'take the backup while less is compacted and deleted',
      exitCode: ExitCode.failure,
    })
  }

  /** Copies what `state` has and was not copied yet. Answers whether that is what was copied. */
  async #catchUp(state: SourceState, copiedUpto: number): Promise<boolean> {
    const source = this.#source
    let isComplete = true
    const ofState = (read: () => readonly BackupRow[]): readonly BackupRow[] => {
      const { rows, isOvertaken } = source.rowsOf(state, read)
      isComplete &&= !isOvertaken
      return rows
    }
    for (const { ids, ...range } of state.stale) {
      await this.#options.write(this.#writer.void(range))
      for (const id of ids) {
        const rows = ofState(() => [source.row(id)].filter(row => row !== undefined))
        isComplete &&= rows.length > 0
        await this.#write(rows)
      }
    }
    const tail = { afterId: copiedUpto, uptoId: state.lastId }
    const tailRows = await this.#copy(tail, range => ofState(() => source.rows(range)))
    return isComplete && tailRows === state.tailRows
  }

  async #finish(state: SourceState, asOfMs: number): Promise<BackupSummary> {
    for (const text of state.tables) await this.#options.write(this.#writer.table(text))
    await this.#options.write(this.#writer.end(asOfMs))
    const { topics, partitions } = state
    return { asOfMs, topics, partitions, rows: this.#writer.rows, bytes: this.#bytes }
  }

  async #copy({ afterId, uptoId }: IdRange, read: (range: IdRange) => readonly BackupRow[]): Promise<number> {
    let count = 0
    for (let lastId = afterId; ; ) {
      const rows = read({ afterId: lastId, uptoId })
      const last = rows.at(-1)
      if (!last) return count
      await this.#write(rows)
      count += rows.length
      lastId = last.id
    }
  }

  async #write(rows: readonly BackupRow[]): Promise<void> {
    for (const row of rows) {
      this.#options.signal.throwIfAborted()
      const [fault] = verifyRow(row)
      if (fault) throw damagedRow(this.#source.nameOf(row.partitionId), fault)
      await this.#options.write(this.#writer.row(row))
      this.#bytes += row.data.length
    }
    this.#options.onProgress({ bytes: this.#bytes, bytesMax: Math.max(this.#bytes, this.#bytesMax) })
  }
}

function damagedRow(
  name: string,
  { offset, message }: { readonly offset: number; readonly message: string },
): OperatorError {
  return new OperatorError(`the data is damaged: ${name} offset ${offset}: ${message}`, {
    hint: 'streamctl check data tells all that is damaged; the last good backup stays as it is',
    exitCode: ExitCode.failure,
  })
}

function wordedError(error: unknown, file: string): unknown {
  const isOfDatabase = error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE')
  return isOfDatabase ? readingError(error, file) : error
}
