import { mkdirSync, readdirSync } from 'node:fs'
import path from 'node:path'
import type { Cluster } from '../../client/cluster.ts'
import { findTopic, startOffsets } from '../../client/list-offsets.ts'
import { type GroupCommits, stableCommits } from '../../client/transaction-offsets.ts'
import type { StateMemory } from '../state/state-memory.ts'
import type { Application } from '../topology/application.ts'
import type { SubTopology } from '../topology/topology.ts'
import { storeSignatures } from './fingerprint.ts'
import type { AssignmentData } from './member-data.ts'
import { decodeNote, type TaskNote } from './offset-metadata.ts'
import { wholeTopic } from './partition-plan.ts'
import type { Restorer } from './restorer.ts'
import type { SourcePlace, StreamTask } from './stream-task.ts'
import { storedPositionSum, TaskState } from './task-state.ts'

/** Where the state of one task comes from and goes to, before it processes or without. */
export interface HeldState {
  readonly id: string
  readonly subTopology: SubTopology
  readonly partition: number
  readonly state: TaskState
  readonly cancel: AbortController
}

export interface TaskSetOptions {
  readonly cluster: Cluster
  readonly application: Application
  /** Where the files of all tasks of this process are. */
  readonly directory: string
  readonly memory: StateMemory
  readonly restorer: Restorer
  /** Makes a task of restored state. */
  start(
    held: HeldState,
    place: { readonly sources: readonly SourcePlace[]; readonly note: TaskNote },
  ): Promise<StreamTask>
  /** A task has begun to process, or could not. */
  onStarted(task: StreamTask, sources: readonly SourcePlace[]): void
  onFailure(error: unknown): void
}

/** What SQLite may keep of a task's file in memory: as much as makes a difference, … */
const cacheBytesMax = 16 * 1024 * 1024
/** … but of all files together no more than this part of what rows may take. */
const cacheShare = 1 / 4

/** The tasks of one thread: those that process, those whose state is being built up to process, and standbys. */
export class TaskSet {
  readonly running = new Map<string, StreamTask>()
  readonly restoring = new Map<string, HeldState>()
  readonly standbys = new Map<string, HeldState>()
  /** Standbys that are to process here as soon as they have caught up. */
  readonly warmups = new Set<string>()
  readonly #options: TaskSetOptions
  /** Positions of state that is on disk and not open here. */
  readonly #closed: Map<string, number>
  #cacheBytes = 0

  constructor(options: TaskSetOptions) {
    this.#options = options
    mkdirSync(options.directory, { recursive: true })
    this.#closed = new Map(this.#onDisk())
  }

  /** The tasks that this thread holds on to: nobody else may begin with them. */
  get claimed(): readonly string[] {
    return [...this.running.keys(), ...this.restoring.keys()]
  }

