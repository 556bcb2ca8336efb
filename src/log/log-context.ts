import type { Env } from '../base/env.ts'
import type { LogReader } from '../storage/log-reader.ts'
import type { WriteQueue } from '../storage/write-queue.ts'
import type { BatchCache } from './batch-cache.ts'
import type { ProducerSnapshots } from './producer-snapshots.ts'
import type { ReadAhead } from './read-ahead.ts'

/** What all partitions of a node share. One object, so that each of them holds one reference. */
export interface LogContext {
  readonly env: Env
  readonly writes: WriteQueue
  readonly reader: LogReader
  readonly cache: BatchCache
  readonly readAhead: ReadAhead
  readonly snapshots: ProducerSnapshots
}
