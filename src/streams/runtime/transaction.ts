import type { Clock } from '../../base/env.ts'
import type { Delivery } from '../../client/producer-options.ts'
import type { TopicWriter } from '../../client/topic-writer.ts'
import type { OffsetInTransaction } from '../../client/transaction-coordinator.ts'
import { encodeNote } from './offset-metadata.ts'
import type { Output } from './output.ts'
import type { StreamTask } from './stream-task.ts'

export interface TransactionOptions {
  readonly clock: Clock
  readonly commitIntervalMs: number
  readonly transactionTimeoutMs: number
  /** What may wait to be written to the files of tables that do not fit into memory. */
  readonly unwrittenBytesMax: number
  /** Makes an output, now and after a time-out. */
  readonly newOutput: (onDelivery: (delivery: Delivery) => void) => Output
  readonly onCommitted: (latencyMs: number) => void
  /** A commit has failed that nobody waits for: `check` throws it. */
  readonly onFailure: () => void
}

/**
 * Files are written so seldom: a row that changes again meanwhile is written once. Tables that lie in their files have rows
 * all over them, which cost the less, the more are written at once: they may wait longer, as long as there is room for them.
 */
const stateWriteMs = { inMemory: 1_000, inFile: 10_000 } as const

/**
 * What the tasks of a thread do between two commits: outputs, changelogs and offsets together. The files of the tasks follow
 * what was committed, never the other way round. While one commit is on its way, tasks may go on: what they write is kept
 * back until the next transaction has begun. At most one commit is on its way.
 */
export class ThreadTransaction {
  readonly #options: TransactionOptions
  readonly #writers = new Map<string, TopicWriter>()
  /** Offsets behind what was delivered to each partition since the last commit. */
  readonly #delivered = new Map<string, number>()
  #output: Output
  /** The output takes records now, and sends them. */
  #hasBegun = false
  /** Since when there is something to commit next. */
  #openSince: number | undefined
  /** The commit that is on its way; resolves also when it fails. */
  #committing: Promise<void> | undefined
  #committingSince: number | undefined
  #failure: { readonly error: unknown } | undefined
  #isClosed = false
  #writtenAt = 0
  #lastCommit = 0

  constructor(options: TransactionOptions) {
    this.#options = options
    this.#output = this.#newOutput()
  }

  get isOpen(): boolean {
    return this.#openSince !== undefined
  }

  /** More is on its way than may be: wait for `room`. */
  get isFull(): boolean {
    return this.#output.isFull
  }

  /** It has been open for so long that the broker may have aborted it. */
  get hasTimedOut(): boolean {
    const since = this.#committingSince ?? this.#openSince
    return since !== undefined && this.#forMs(since) > this.#options.transactionTimeoutMs * 0.8
  }

  /** How long until the present transaction is to be committed; Infinity where none is open. */
  get dueMs(): number {
    const since = this.#openSince
    return since === undefined ? Number.POSITIVE_INFINITY : this.#options.commitIntervalMs - this.#forMs(since)
  }

  /** How long ago the last commit was. */
  get idleMs(): number {
    return this.#forMs(this.#lastCommit)
  }

  /** Waits until less is on its way. Throws what a commit has failed with. */
  async room(): Promise<void> {
    // What is kept back for the next transaction cannot leave before.
    await this.settled()
    await this.#output.room()
  }

  /**
   * Has the broker give up what a killed predecessor of this member left open: the next owner of its tasks, mostly this one,
   * would wait for that until it times out, as for offsets that are not decided.
   */
  async takeOver(): Promise<void> {
    await this.#output.begin()
    await this.#output.abort()
  }

  /** Looks a topic up, so that `writer` knows it. */
  async prepareWriter(topic: string): Promise<void> {
    if (!this.#writers.has(topic)) this.#writers.set(topic, await this.#output.topic(topic))
  }

  writer(topic: string): TopicWriter {
    return this.#writers.get(topic)!
  }

  /** Tasks may write from now on. */
  async begin(): Promise<void> {
    if (this.isOpen) return
    if (!this.#committing) await this.#beginOutput()
    this.#openSince = this.#options.clock.monotonic()
  }

  /**
   * Begins to commit what the tasks have done so far; they may go on as soon as this resolves. Waits for the commit before.
   * Throws what that has failed with.
   */
  async start(tasks: Iterable<StreamTask>): Promise<void> {
    await this.settled()
    const dirty = [...tasks].filter(task => task.isDirty)
    if (dirty.length === 0 && !this.isOpen) return
    await this.begin()
    this.#committing = this.#commit(dirty, tasks).catch(error => {
      this.#failure = { error }
      this.#committing = undefined
      this.#options.onFailure()
    })
  }

