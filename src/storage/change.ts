/**
 * Every write that is not a batch, as plain data that can be cloned into the storage worker. Changes take effect in the
 * order in which they are handed to `WriteQueue.apply`, and in order with the appends around them; all of one commit
 * group land in one transaction.
 */
export type Change =
  | CreateTopic
  | DeleteTopic
  | AddPartitions
  | SaveSettings
  | AdvanceLogStart
  | SaveProducers
  | SaveProducerIdBlock
  | SaveGroup
  | DeleteGroup
  | SaveOffsets
  | DeleteOffsets
  | SaveTransaction
  | DeleteTransaction
  | SavePendingOffsets
  | DeletePendingOffsets
  | AddAbortedTransaction
  | CloseStretch
  | ReplaceRows
  | SaveCompaction

/** A partition of a topic. Its id is taken from `RecoveredState.nextPartitionId` upwards and never used again. */
export interface NewPartition {
  readonly partitionId: number
  readonly index: number
  readonly leaderEpoch: number
}

export interface CreateTopic {
  readonly kind: 'createTopic'
  /** Kafka's text form of the uuid: base64url, 22 characters. */
  readonly topicId: string
  readonly name: string
  readonly createdMs: number
  readonly internal: boolean
  readonly overrides: Settings
  readonly partitions: readonly NewPartition[]
}

/** Removes the topic and its settings at once. Its batches are purged in the background, a bounded step per commit. */
export interface DeleteTopic {
  readonly kind: 'deleteTopic'
  readonly topicId: string
}

export interface AddPartitions {
  readonly kind: 'addPartitions'
  readonly topicId: string
  readonly partitions: readonly NewPartition[]
}

/** Setting names and values as text. */
export type Settings = Readonly<Record<string, string>>

/**
 * Whose settings: those of the broker, of a topic (by id), of a group (by id), of a subscription to client metrics, or
 * quotas (by whom they are for, as text).
 */
export type SettingOwner =
  | { readonly kind: 'broker' }
  | { readonly kind: 'topic'; readonly topicId: string }
  | { readonly kind: 'group'; readonly groupId: string }
  | { readonly kind: 'clientMetrics'; readonly subscription: string }
  | { readonly kind: 'quota'; readonly entity: string }

/** Sets the given settings of one owner and leaves its others alone; `null` removes a setting. */
export interface SaveSettings {
  readonly kind: 'saveSettings'
  readonly owner: SettingOwner
  readonly settings: Readonly<Record<string, string | null>>
}

/**
 * Raises a partition's log start offset. Rows that lie wholly below it are removed in the background, a bounded step
 * per commit, so that retention and DeleteRecords need nothing else.
 */
export interface AdvanceLogStart {
  readonly kind: 'advanceLogStart'
  readonly partitionId: number
  readonly offset: number
}

/**
 * The producer state of every partition where it changed since the last such change, as of this point in the order of
 * writes. Recovery then replays only batches that were appended later, so it must come about every 64 MiB of appended
 * data (of all partitions together), with an empty list when no producer state changed.
 */
export interface SaveProducers {
  readonly kind: 'saveProducers'
  readonly partitions: readonly PartitionProducers[]
}

export interface PartitionProducers {
  readonly partitionId: number
  /** The snapshot covers the batches below this offset. */
  readonly uptoOffset: number
  readonly producers: readonly ProducerSnapshot[]
}

/** What a partition knows of one producer. */
export interface ProducerSnapshot {
  readonly producerId: number
  readonly epoch: number
  readonly lastTimestamp: number
  /** -1 before the first transaction marker. */
  readonly coordinatorEpoch: number
  /** First offset of the open transaction, -1 for none. */
  readonly transactionFirstOffset: number
  /** The newest batches (Kafka keeps five), oldest first. */
  readonly batches: readonly ProducerBatch[]
}

export interface ProducerBatch {
  readonly baseSequence: number
  readonly lastSequence: number
  readonly baseOffset: number
  readonly lastOffset: number
  readonly timestamp: number
}

/** Producer ids below `nextProducerId` may have been handed out. */
export interface SaveProducerIdBlock {
  readonly kind: 'saveProducerIdBlock'
  readonly nextProducerId: number
}

