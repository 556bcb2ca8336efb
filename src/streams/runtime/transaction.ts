import type { Clock } from '../../base/env.ts'
import type { Delivery } from '../../client/producer-options.ts'
import type { TopicWriter } from '../../client/topic-writer.ts'
import type { OffsetInTransaction } from '../../client/transaction-coordinator.ts'
import type { TopologyPlan } from '../topology/topology.ts'
import { storeSignatures } from './fingerprint.ts'
import { encodeNote } from './offset-metadata.ts'
import type { Output } from './output.ts'
import type { StreamTask } from './stream-task.ts'

export interface TransactionOptions {
  readonly clock: Clock
  readonly plan: TopologyPlan
  readonly commitIntervalMs: number
  readonly transactionTimeoutMs: number
  /** Makes an output, now and after a time-out. */
  readonly newOutput: (onDelivery: (delivery: Delivery) => void) => Output
  readonly onCommitted: (latencyMs: number) => void
}

/** Files are written so seldom: a row that changes again meanwhile is written once. */
const stateWriteMs = 1_000

/**
 * What the tasks of a thread do between two commits: outputs, changelogs and offsets together. The files of the tasks follow
 * what was committed, never the other way round.
 */
export class ThreadTransaction {
  readonly #options: TransactionOptions
  readonly #writers = new Map<string, TopicWriter>()
  /** Offsets behind what was delivered to each partition since the last commit. */
  readonly #delivered = new Map<string, number>()
  #output: Output
  #openSince: number | undefined
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
    return this.#openSince !== undefined && this.#openForMs > this.#options.transactionTimeoutMs * 0.8
  }

  /** How long until the present transaction is to be committed; Infinity where none is open. */
  get dueMs(): number {
    return this.isOpen ? this.#options.commitIntervalMs - this.#openForMs : Number.POSITIVE_INFINITY
  }

  /** How long ago the last commit was. */
  get idleMs(): number {
    return this.#options.clock.monotonic() - this.#lastCommit
  }

  room(): Promise<void> {
    return this.#output.room()
  }

  /** Looks a topic up, so that `writer` knows it. */
  async prepareWriter(topic: string): Promise<void> {
    if (!this.#writers.has(topic)) this.#writers.set(topic, await this.#output.topic(topic))
  }

  writer(topic: string): TopicWriter {
    return this.#writers.get(topic)!
  }

  async begin(): Promise<void> {
    if (this.isOpen) return
    await this.#output.begin()
    this.#openSince = this.#options.clock.monotonic()
  }

  /** Commits what the tasks have done since the last commit. */
  async commit(tasks: Iterable<StreamTask>): Promise<void> {
    const dirty = [...tasks].filter(task => task.isDirty)
    if (dirty.length === 0 && !this.isOpen) return
    await this.begin()
    const startMs = this.#options.clock.monotonic()
    for (const task of dirty) task.writeChanges()
    await this.#output.commit(dirty.flatMap(task => this.#offsetsOf(task)))
    this.#openSince = undefined
    for (const task of dirty) this.#committed(task)
    this.#delivered.clear()
    this.#lastCommit = this.#options.clock.monotonic()
    this.#options.onCommitted(this.#lastCommit - startMs)
    this.#writeStates(tasks)
  }

  /** Gives up what was written since `begin`. */
  async abort(): Promise<void> {
    if (!this.isOpen) return
    this.#openSince = undefined
    this.#delivered.clear()
    await this.#output.abort()
  }

  /** Begins anew with another output: for one that the broker does not take anything from any more. */
  renew(): void {
    this.#output.close()
    this.#writers.clear()
    this.#delivered.clear()
    this.#openSince = undefined
    this.#output = this.#newOutput()
  }

  close(): void {
    this.#output.close()
  }

  get #openForMs(): number {
    return this.#options.clock.monotonic() - this.#openSince!
  }

  #committed(task: StreamTask): void {
    task.committed()
    for (const changelog of task.state.changelogs) {
      const behind = this.#delivered.get(`${changelog}/${task.partition}`)
      if (behind !== undefined) task.state.advance(changelog, behind)
    }
    // What no changelog brings back is written at once.
    if (task.state.isUnlogged) task.state.write()
  }

  #writeStates(tasks: Iterable<StreamTask>): void {
    const { clock } = this.#options
    if (clock.monotonic() - this.#writtenAt < stateWriteMs) return
    for (const task of tasks) task.state.write()
    this.#writtenAt = clock.monotonic()
  }

  #offsetsOf(task: StreamTask): OffsetInTransaction[] {
    const stores = storeSignatures(this.#options.plan, task.subTopology)
    return task.inputs.map(({ topic, partition, position }, at) => ({
      topic,
      partition,
      offset: position,
      metadata: at === 0 ? encodeNote({ marks: task.marks, stores }) : '',
    }))
  }

  #newOutput(): Output {
    return this.#options.newOutput(({ topic, partition, baseOffset, recordCount }) => {
      if (baseOffset >= 0) this.#delivered.set(`${topic}/${partition}`, baseOffset + recordCount)
    })
  }
}
