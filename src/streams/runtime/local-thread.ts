import type { Clock } from '../../base/env.ts'
import { readStore } from '../serving/read-store.ts'
import type {
  StoreRequest,
  TaskAnswer,
  TaskDescription,
  TaskPosition,
  TaskState,
} from '../serving/running-application.ts'
import type { StreamTask } from './stream-task.ts'
import { StreamThread } from './stream-thread.ts'
import type { HeldState } from './task-set.ts'
import type { OpenStore } from './task-state.ts'
import type { ThreadHandle, ThreadReport } from './thread-handle.ts'
import type { ThreadOptions } from './thread-options.ts'

/** Rates are those since the last look, but no shorter than this. */
const rateWindowMs = 500

interface Rate {
  readonly atMs: number
  readonly count: number
  perSecond: number
}

/** A thread of the application that runs in this thread of the process. */
export class LocalThread implements ThreadHandle {
  readonly #thread: StreamThread
  readonly #clock: Clock
  readonly #number: number
  readonly #rates = new Map<string, Rate>()

  constructor(options: ThreadOptions) {
    this.#thread = new StreamThread(options)
    this.#clock = options.env.clock
    this.#number = options.thread
  }

  run(): Promise<void> {
    return this.#thread.run()
  }

  stop(): void {
    this.#thread.stop()
  }

  async report(): Promise<ThreadReport> {
    const { meter, tasks, restorer, phase } = this.#thread
    const running = [...tasks.running.values()]
    return {
      thread: this.#number,
      phase,
      tasks: [
        ...running.map(task => this.#running(task)),
        ...[...tasks.restoring.values()].map(held => this.#held(held, 'restoring')),
        ...[...tasks.standbys.values()].map(held => this.#held(held, 'standby')),
      ],
      records: meter.records,
      recordsPerSecond: this.#rate('', meter.records),
      commits: meter.commits,
      commitSeconds: meter.committedMs / 1_000,
      latenciesMs: meter.latenciesMs,
      restoredRecords: restorer.restoredRecords,
      dropped: [...meter.droppedBy].map(([key, count]) => {
        const [node = '', reason = ''] = key.split('\0')
        return [node, reason, count]
      }),
      deadLetters: meter.deadLetters,
    }
  }

  async answer(name: string, request: StoreRequest): Promise<readonly TaskAnswer[]> {
    const { tasks, globals } = this.#thread
    const global = globals.stores.get(name)
    if (global) {
      const page = readStore(readable(global), request)
      return [{ ...page, task: 'global', partition: 0, state: 'running', positions: [], lag: null, restored: 1 }]
    }
    const answers: TaskAnswer[] = []
    const add = (
      store: OpenStore | undefined,
      { task, partition, state, positions, lag, restored }: TaskDescription,
    ) => {
      if (!store || (request.task !== undefined && request.task !== task)) return
      answers.push({ ...readStore(readable(store), request), task, partition, state, positions, lag, restored })
    }
    for (const task of tasks.running.values()) add(task.state.stores.get(name), this.#running(task))
    for (const held of tasks.restoring.values()) add(held.state.stores.get(name), this.#held(held, 'restoring'))
    for (const held of tasks.standbys.values()) add(held.state.stores.get(name), this.#held(held, 'standby'))
    return answers
  }

  #running(task: StreamTask): TaskDescription {
    const positions: TaskPosition[] = task.inputs.map(({ topic, partition, position, endOffset }) => ({
      topic,
      partition,
      offset: position,
      end: endOffset ?? null,
    }))
    const isKnown = positions.every(({ end }) => end !== null)
    return {
      task: task.id,
      state: 'running',
      partition: task.partition,
      thread: this.#number,
      positions,
      lag: isKnown ? positions.reduce((sum, { offset, end }) => sum + Math.max(0, (end ?? 0) - offset), 0) : null,
      restored: 1,
      recordsPerSecond: this.#rate(task.id, task.processed),
    }
  }

  #held({ id, partition, state }: HeldState, as: TaskState): TaskDescription {
    const { share, lag, positions } = this.#thread.restorer.progress(partition, state)
    return {
      task: id,
      state: as,
      partition,
      thread: this.#number,
      positions,
      lag,
      restored: share,
      recordsPerSecond: 0,
    }
  }

  #rate(of: string, count: number): number {
    const atMs = this.#clock.monotonic()
    const before = this.#rates.get(of)
    if (!before) {
      this.#rates.set(of, { atMs, count, perSecond: 0 })
      return 0
    }
    const passedMs = atMs - before.atMs
    if (passedMs < rateWindowMs) return before.perSecond
    const perSecond = Math.max(0, ((count - before.count) * 1_000) / passedMs)
    this.#rates.set(of, { atMs, count, perSecond })
    return perSecond
  }
}

/** A store that does not process has nothing over its rows yet: it is made for the one who asks. */
function readable({ definition, table, store }: OpenStore) {
  return { definition, table, store: store ?? definition.create(table) }
}
