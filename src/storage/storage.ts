import type { Env } from '../base/env.ts'
import type { StorageError } from '../base/errors.ts'
import type { LogReader } from './log-reader.ts'
import type { RecoveredState } from './recovered-state.ts'
import type { WriteQueue } from './write-queue.ts'

export type Durability = 'fsync' | 'os'

export interface StorageOptions {
  /** The data directory, made when missing. ':memory:' keeps nothing beyond `close`. */
  readonly directory: string
  /** `fsync`: done means on disk. `os`: done means handed to the operating system. */
  readonly durability: Durability
  /** false runs everything in this thread, commits on `env.clock.soon`: for tests and the simulation. */
  readonly threads: boolean
  readonly env: Env
  /** Called once. Memory is then ahead of the disk: stop the node; a restart recovers. */
  readonly onFailure: (error: StorageError) => void
}

export interface Storage {
  readonly state: RecoveredState
  readonly writes: WriteQueue
  readonly reader: LogReader
  /** Makes everything durable, checkpoints and releases the directory. */
  close(): Promise<void>
}

/**
 * Opens the data directory and recovers what is there.
 *
 * Throws `OperatorError` when the directory is used by another node, cannot be written, or holds no database of ours.
 */
export async function openStorage(_options: StorageOptions): Promise<Storage> {
  throw new Error('not yet')
}