  /** When something of a task is called by the wall clock next, milliseconds since 1970; Infinity where nothing is. */
  get nextWallClock(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...[...this.running.values()].map(task => task.nextWallClock))
  }

  /** How far the state of each task is that this process has, as the sum of its positions. */
  get stateSums(): Readonly<Record<string, number>> {
    const open = [...this.running.values(), ...this.restoring.values(), ...this.standbys.values()]
    return Object.fromEntries([...this.#closed, ...open.map(({ id, state }) => [id, sumOf(state)] as const)])
  }

  /** Lets go of everything that is not in the assignment. The tasks that process must have been committed. */
  letGo(assignment: AssignmentData): void {
    const active = new Set(assignment.active)
    for (const [id, task] of this.running) {
      if (!active.has(id)) this.#closeRunning(task)
    }
    for (const held of this.restoring.values()) {
      if (!active.has(held.id)) this.#closeHeld(held, this.restoring)
    }
    for (const held of this.standbys.values()) {
      if (!active.has(held.id) && !assignment.standby.includes(held.id)) this.#closeHeld(held, this.standbys)
    }
    this.warmups.clear()
    for (const id of assignment.warmup) this.warmups.add(id)
  }

  /** Begins with what is new in the assignment. Returns at once: `onStarted` tells of each task that is ready. */
  take(assignment: AssignmentData): void {
    const opening: HeldState[] = []
    const files = assignment.active.length + assignment.standby.length
    this.#cacheBytes = Math.min(cacheBytesMax, (this.#options.memory.bytesMax * cacheShare) / Math.max(1, files))
    for (const id of assignment.active) {
      if (this.running.has(id) || this.restoring.has(id)) continue
      const standby = this.standbys.get(id)
      if (standby) {
        this.#options.restorer.release(standby.partition, standby.state)
        this.standbys.delete(id)
      }
      const held = standby ?? this.#open(id)
      this.restoring.set(id, held)
      opening.push(held)
    }
    if (opening.length > 0) this.#start(opening).catch(this.#options.onFailure)
    for (const id of assignment.standby) {
      if (this.standbys.has(id) || this.running.has(id) || this.restoring.has(id)) continue
      const held = this.#open(id)
      this.standbys.set(id, held)
      this.#options.restorer.follow(held.partition, held.state).catch(this.#options.onFailure)
    }
  }

  /** Closes everything; what is not in the files is given up: it was not committed, or will be restored. */
  dropAll(): void {
    for (const task of this.running.values()) {
      task.state.close()
      this.#closed.set(task.id, 0)
    }
    this.running.clear()
    for (const held of this.restoring.values()) this.#closeHeld(held, this.restoring)
    for (const held of this.standbys.values()) this.#closeHeld(held, this.standbys)
  }

  /** Closes everything that has been committed, with all that is to be written. */
  closeAll(): void {
    for (const task of this.running.values()) this.#closeRunning(task)
    for (const held of this.restoring.values()) this.#closeHeld(held, this.restoring)
    for (const held of this.standbys.values()) this.#closeHeld(held, this.standbys)
  }

  /** Standbys that are to process here, and can: they have caught up but for so many records. */
  warmedUp(acceptableLag: number): boolean {
    return [...this.warmups].some(id => {
      const held = this.standbys.get(id)
      return held !== undefined && this.#options.restorer.progress(held.partition, held.state).lag <= acceptableLag
    })
  }

  async #start(opening: readonly HeldState[]): Promise<void> {
    const { cluster, application, restorer } = this.#options
    // Before the changelogs: behind a commit that is decided nothing more of a predecessor can come, as the group's generation
    // refuses its offsets.
    const commits = await stableCommits(cluster, application.name)
    await Promise.all(
      opening.map(async held => {
        const { id, partition, state, cancel } = held
        await restorer.restore(partition, state, cancel.signal)
        if (cancel.signal.aborted) return
        const sources = await this.#sources(held, commits)
        const task = await this.#options.start(held, { sources, note: this.#note(held, commits) })
        if (cancel.signal.aborted) return
        this.restoring.delete(id)
        this.running.set(id, task)
        this.#options.onStarted(task, sources)
      }),
    )
  }

  async #sources({ subTopology, partition }: HeldState, commits: GroupCommits): Promise<SourcePlace[]> {
    const { application, cluster } = this.#options
    const places: SourcePlace[] = []
    for (const plainTopic of subTopology.sourceTopics) {
      const topic = wholeTopic(application.name, application.plan, plainTopic)
      const metadata = await findTopic(cluster, topic)
      if (partition >= metadata.partitions.length) continue
      const committed = commits.get(topic)?.get(partition)?.offset
      const offset = committed ?? (await startOffsets(cluster, metadata, [partition])).get(partition) ?? 0
      places.push({ topic, topicId: metadata.topicId, plainTopic, partition, offset })
    }
    return places
  }

  /**
   * The note stands with the offset of the first partition that has one. Stores that the script has no longer stay in it: their
   * changelogs are still there, for a reset to delete, and hold what they hold should the script take a name up again.
   */
  #note({ subTopology, partition }: HeldState, commits: GroupCommits): TaskNote {
    const { name, plan } = this.#options.application
    const notes = subTopology.sourceTopics.flatMap(plainTopic => {
      const committed = commits.get(wholeTopic(name, plan, plainTopic))?.get(partition)
      return decodeNote(committed?.metadata ?? '') ?? []
    })
    const former = Object.entries(notes[0]?.stores ?? {}).filter(([store]) => !plan.stores.has(store))
    const stores = { ...Object.fromEntries(former), ...storeSignatures(plan, subTopology) }
    return { marks: notes[0]?.marks ?? {}, stores }
  }

  #open(id: string): HeldState {
    const { application, directory, memory } = this.#options
    const [part = 0, partition = 0] = id.split('_').map(Number)
    const subTopology = application.plan.subTopologies[part]!
    const file = path.join(directory, `${id}.db`)
    const state = new TaskState({
      file,
      application: application.name,
      subTopology,
      memory,
      cacheBytes: this.#cacheBytes,
    })
    return { id, subTopology, partition, state, cancel: new AbortController() }
  }

  #closeRunning(task: StreamTask): void {
    task.state.write()
    this.#closed.set(task.id, sumOf(task.state))
    task.state.close()
    this.running.delete(task.id)
  }

  #closeHeld(held: HeldState, from: Map<string, HeldState>): void {
    held.cancel.abort()
    this.#options.restorer.release(held.partition, held.state)
    held.state.write()
    this.#closed.set(held.id, sumOf(held.state))
    held.state.close()
    from.delete(held.id)
  }

  #onDisk(): [string, number][] {
    const { directory, application } = this.#options
    const ids = readdirSync(directory).flatMap(name => /^(\d+_\d+)\.db$/.exec(name)?.[1] ?? [])
    return ids.flatMap(id => {
      const subTopology = application.plan.subTopologies[Number(id.split('_')[0])]
      if (!subTopology) return []
      return [[id, storedPositionSum(path.join(directory, `${id}.db`), application.name, subTopology)]]
    })
  }
}

function sumOf(state: TaskState): number {
  return state.changelogs.reduce((sum, changelog) => sum + (state.position(changelog) ?? 0), 0)
}
