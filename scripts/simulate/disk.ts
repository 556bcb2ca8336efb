import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, statSync, truncateSync } from 'node:fs'
import path from 'node:path'
import type { Env } from '../../src/base/env.ts'
import type { StorageError } from '../../src/base/errors.ts'
import { Committer } from '../../src/storage/committer.ts'
import { CompactionSteps } from '../../src/storage/compaction-steps.ts'
import { type Compactor, compactor } from '../../src/storage/compactor.ts'
import { type Connection, checkOwner, openConnection, storageError } from '../../src/storage/database.ts'
import { type LogReader, logReader } from '../../src/storage/log-reader.ts'
import { migrate } from '../../src/storage/migrations.ts'
import type { RecoveredState } from '../../src/storage/recovered-state.ts'
import { recover } from '../../src/storage/recovery.ts'
import { rowQueries } from '../../src/storage/row-queries.ts'
import { GroupingQueue, type Write } from '../../src/storage/write-queue.ts'
import type { Dice } from './dice.ts'
import type { Fault } from './faults.ts'

export interface DiskOptions {
  readonly directory: string
  /** Of the node: what it schedules ends with it. */
  readonly env: Env
  readonly dice: Dice
  readonly fault: Fault | undefined
  readonly onFailure: (error: StorageError) => void
}

/** The WAL is folded into the database file when it is longer than this, so that a crash has little to copy. */
const walBytesMax = 4 * 1024 * 1024
const commitMs = 1
const reportMs = 1
const readMs = 0.5

/**
 * A real database behind the write queue of a node, in simulated time: a commit takes a while, the report of it takes
 * another, and so does a read. A crash may come between any two of them.
 */
export class SimulatedDisk {
  readonly state: RecoveredState
  readonly writes: GroupingQueue
  readonly reader: LogReader
  readonly compactor: Compactor
  readonly #options: DiskOptions
  readonly #file: string
  readonly #database: Connection
  readonly #committer: Committer
  readonly #sent: (readonly Write[])[] = []
  #working = false
  #unreported = 0
  /** How long the WAL was after the last commit that the node heard of. */
  #reportedWalBytes = 0
  #failing = false

  constructor(options: DiskOptions) {
    this.#options = options
    mkdirSync(options.directory, { recursive: true })
    this.#file = path.join(options.directory, 'streamctl.db')
    // Nothing is lost that was handed to the operating system: a crash is a copy of the files, see `crashInto`.
    this.#database = openConnection({ file: this.#file, synchronous: 'OFF' })
    checkOwner(this.#database, this.#file)
    migrate(this.#database, this.#file)
    const { state, start } = recover(this.#database, options.env)
    this.state = options.fault?.recovered?.(state) ?? state
    this.#committer = new Committer(this.#database, start)
    this.#reportedWalBytes = this.#walBytes()
    const port = { send: (writes: readonly Write[]) => this.#send(writes) }
    this.writes = new GroupingQueue({ clock: options.env.clock, port, onFailure: options.onFailure })
    const answer = rowQueries(this.#database)
    this.reader = logReader(async query => {
      await this.#wait(readMs)
      return answer(query)
    })
    const compaction = new CompactionSteps(this.#database)
    this.compactor = compactor(async query => {
      await this.#wait(readMs)
      return compaction.answer(query)
    })
  }

  /** The next commit finds the disk full. */
  failNext(): void {
    this.#failing = true
  }

  /** Ends as after a clean stop. */
  async close(): Promise<void> {
    await this.writes.close()
    this.#database.close()
  }

  /** After `close`: the next start is to find the data there. */
  moveTo(directory: string): void {
    renameSync(this.#options.directory, directory)
  }

  /**
   * The power goes: `directory` gets what a restart finds. Of commits that the node had not heard of, the WAL holds some
   * part, cut anywhere.
   */
  crashInto(directory: string): void {
    mkdirSync(directory, { recursive: true })
    const file = path.join(directory, 'streamctl.db')
    copyFileSync(this.#file, file)
    const walBytes = this.#walBytes()
    if (walBytes > 0) {
      copyFileSync(`${this.#file}-wal`, `${file}-wal`)
      const { dice } = this.#options
      if (walBytes > this.#reportedWalBytes) truncateSync(`${file}-wal`, dice.between(this.#reportedWalBytes, walBytes))
    }
    this.#closeWithoutCheckpoint()
    rmSync(this.#options.directory, { recursive: true })
  }

  /** SQLite folds the WAL into the file when the last connection closes, but not if that one can only read. */
  #closeWithoutCheckpoint(): void {
    const last = openConnection({ file: this.#file, synchronous: 'OFF', readOnly: true })
    last.pragma('schema_version')
    this.#database.close()
    last.close()
  }

  #send(writes: readonly Write[]): void {
    this.#sent.push(writes)
    if (this.#options.fault?.acknowledgesEarly) this.#report()
    this.#work()
  }

  /** One commit after the other. */
  #work(): void {
    const writes = this.#sent[0]
    if (!writes || this.#working) return
    this.#working = true
    this.#after(commitMs, () => {
      this.#working = false
      this.#sent.shift()
      if (this.#commit(this.#options.fault?.written?.(writes) ?? writes)) this.#work()
    })
  }

  #commit(writes: readonly Write[]): boolean {
    try {
      if (this.#failing) throw new Error('the disk is full')
      this.#committer.begin()
      for (const write of writes) {
        if ('kind' in write) this.#committer.apply(write)
        else this.#committer.append(write)
      }
      this.#committer.commit()
    } catch (error) {
      this.writes.failed(storageError(error, 'cannot write to the log'))
      return false
    }
    if (!this.#options.fault?.acknowledgesEarly) this.#report()
    if (this.#committer.trimming && this.#sent.length === 0) this.#trim()
    return true
  }

  #report(): void {
    this.#unreported++
    const walBytes = this.#walBytes()
    this.#after(reportMs, () => {
      this.#unreported--
      this.#reportedWalBytes = Math.max(this.#reportedWalBytes, walBytes)
      this.writes.committed(1)
      if (this.#unreported === 0 && this.#walBytes() > walBytesMax) this.#foldWal()
    })
  }

  /** Rows below a log start are removed a few at a time, while there is nothing else to do. */
  #trim(): void {
    this.#committer.begin()
    this.#committer.commit()
  }

  #foldWal(): void {
    this.#database.pragma('wal_checkpoint(TRUNCATE)')
    this.#reportedWalBytes = this.#walBytes()
  }

  #walBytes(): number {
    return existsSync(`${this.#file}-wal`) ? statSync(`${this.#file}-wal`).size : 0
  }

  #after(typicalMs: number, action: () => void): void {
    this.#options.env.clock.after(this.#options.dice.delayMs(typicalMs), action)
  }

  #wait(typicalMs: number): Promise<void> {
    return new Promise(resolve => this.#after(typicalMs, resolve))
  }
}
