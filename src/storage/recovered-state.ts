import type {
  AbortedTransaction,
  Compaction,
  ProducerSnapshot,
  Settings,
  StoredGroup,
  StoredOffset,
  StoredTransaction,
} from './change.ts'

export type { AbortedTransaction, Compaction } from './change.ts'

/** Everything but the batches, as it stood after the last durable commit. */
export interface RecoveredState {
  /** Made on the first open: Kafka's text form of a random uuid. */
  readonly clusterId: string
  readonly nextPartitionId: number
  readonly nextProducerId: number
  readonly topics: readonly RecoveredTopic[]
  readonly brokerSettings: Settings
  readonly groupSettings: ReadonlyMap<string, Settings>
  readonly clientMetrics: ReadonlyMap<string, Settings>
  /** By whom they are for. */
  readonly quotas: ReadonlyMap<string, Settings>
  readonly groups: readonly StoredGroup[]
  readonly offsets: readonly RecoveredOffset[]
  readonly transactions: readonly StoredTransaction[]
  readonly pendingOffsets: readonly RecoveredPendingOffset[]
  /** By partition id, of those that were ever compacted. */
  readonly compactions: ReadonlyMap<number, Compaction>
}

export interface RecoveredTopic {
  readonly topicId: string
  readonly name: string
  readonly createdMs: number
  readonly internal: boolean
  readonly overrides: Settings
  /** Ordered by index. */
  readonly partitions: readonly RecoveredPartition[]
}

export interface RecoveredPartition {
  readonly partitionId: number
  readonly index: number
  readonly leaderEpoch: number
  readonly logStartOffset: number
  /** One past the newest batch, never below the log start. */
  readonly logEndOffset: number
  /** Bytes of the rows at and above the log start. */
  readonly bytes: number
  /** Undefined where no producer with an id ever wrote. */
  readonly producers: RecoveredProducers | undefined
  /** In the order of their ends; those that end below the log start may be missing. */
  readonly aborted: readonly AbortedTransaction[]
}

/** The last snapshot, and what has to be replayed on top of it, in order of offset. */
export interface RecoveredProducers {
  readonly snapshot: readonly ProducerSnapshot[]
  readonly replay: readonly ReplayedBatch[]
}

/** The header of a batch that carries a producer id and is newer than the partition's snapshot. */
export interface ReplayedBatch {
  readonly producerId: number
  readonly epoch: number
  readonly baseSequence: number
  readonly lastSequence: number
  readonly baseOffset: number
  readonly lastOffset: number
  readonly maxTimestamp: number
  readonly transactional: boolean
  /** Set on control batches: the end of a transaction. */
  readonly marker: { readonly committed: boolean; readonly coordinatorEpoch: number } | undefined
}

export interface RecoveredOffset extends StoredOffset {
  readonly groupId: string
}

/** An offset that waits for the end of a transaction. */
export interface RecoveredPendingOffset extends RecoveredOffset {
  readonly producerId: number
}