  /** Commits what the tasks have done so far. Throws what this or the commit before has failed with. */
  async commit(tasks: Iterable<StreamTask>): Promise<void> {
    await this.start(tasks)
    await this.settled()
  }

  /** Waits for the commit that is on its way. Throws what it has failed with, as often as it is asked until `abort`. */
  async settled(): Promise<void> {
    await this.#committing
    this.check()
  }

  /** Throws what a commit has failed with. */
  check(): void {
    if (this.#failure) throw this.#failure.error
  }

  /** Gives up what was written since the last commit that has not failed. */
  async abort(): Promise<void> {
    await this.#committing
    this.#failure = undefined
    this.#openSince = undefined
    this.#committingSince = undefined
    this.#delivered.clear()
    if (!this.#hasBegun) return
    this.#hasBegun = false
    await this.#output.abort()
  }

  /** Begins anew with another output: for one that the broker does not take anything from any more. */
  renew(): void {
    this.#output.close()
    this.#writers.clear()
    this.#delivered.clear()
    this.#openSince = undefined
    this.#hasBegun = false
    this.#output = this.#newOutput()
  }

  /** Leaves at once. A commit that is on its way touches no file any more. */
  close(): void {
    this.#isClosed = true
    this.#output.close()
  }

  #forMs(since: number): number {
    return this.#options.clock.monotonic() - since
  }

  async #beginOutput(): Promise<void> {
    await this.#output.begin()
    this.#hasBegun = true
  }

  /** Up to its first wait this is one moment: what tasks do afterwards belongs to the next transaction. */
  async #commit(dirty: readonly StreamTask[], tasks: Iterable<StreamTask>): Promise<void> {
    const startMs = this.#options.clock.monotonic()
    for (const task of dirty) task.writeChanges()
    const offsets = dirty.flatMap(task => this.#offsetsOf(task))
    for (const task of dirty) task.handedOver()
    this.#committingSince = this.#openSince
    this.#openSince = undefined
    await this.#output.commit(offsets)
    this.#hasBegun = false
    if (this.#isClosed) return
    for (const task of dirty) this.#committed(task)
    this.#delivered.clear()
    this.#committingSince = undefined
    this.#lastCommit = this.#options.clock.monotonic()
    this.#options.onCommitted(this.#lastCommit - startMs)
    if (this.isOpen) await this.#beginOutput()
    this.#committing = undefined
    if (!this.#isClosed) this.#writeStates(tasks)
  }

  #committed(task: StreamTask): void {
    for (const changelog of task.state.changelogs) {
      const behind = this.#delivered.get(`${changelog}/${task.partition}`)
      if (behind !== undefined) task.state.advance(changelog, behind)
    }
    // What no changelog brings back is written at once.
    if (task.state.isUnlogged) task.state.write()
  }

  #writeStates(tasks: Iterable<StreamTask>): void {
    const sinceMs = this.#forMs(this.#writtenAt)
    const waiting = [...tasks].reduce((sum, { state }) => sum + state.unwrittenBytes, 0)
    const isInFile = waiting > 0 && waiting < this.#options.unwrittenBytesMax
    if (sinceMs < (isInFile ? stateWriteMs.inFile : stateWriteMs.inMemory)) return
    for (const task of tasks) task.state.write()
    this.#writtenAt = this.#options.clock.monotonic()
  }

  #offsetsOf(task: StreamTask): OffsetInTransaction[] {
    return task.inputs.map(({ topic, partition, position }, at) => ({
      topic,
      partition,
      offset: position,
      metadata: at === 0 ? encodeNote(task.note) : '',
    }))
  }

  #newOutput(): Output {
    return this.#options.newOutput(({ topic, partition, baseOffset, recordCount }) => {
      if (baseOffset >= 0) this.#delivered.set(`${topic}/${partition}`, baseOffset + recordCount)
    })
  }
}
