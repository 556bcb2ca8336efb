import type { Env } from '../../base/env.ts'
import { OperatorError } from '../../base/errors.ts'
import { nearest } from '../../config/nearest.ts'
import type {
  ApplicationDescription,
  RunningApplication,
  StoreRequest,
  StoreSummary,
  TaskAnswer,
} from '../serving/running-application.ts'
import type { Application } from '../topology/application.ts'
import type { SubTopology } from '../topology/topology.ts'
import { applicationMetrics } from './application-metrics.ts'
import { changelogOf, type PlannedTask } from './partition-plan.ts'
import type { ThreadHandle, ThreadReport } from './thread-handle.ts'
import { percentile } from './thread-meter.ts'

export interface ApplicationRunOptions {
  readonly env: Env
  readonly application: Application
  readonly process: string
  readonly version: string
  readonly processing: 'exactly-once' | 'at-least-once'
  readonly commitIntervalMs: number
  /** The tasks of all instances together. */
  readonly tasks: readonly PlannedTask[]
}

/** The threads of one process as one thing: what they do together, and what the world may ask them. */
export class ApplicationRun implements RunningApplication {
  readonly application: Application
  readonly #options: ApplicationRunOptions
  readonly #startedAt: number
  readonly #threads: ThreadHandle[] = []

  constructor(options: ApplicationRunOptions) {
    this.#options = options
    this.application = options.application
    this.#startedAt = options.env.clock.now()
  }

  /**
   * Runs threads until all have stopped. Rejects with the first failure, after the others have committed and stopped: a
   * script that fails on one thread would fail on the others, too, as soon as they got its tasks.
   */
  async run(threads: readonly ThreadHandle[]): Promise<void> {
    this.#threads.push(...threads)
    const endings = threads.map(thread =>
      thread.run().catch(error => {
        this.stop()
        throw error
      }),
    )
    const results = await Promise.allSettled(endings)
    const failed = results.find(result => result.status === 'rejected')
    if (failed) throw failed.reason
  }

  /** Ends `run` after last commits. */
  stop(): void {
    for (const thread of this.#threads) thread.stop()
  }

  /** What all threads say of themselves now. */
  reports(): Promise<readonly ThreadReport[]> {
    return Promise.all(this.#threads.map(thread => thread.report()))
  }

  async describe(): Promise<ApplicationDescription> {
    const { process, version, processing, commitIntervalMs, application } = this.#options
    const reports = await this.reports()
    const latencies = reports.flatMap(({ latenciesMs }) => latenciesMs)
    return {
      name: application.name,
      process,
      version,
      processing,
      state: stateOf(reports),
      startedAt: this.#startedAt,
      threads: reports.length,
      commitIntervalMs,
      commitLatencyMs:
        latencies.length === 0 ? null : { p50: percentile(latencies, 0.5)!, p99: percentile(latencies, 0.99)! },
      recordsPerSecond: reports.reduce((sum, report) => sum + report.recordsPerSecond, 0),
      topology: application.describe(),
      picture: application.picture(),
      stores: application.plan.subTopologies.flatMap(part => this.#summaries(part)),
      tasks: reports.flatMap(({ tasks }) => tasks),
    }
  }

  async answer(store: string, request: StoreRequest): Promise<readonly TaskAnswer[]> {
    const { plan } = this.application
    if (!plan.stores.has(store)) {
      const meant = nearest(store, [...plan.stores.keys()])
      throw new OperatorError(`${this.application.name} has no store ${store}`, {
        hint: meant ? `did you mean ${meant}?` : `its stores: ${[...plan.stores.keys()].join(', ') || 'none'}`,
      })
    }
    const answers = await Promise.all(this.#threads.map(thread => thread.answer(store, request)))
    const isGlobal = plan.subTopologies.some(part => part.global && part.stores.some(({ name }) => name === store))
    // Every thread has all of a global table.
    return isGlobal ? answers[0]! : answers.flat()
  }

  async metrics(): Promise<string> {
    return applicationMetrics(this.application.name, await this.reports())
  }

  #summaries(part: SubTopology): StoreSummary[] {
    const { application, tasks } = this.#options
    const ofPart = tasks.filter(({ subTopology }) => subTopology.id === part.id)
    return part.stores.map(store => ({
      name: store.name,
      kind: store.kind,
      changelog: changelogOf(application.name, store) ?? null,
      partitions: part.global ? null : ofPart.length,
    }))
  }
}

const phases = ['stopping', 'starting', 'rebalancing', 'restoring', 'running'] as const

/** That of the thread that is least far. */
function stateOf(reports: readonly ThreadReport[]): ApplicationDescription['state'] {
  return phases.find(phase => reports.some(report => report.phase === phase)) ?? 'starting'
}
