import { OperatorError } from '../../base/errors.ts'
import type { Cluster } from '../../client/cluster.ts'
import type { Delivery } from '../../client/producer-options.ts'
import { Reader } from '../../client/reader.ts'
import { FencedError } from '../../client/transaction-coordinator.ts'
import { StateMemory } from '../state/state-memory.ts'
import { InvalidRecord } from '../task/decoding.ts'
import { assignDefaults } from './assign-tasks.ts'
import { DeadLetters } from './dead-letter.ts'
import { FailedProcessing } from './failed-processing.ts'
import { topologySignature } from './fingerprint.ts'
import { GlobalTables } from './global-tables.ts'
import type { AssignmentData, MemberData } from './member-data.ts'
import { Membership } from './membership.ts'
import { LeftBehindError, type Output, openOutput } from './output.ts'
import { Processing } from './processing.ts'
import { RepartitionPurge } from './repartition-purge.ts'
import { Restorer } from './restorer.ts'
import { startTask } from './start-task.ts'
import { TaskInputs } from './task-inputs.ts'
import { TaskSet } from './task-set.ts'
import { ThreadMeter } from './thread-meter.ts'
import type { ThreadOptions } from './thread-options.ts'
import { ThreadTransaction } from './transaction.ts'
import { Wake } from './wake.ts'

/** A transaction may be open for so much longer than until its commit is due. */
const commitDelayMsMax = 10_000
/** Without work, the loop looks around so often. */
const idleMs = 1_000
/** Offsets of nothing but markers of transactions are committed after so much quiet. */
const markersAfterMs = 250
/** Batches wait for more records so long; commits do not wait for them. */
const lingerMsMax = 20

/**
 * One member of the application's group: processes its tasks, record by record, and commits what came of them. Everything
 * happens in one loop, one thing after the other; connections, the group and restoring go on beside it and wake it.
 */
export class StreamThread {
  readonly meter = new ThreadMeter()
  readonly restorer: Restorer
  readonly globals: GlobalTables
  readonly tasks: TaskSet
  readonly #options: ThreadOptions
  readonly #clusters: Cluster[] = []
  readonly #wake: Wake
  readonly #membership: Membership
  readonly #reader: Reader
  readonly #inputs: TaskInputs
  readonly #transaction: ThreadTransaction
  readonly #processing: Processing
  readonly #purge: RepartitionPurge
  readonly #instanceId: string
  /** What this member has of the group. */
  #assignment: AssignmentData | undefined
  #failure: { readonly error: unknown } | undefined
  #stopping = false
  #hasAskedToMove = false

