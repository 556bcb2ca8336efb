import path from 'node:path'
import type { Env } from '../../base/env.ts'
import { OperatorError } from '../../base/errors.ts'
import type { Cluster } from '../../client/cluster.ts'
import type { AnsweredBatches } from '../../client/fetched-records.ts'
import { endOffsets, findTopic, startOffsets } from '../../client/list-offsets.ts'
import { Reader } from '../../client/reader.ts'
import { Marks } from '../state/marks.ts'
import type { StateMemory } from '../state/state-memory.ts'
import { Task } from '../task/task.ts'
import type { Application } from '../topology/application.ts'
import type { SubTopology } from '../topology/topology.ts'
import { PartitionInput } from './partition-input.ts'
import { type OpenStore, TaskState } from './task-state.ts'

export interface GlobalTablesOptions {
  readonly env: Env
  readonly cluster: Cluster
  readonly application: Application
  /** Where the file of each table is kept: each thread has its own. */
  readonly directory: string
  readonly thread: number
  readonly memory: StateMemory
  readonly onFailure: (error: unknown) => void
  readonly onNotice: (text: string) => void
}

const cacheBytes = 16 * 1024 * 1024
/** Changes are written once there are so many. */
const writtenEvery = 20_000

/**
 * The global tables of a thread: all rows of their topics, read before anything is processed and kept up to date from then on.
 * Their files save the reading at the next start.
 */
export class GlobalTables {
  readonly #options: GlobalTablesOptions
  readonly #stores = new Map<string, OpenStore>()
  readonly #states: TaskState[] = []
  readonly #inputs = new Map<
    string,
    { readonly input: PartitionInput; readonly task: Task; readonly state: TaskState }
  >()
  readonly #reader: Reader
  #running: Promise<void> | undefined
  #unwritten = 0
  /** Partitions that are not read up to where they ended at the start. */
  readonly #behind = new Map<string, number>()
  readonly #complete = Promise.withResolvers<void>()

  constructor(options: GlobalTablesOptions) {
    this.#options = options
    this.#reader = new Reader(options.cluster, { onNotice: options.onNotice })
  }

  /** Reads what is there. */
  async start(): Promise<void> {
    const parts = this.#options.application.plan.subTopologies.filter(({ global }) => global)
    for (const part of parts) await this.#open(part)
    if (parts.length === 0) return
    this.#running = this.#reader
      .run(fetched => this.#take(fetched), { idle: true })
      .catch(error => {
        this.#complete.reject(error)
        this.#options.onFailure(error)
      })
    if (this.#behind.size > 0) await this.#complete.promise
  }

  store(name: string): unknown {
    return this.#stores.get(name)?.store
  }

  get stores(): ReadonlyMap<string, OpenStore> {
    return this.#stores
  }

  async close(): Promise<void> {
    this.#reader.stop()
    await this.#running
    for (const state of this.#states) {
      this.#write(state)
      state.close()
    }
  }

  async #open(part: SubTopology): Promise<void> {
    const { application, directory, thread, memory, env, cluster } = this.#options
    const file = path.join(directory, `global-${part.id}-${thread}.db`)
    const state = new TaskState({ file, application: application.name, subTopology: part, memory, cacheBytes })
    this.#states.push(state)
    for (const topic of part.sourceTopics) await this.#identify(topic, state)
    state.createStores()
    for (const [name, store] of state.stores) this.#stores.set(name, store)
    const task = new Task(part, {
      partition: 0,
      store: name => this.#stores.get(name)?.store,
      marks: new Marks(),
      now: () => env.clock.now(),
      output: () => {},
    })
    for (const name of part.sourceTopics) {
      const topic = await findTopic(cluster, name)
      const partitions = topic.partitions.map(({ partition }) => partition)
      const [first, end] = [
        await startOffsets(cluster, topic, partitions),
        await endOffsets(cluster, topic, partitions),
      ]
      for (const partition of partitions) {
        const key = keyOf(name, partition)
        const offset = Math.max(first.get(partition) ?? 0, state.position(key) ?? 0)
        const source = task.source(name)!
        const place = { topic: name, plainTopic: name, partition, offset }
        const input = new PartitionInput(source, place, error => {
          // There is no transaction that a dead letter could be written in: whatever is not to be fatal is left out.
          if (source.onInvalid === 'fail') throw new OperatorError(error.message, { cause: error, hint: invalidHint })
        })
        this.#inputs.set(key, { input, task, state })
        if (offset < (end.get(partition) ?? 0)) this.#behind.set(key, end.get(partition) ?? 0)
        this.#reader.add({
          topic: name,
          topicId: topic.topicId,
          partition,
          offset,
          endOffset: Number.POSITIVE_INFINITY,
        })
      }
    }
  }

  async #identify(name: string, state: TaskState): Promise<void> {
    const topic = await findTopic(this.#options.cluster, name)
    state.identifySource(name, topic.topicId)
  }

  #take(fetched: AnsweredBatches): void {
    const key = keyOf(fetched.topic, fetched.partition)
    const { input, task, state } = this.#inputs.get(key)!
    input.add(fetched)
    for (let record = input.peek(); record !== undefined; record = input.peek()) {
      task.process(fetched.topic, record)
      input.take()
      this.#unwritten++
    }
    state.advance(key, input.position)
    if (this.#unwritten >= writtenEvery) for (const open of this.#states) this.#write(open)
    const end = this.#behind.get(key)
    if (end === undefined || input.position < end) return
    this.#behind.delete(key)
    if (this.#behind.size === 0) this.#complete.resolve()
  }

  #write(state: TaskState): void {
    this.#unwritten = 0
    state.drain(() => {})
    state.write()
  }
}

const invalidHint = "onInvalid: 'skip' at its topic leaves such records out"

function keyOf(topic: string, partition: number): string {
  return `${topic}/${partition}`
}
