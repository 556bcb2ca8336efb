import type { Env } from '../../base/env.ts'
import type { Cluster } from '../../client/cluster.ts'
import type { Application } from '../topology/application.ts'

export interface ThreadSettings {
  /** Id of the process, kept with its state: who comes back with it gets its tasks back. */
  readonly process: string
  /** Number of the thread in the process, from 0. */
  readonly thread: number
  /** Where the process answers questions; empty where it does not. */
  readonly endpoint: string
  /** Where the files of the process's tasks are. */
  readonly directory: string
  readonly processing: 'exactly-once' | 'at-least-once'
  readonly commitIntervalMs: number
  /** What the tables of this thread may take in memory together. */
  readonly stateBytesMax: number
  /** A member that is silent for longer has lost its tasks. */
  readonly sessionTimeoutMs: number
  readonly heartbeatMs: number
}

export interface ThreadOptions extends ThreadSettings {
  readonly env: Env
  /** Opens connections of its own at each call. */
  readonly openCluster: () => Cluster
  readonly application: Application
  readonly onNotice: (text: string) => void
}