  constructor(options: ThreadOptions) {
    this.#options = options
    const { env, application, directory, thread, onNotice, stateBytesMax } = options
    const memory = new StateMemory(stateBytesMax)
    const onFailure = (error: unknown): void => this.#fail(error)
    this.#instanceId = `${application.name}-${options.process}-${thread}`
    this.#wake = new Wake(env.clock)
    this.#membership = new Membership({
      ...options,
      openCluster: () => this.#open(),
      groupInstanceId: this.#instanceId,
      data: () => this.#memberData(),
      wake: () => this.#wake.up(),
    })
    this.#reader = new Reader(this.#open(), {
      onNotice,
      onProgress: ({ topic, partition, endOffset }) => {
        if (this.#inputs.endsAt(topic, partition, endOffset)) this.#wake.up()
      },
    })
    this.#inputs = new TaskInputs(this.#reader)
    this.restorer = new Restorer(this.#open(), { onFailure, onNotice })
    const common = { env, application, directory, thread, memory, onFailure, onNotice }
    this.globals = new GlobalTables({ ...common, cluster: this.#open() })
    const transaction = this.#newTransaction(memory.unwrittenBytesMax)
    this.#transaction = transaction
    const { globals, meter } = this
    const deadLetters = new DeadLetters(transaction, meter)
    const surroundings = { env, application, transaction, deadLetters, globals, meter }
    this.tasks = new TaskSet({
      ...common,
      cluster: this.#open(),
      restorer: this.restorer,
      start: (held, place) => startTask(held, place, surroundings),
      onStarted: (task, sources) => {
        this.#inputs.add(task, sources)
        this.#wake.up()
      },
    })
    const { tasks } = this
    this.#processing = new Processing({ clock: env.clock, application, tasks, transaction, deadLetters })
    this.#purge = new RepartitionPurge({
      clock: env.clock,
      cluster: this.#open(),
      isRepartition: topic => application.plan.internalTopics.has(topic),
      onNotice,
    })
  }

  /** What it is waiting for, if for anything. */
  get phase(): 'starting' | 'rebalancing' | 'restoring' | 'running' | 'stopping' {
    if (this.#stopping) return 'stopping'
    if (this.#assignment === undefined && this.#membership.pending === undefined) return 'starting'
    if (this.#membership.isJoining) return 'rebalancing'
    return this.tasks.restoring.size > 0 ? 'restoring' : 'running'
  }

  /** Ends `run`, after a last commit. */
  stop(): void {
    this.#stopping = true
    this.#wake.up()
  }

  /** Processes until `stop`. Rejects with what cannot be mended by trying again; what was committed is whole then. */
  async run(): Promise<void> {
    let membership: Promise<void> | undefined
    const reading = this.#reader
      .run(
        fetched => {
          this.#inputs.take(fetched)
          this.#wake.up()
        },
        { idle: true },
      )
      .catch(error => this.#fail(error))
    try {
      await Promise.all([this.globals.start(), this.#transaction.takeOver()])
      membership = this.#membership.run().catch(error => this.#fail(error))
      while (!this.#stopping) await this.#turn()
      await this.#commit()
      this.tasks.closeAll()
    } finally {
      this.#stopping = true
      this.#membership.stop()
      this.#reader.stop()
      await Promise.all([membership, reading, this.restorer.close(), this.#purge.close()])
      this.#transaction.close()
      this.tasks.dropAll()
      await this.globals.close()
      for (const cluster of this.#clusters) cluster.close()
    }
  }

  async #turn(): Promise<void> {
    this.#wake.rest()
    if (this.#failure) throw this.#failure.error
    if (this.#membership.isDropped) await this.#dropEverything()
    try {
      this.#transaction.check()
      if (this.#membership.pending) await this.#adopt(this.#membership.pending)
      if (!this.#hasAskedToMove && this.tasks.warmedUp(assignDefaults.acceptableLag)) this.#askToMove()
      const processed = await this.#processing.slice()
      this.#inputs.resume()
      this.meter.records += processed
      await this.#punctuate()
      const dueMs = this.#commitDueMs()
      if (dueMs <= 0) await this.#startCommit()
      else if (processed > 0) await this.#wake.breathe()
      else await this.#wake.wait(Math.min(dueMs, this.tasks.nextWallClock - this.#options.env.clock.now(), idleMs))
    } catch (error) {
      await this.#recover(error)
    }
  }

  async #punctuate(): Promise<void> {
    const now = this.#options.env.clock.now()
    if (this.tasks.nextWallClock > now) return
    await this.#transaction.begin()
    for (const task of this.tasks.running.values()) if (task.nextWallClock <= now) task.punctuate(now)
  }

  #commitDueMs(): number {
    if (this.#transaction.isOpen) return this.#transaction.dueMs
    const running = [...this.tasks.running.values()]
    if (running.some(task => task.isDirty)) return 0
    // Markers of transactions have no effects, and yet a lag would be shown for ever.
    const moved = running.filter(task => task.hasMoved)
    if (moved.length === 0) return Number.POSITIVE_INFINITY
    const dueMs = markersAfterMs - this.#transaction.idleMs
    if (dueMs <= 0) for (const task of moved) task.isDirty = true
    return dueMs
  }

  /** Tasks go on while the commit is on its way. */
  async #startCommit(): Promise<void> {
    await this.#transaction.settled()
    const tasks = [...this.tasks.running.values()]
    this.#purge.committed(tasks)
    await this.#transaction.start(tasks)
  }

  async #commit(): Promise<void> {
    await this.#transaction.commit([...this.tasks.running.values()])
  }

  async #adopt(assignment: AssignmentData): Promise<void> {
    const leaves = this.tasks.claimed.some(id => !assignment.active.includes(id))
    if (leaves) await this.#commit()
    this.#membership.adopted(assignment)
    this.#assignment = assignment
    this.#hasAskedToMove = false
    this.tasks.letGo(assignment)
    this.#inputs.keepOnly(this.tasks.running.values())
    this.tasks.take(assignment)
    // KIP-429: what this member has let go of is shared out in the next round.
    if (leaves) this.#membership.rejoin()
  }

  /** State that was warmed up here is ready: the group is to hand the task over. */
  #askToMove(): void {
    this.#hasAskedToMove = true
    this.#membership.rejoin()
  }

  /** What went wrong in the middle of a transaction: all of it is given up, and done again where that may help. */
  async #recover(error: unknown): Promise<void> {
    if (error instanceof FailedProcessing) this.#processing.failed(error)
    else if (error instanceof LeftBehindError) this.#options.onNotice(`${error.message}: joining again`)
    else if (error instanceof FencedError && this.#transaction.hasTimedOut) {
      this.#options.onNotice('the transaction took longer than its time-out: going on at the last commit')
      this.#transaction.renew()
    } else {
      // What was processed before a record that ends everything is not lost with it.
      if (error instanceof OperatorError && error.cause instanceof InvalidRecord) await this.#commit()
      await this.#transaction.settled().catch(() => {})
      throw error
    }
    await this.#startOver()
  }

  /** Gives up the transaction and what is in memory, and begins again with what was committed. */
  async #startOver(): Promise<void> {
    await this.#transaction.abort()
    this.tasks.dropAll()
    this.#inputs.keepOnly([])
    if (this.#assignment) this.tasks.take(this.#assignment)
  }

  /** The group has gone on without this member: nothing of what it had is its own any more. */
  async #dropEverything(): Promise<void> {
    this.#assignment = undefined
    await this.#startOver()
    this.#membership.dropped()
  }

  #memberData(): MemberData {
    const { application, process, thread, endpoint } = this.#options
    return {
      streamctl: 1,
      process,
      thread,
      endpoint,
      topology: topologySignature(application.plan),
      standbys: application.options.standbys ?? 0,
      active: this.tasks.claimed,
      state: this.tasks.stateSums,
    }
  }

  /**
   * The broker aborts what is open for longer. Whoever reads behind it waits as long, also the one who takes the tasks over of
   * a member that is gone: so it is not kept open for longer than until that is noticed.
   */
  get #transactionTimeoutMs(): number {
    const { sessionTimeoutMs, commitIntervalMs } = this.#options
    return Math.max(sessionTimeoutMs, commitIntervalMs + commitDelayMsMax)
  }

  #newTransaction(unwrittenBytesMax: number): ThreadTransaction {
    const { env, commitIntervalMs } = this.#options
    return new ThreadTransaction({
      clock: env.clock,
      commitIntervalMs,
      transactionTimeoutMs: this.#transactionTimeoutMs,
      unwrittenBytesMax,
      newOutput: onDelivery => this.#newOutput(onDelivery),
      onCommitted: latencyMs => this.meter.committed(latencyMs),
      onFailure: () => this.#wake.up(),
    })
  }

  #newOutput(onDelivery: (delivery: Delivery) => void): Output {
    const { application, processing, commitIntervalMs } = this.#options
    return openOutput(processing, this.#open(), {
      group: application.name,
      groupInstanceId: this.#instanceId,
      member: () => this.#membership.member,
      rejoined: () => this.#membership.joined(),
      lingerMs: Math.min(lingerMsMax, commitIntervalMs),
      onDelivery,
      transactionalId: this.#instanceId,
      transactionTimeoutMs: this.#transactionTimeoutMs,
    })
  }

  #open(): Cluster {
    const cluster = this.#options.openCluster()
    this.#clusters.push(cluster)
    return cluster
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    this.#wake.up()
  }
}
