import type { Env } from '../base/env.ts'
import type { LogReader } from '../storage/log-reader.ts'
import type { WriteQueue } from '../storage/write-queue.ts'
import type { BatchCache } from './batch-cache.ts'
import type { CutRows } from './cut-rows.ts'
import type { ProducerSnapshots } from './producer-snapshots.ts'

/** What all partitions of a node share. One object, so that each of them holds one reference. */
export interface LogContext {
  readonly env: Env
  readonly writes: WriteQueue
  readonly reader: LogReader
  readonly cache: BatchCache
  readonly cutRows: CutRows
  readonly snapshots: ProducerSnapshots
}