/** A group as its coordinator wrote it. `body` is the coordinator's own text (JSON); storage does not look inside. */
export interface StoredGroup {
  readonly groupId: string
  /** Which coordinator's: `classic`, later `consumer`, `share`. */
  readonly type: string
  readonly body: string
}

/** Inserts or replaces a group. */
export interface SaveGroup {
  readonly kind: 'saveGroup'
  readonly group: StoredGroup
}

/** Removes a group with all of its committed offsets. As in Kafka, its settings outlive it. */
export interface DeleteGroup {
  readonly kind: 'deleteGroup'
  readonly groupId: string
}

export interface StoredOffset {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** -1 where the client did not say. */
  readonly leaderEpoch: number
  readonly metadata: string
  readonly commitMs: number
  /** When it expires whatever the group does (OffsetCommit v2-v4 `RetentionTimeMs`), -1 for the broker's rule. */
  readonly expireMs: number
}

/** Inserts or replaces committed offsets of one group; the group itself need not exist. */
export interface SaveOffsets {
  readonly kind: 'saveOffsets'
  readonly groupId: string
  readonly offsets: readonly StoredOffset[]
}

export interface DeleteOffsets {
  readonly kind: 'deleteOffsets'
  readonly groupId: string
  readonly partitions: readonly { readonly topic: string; readonly partition: number }[]
}

/** What the transaction coordinator keeps of a transactional id. `body` is its own text (JSON); storage does not look inside. */
export interface StoredTransaction {
  readonly transactionalId: string
  readonly body: string
}

/** Inserts or replaces it. */
export interface SaveTransaction {
  readonly kind: 'saveTransaction'
  readonly transaction: StoredTransaction
}

export interface DeleteTransaction {
  readonly kind: 'deleteTransaction'
  readonly transactionalId: string
}

/** Inserts or replaces offsets that wait for the end of the producer's transaction. */
export interface SavePendingOffsets {
  readonly kind: 'savePendingOffsets'
  readonly producerId: number
  readonly groupId: string
  readonly offsets: readonly StoredOffset[]
}

/** The producer's transaction has ended; where it was committed, a `SaveOffsets` stands beside this. */
export interface DeletePendingOffsets {
  readonly kind: 'deletePendingOffsets'
  readonly producerId: number
}

/** A transaction of a partition that was aborted; goes by itself when the log start passes its end. */
export interface AddAbortedTransaction {
  readonly kind: 'addAbortedTransaction'
  readonly partitionId: number
  readonly transaction: AbortedTransaction
}

/** From the producer's first batch in a partition to the marker that aborted it, both inclusive. */
export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
  readonly lastOffset: number
}

/** Ends the partition's open stretch, so that all of its rows may be replaced (see `CompactionRound`). */
export interface CloseStretch {
  readonly kind: 'closeStretch'
  readonly partitionId: number
}

/**
 * Puts compacted rows in the place of all rows of stretches that follow each other; these become one stretch. Nothing
 * happens if they are gone: the topic was deleted. The log start must not move between their reading and this.
 */
export interface ReplaceRows {
  readonly kind: 'replaceRows'
  readonly partitionId: number
  /** All rows of the stretches, in order. */
  readonly ids: readonly number[]
  /** What remains, in order, under some of these ids. None only where another stretch follows. */
  readonly rows: readonly ReplacingRow[]
  /** Last offsets of aborted transactions of which readers need not know any more. */
  readonly forgottenAborts: readonly number[]
}

export interface ReplacingRow {
  readonly id: number
  readonly baseOffset: number
  readonly lastOffset: number
  readonly maxTimestamp: number
  readonly leaderEpoch: number
  readonly data: Uint8Array
}

/** How far a partition is compacted. */
export interface SaveCompaction {
  readonly kind: 'saveCompaction'
  readonly partitionId: number
  readonly compaction: Compaction
}

export interface Compaction {
  /** No key occurs twice below this offset. */
  readonly cleanOffset: number
  /** When the first of the tombstones and markers below it may go; null if there are none. */
  readonly horizonMs: number | null
}
