import type { Application } from '../topology/application.ts'
import type { StoreDefinition } from '../topology/topology.ts'

/** What a task does: process, build up its state to process then, or keep a copy of another instance's state. */
export type TaskState = 'running' | 'restoring' | 'standby'

/** How far a task is in one partition of its topics (for a standby: of its changelogs). */
export interface TaskPosition {
  readonly topic: string
  readonly partition: number
  /** The next offset that will be processed. */
  readonly offset: number
  /** Where the partition ended when it was last heard of; null before. */
  readonly end: number | null
}

export interface TaskDescription {
  /** As Kafka Streams names tasks: sub-topology and partition, `0_1`. */
  readonly task: string
  readonly state: TaskState
  readonly partition: number
  /** Which thread of the process runs it, from 0. */
  readonly thread: number
  readonly positions: readonly TaskPosition[]
  /** Records of its topics that are not processed yet; null while that is not known. */
  readonly lag: number | null
  /** The share of its state that has been built up, from 0 to 1. */
  readonly restored: number
  readonly recordsPerSecond: number
}

export interface StoreSummary {
  readonly name: string
  readonly kind: StoreDefinition['kind']
  /** The topic with its updates; null where there is none. */
  readonly changelog: string | null
  /** The number of partitions, so of tasks, that it is spread over. Null for a global table: each instance has all of it. */
  readonly partitions: number | null
}

/** A running instance, as JSON: `GET /application`. */
export interface ApplicationDescription {
  readonly name: string
  /** Id of the process, as in the group's metadata. */
  readonly process: string
  readonly version: string
  readonly processing: 'exactly-once' | 'at-least-once'
  /** Of the instance as a whole. */
  readonly state: 'starting' | 'rebalancing' | 'restoring' | 'running' | 'stopping'
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly threads: number
  readonly commitIntervalMs: number
  /** Of the last commits; null before the first. */
  readonly commitLatencyMs: { readonly p50: number; readonly p99: number } | null
  readonly recordsPerSecond: number
  /** The topology in Kafka's text form, and as a picture. */
  readonly topology: string
  readonly picture: string
  readonly stores: readonly StoreSummary[]
  readonly tasks: readonly TaskDescription[]
}

/** A question to a store. Plain data: it goes to the thread that has the task. */
export interface StoreRequest {
  /** One key, as text: see `keyOfText`. */
  readonly key?: string
  /** The first and the last key, both included, in the order of their bytes. */
  readonly from?: string
  readonly to?: string
  /** Only windows that share some time with `[start, end)`, in milliseconds since 1970. */
  readonly window?: { readonly start: number; readonly end: number }
  /** Goes on behind what an answer gave as `next`. */
  readonly after?: string
  /** Only this task answers, as of `TaskDescription.task`. */
  readonly task?: string
  /** The most entries in the answer of one task. */
  readonly limit: number
}

/** An entry of a store, as JSON. */
export interface StoreEntry {
  readonly key: unknown
  /** Of a windowed store: start included, end not; those of sessions include their end. */
  readonly window?: { readonly start: number; readonly end: number }
  readonly value: unknown
  /** Milliseconds since 1970. */
  readonly timestamp: number
}

/** What one task says of one store. */
export interface StorePage {
  readonly entries: readonly StoreEntry[]
  /** Given where there is more: ask again with it as `after`. */
  readonly next?: string
}

export interface TaskAnswer extends StorePage {
  readonly task: string
  readonly partition: number
  readonly state: TaskState
  readonly positions: readonly TaskPosition[]
  readonly lag: number | null
  readonly restored: number
}

/**
 * What the server of an instance asks: the runtime implements it. `answer` lets each task that has the store read it with
 * `readStore`, in whichever thread it runs.
 */
export interface RunningApplication {
  readonly application: Application
  describe(): ApplicationDescription | Promise<ApplicationDescription>
  /** The answers of all tasks here that have the store: running, restoring and standby ones. */
  answer(store: string, request: StoreRequest): Promise<readonly TaskAnswer[]>
  /** Metrics in Prometheus' text form. */
  metrics(): string | Promise<string>
}
