import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Services } from '../../src/api/handle.ts'
import type { Env } from '../../src/base/env.ts'
import { StorageError } from '../../src/base/errors.ts'
import { PagePool } from '../../src/base/page-pool.ts'
import { noMetrics } from '../../src/base/system-env.ts'
import { startJobs } from '../../src/broker/jobs.ts'
import { LogCompaction } from '../../src/log/compact-logs.ts'
import { type Dispatch, dispatcher } from '../../src/server/dispatch.ts'
import { servicesOf } from '../../test/support/node.ts'
import type { Dice } from './dice.ts'
import { SimulatedDisk } from './disk.ts'
import type { Fault } from './faults.ts'
import type { History } from './history.ts'
import type { Scheduler } from './scheduler.ts'

export interface NodeOptions {
  readonly scheduler: Scheduler
  readonly history: History
  readonly dice: Dice
  readonly fault: Fault | undefined
}

/** From a start to the end that it comes to. */
export interface RunningNode {
  readonly incarnation: number
  readonly services: Services
  readonly dispatch: Dispatch
  readonly pages: PagePool
  readonly disk: SimulatedDisk
  readonly jobs: { stop(): Promise<void> }
  /** Whether what it scheduled still happens. */
  isAlive: boolean
  /** It takes no requests any more, and answers those that it has. */
  isStopping: boolean
  /** Requests in the works. */
  unanswered: number
}

/** Simulated time begins here. */
const startMs = 1_700_000_000_000

/** Short times, so that a run of some minutes sees everything come due; little memory, so that reads go to the disk. */
const settings = {
  'group.min.session.timeout.ms': '100',
  'group.initial.rebalance.delay.ms': '50',
  'log.cleaner.backoff.ms': '300',
  'log.retention.check.interval.ms': '1000',
  'offsets.retention.check.interval.ms': '5000',
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '500',
}
const cacheBytes = 16 * 1024
const compactionKeyBytesMax = 1024 * 1024
/** As the broker's. */
const closeGraceMs = 5_000
const pageMemoryBytes = 8 * 1024 * 1024

/** A node that can be crashed, stopped and started again over its data. Its clock may be set, as an operator may do. */
export class SimulatedNode {
  readonly #options: NodeOptions
  readonly #directory = mkdtempSync(path.join(tmpdir(), 'streamctl-simulation-'))
  #incarnation = 0
  #running: RunningNode | undefined
  #wallOffsetMs = 0
  /** Called when the node is about to stop: parked requests are to be answered. */
  onStopping: () => void = () => {}
  /** Called whenever the node ends: connections to it are gone. */
  onEnd: () => void = () => {}

  constructor(options: NodeOptions) {
    this.#options = options
  }

  get running(): RunningNode | undefined {
    return this.#running
  }

  /** How often it has been started after the first time. */
  get restarts(): number {
    return Math.max(0, this.#incarnation - 1)
  }

  /** Moves the wall clock, forwards or backwards; what goes by the monotonic clock does not notice. */
  setClock(byMs: number): void {
    this.#wallOffsetMs += byMs
  }

  wallMs(): number {
    return startMs + Math.floor(this.#options.scheduler.nowMs) + this.#wallOffsetMs
  }

  start(): void {
    const { history, dice, fault } = this.#options
    const incarnation = ++this.#incarnation
    history.note(`node starts (${incarnation})`)
    const life = { isAlive: true, isStopping: false, unanswered: 0 }
    const env = this.#env(life)
    const fail = (error: unknown): void => {
      if (!(error instanceof StorageError)) history.violate(`the node failed: ${error}`, error)
    }
    const onFailure = (): void => {
      history.note('the disk failed')
      // The process ends soon, not at once.
      env.clock.after(dice.delayMs(1), () => this.crash())
    }
    const disk = new SimulatedDisk({
      directory: this.#place(incarnation),
      env,
      dice: dice.of(`disk ${incarnation}`),
      fault,
      onFailure,
    })
    const services = servicesOf(env, disk, { settings, cacheBytes })
    const { writes, reader, compactor, state } = disk
    const recovered = state.compactions
    const keyBytesMax = () => compactionKeyBytesMax
    const topics = services.topics
    const compaction = new LogCompaction({ env, topics, writes, reader, compactor, recovered, keyBytesMax })
    const jobs = startJobs({ ...services, reader, compaction, onFatal: fail })
    const pages = new PagePool(pageMemoryBytes)
    this.#running = Object.assign(life, { incarnation, services, dispatch: dispatcher(services), pages, disk, jobs })
  }

  /** The process or the power goes; what was not committed is lost. */
  crash(): void {
    const node = this.#running
    if (!node) return
    this.#end(node, 'node crashes')
    node.disk.crashInto(this.#place(node.incarnation + 1))
  }

  /** Ends as `serve` does at a signal: in the order of the broker's `close`. */
  async stop(): Promise<void> {
    const node = this.#running
    if (!node || node.isStopping) return
    this.#options.history.note('node is asked to stop')
    node.isStopping = true
    node.services.groups.close()
    this.onStopping()
    for (let waitedMs = 0; node.unanswered > 0 && waitedMs < closeGraceMs; waitedMs += 10)
      await this.#options.scheduler.sleep(10)
    try {
      await node.jobs.stop()
      node.services.topics.close()
      await node.disk.close()
    } catch (error) {
      // The disk failed meanwhile: the node ends as it does then.
      if (error instanceof StorageError) return
      throw error
    }
    if (this.#running !== node) return
    this.#end(node, 'node stops')
    node.disk.moveTo(this.#place(node.incarnation + 1))
  }

  /** The disk is full from the next commit on. */
  failDisk(): void {
    this.#running?.disk.failNext()
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true })
  }

  #end(node: RunningNode, how: string): void {
    node.isAlive = false
    this.#running = undefined
    this.#options.history.note(how)
    this.onEnd()
    this.#options.history.nodeEnded()
  }

  #place(incarnation: number): string {
    return path.join(this.#directory, String(incarnation))
  }

  #env(life: { readonly isAlive: boolean }): Env {
    const { scheduler, history, dice } = this.#options
    const whileAlive = (action: () => void) => (): void => {
      if (life.isAlive) action()
    }
    return {
      clock: {
        now: () => this.wallMs(),
        monotonic: () => scheduler.nowMs,
        after: (delayMs, action) => scheduler.after(delayMs, whileAlive(action)),
        soon: action => void scheduler.after(0, whileAlive(action)),
      },
      random: dice.of(`node ${this.#incarnation}`).random,
      log: {
        debug: () => {},
        info: () => {},
        warn: () => {},
        error: (message, error) => history.violate(`the node logged an error: ${message}: ${error}`, error),
      },
      metrics: noMetrics,
    }
  }
}
