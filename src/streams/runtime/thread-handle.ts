import type { StoreRequest, TaskAnswer, TaskDescription } from '../serving/running-application.ts'

/** What a thread says of itself: plain data, as it may be another thread's. */
export interface ThreadReport {
  readonly thread: number
  readonly phase: 'starting' | 'rebalancing' | 'restoring' | 'running' | 'stopping'
  readonly tasks: readonly TaskDescription[]
  readonly records: number
  readonly recordsPerSecond: number
  readonly commits: number
  readonly commitSeconds: number
  /** Of the last commits. */
  readonly latenciesMs: readonly number[]
  readonly restoredRecords: number
  /** By node and reason, one after the other, with the count. */
  readonly dropped: readonly (readonly [node: string, reason: string, count: number])[]
  readonly deadLetters: number
}

/** A thread as the rest of the process knows it, wherever it runs. */
export interface ThreadHandle {
  run(): Promise<void>
  stop(): void
  report(): Promise<ThreadReport>
  answer(store: string, request: StoreRequest): Promise<readonly TaskAnswer[]>
}
