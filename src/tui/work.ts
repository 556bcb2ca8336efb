import type { Env } from '../base/env.ts'
import type { Cluster } from '../client/cluster.ts'

/** Something to be done once, as data: a kind (a line of src/tui/works.ts) and what that kind must know. */
export interface Work {
  readonly kind: string
  /** It changes something in the cluster: --readonly refuses it, whoever asks. */
  readonly changes: boolean
  readonly [about: string]: unknown
}

export interface WorkContext<W extends Work> {
  readonly env: Env
  readonly cluster: Cluster
  readonly work: W
  readonly signal: AbortSignal
}

/** What came of it: a sentence for people, and what the screen that asked must know. */
export interface Outcome {
  /** Flashed; nothing for work that shows its result itself. */
  readonly message?: string
  readonly result?: unknown
}

/** Does the work. What it throws is shown. */
export type DoWork = (context: WorkContext<Work>) => Promise<Outcome>

/** Types a work's function. */
export function defineWork<W extends Work>(perform: (context: WorkContext<W>) => Promise<Outcome>): DoWork {
  return perform as unknown as DoWork
}
