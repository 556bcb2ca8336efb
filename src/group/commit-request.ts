import { ErrorCode } from '../protocol/errors.ts'
import type { Identity } from './classic-members.ts'
import type { Moment } from './classic-state.ts'
import type { CommittedOffset, TopicPartition } from './offset-table.ts'

/** Offsets of topics and partitions that exist. */
export interface OffsetsOfTopic {
  readonly name: string
  readonly partitions: readonly {
    readonly partitionIndex: number
    readonly committedOffset: number
    readonly committedLeaderEpoch: number
    /** When the client says that it committed (OffsetCommit v1), -1 or missing for now. */
    readonly commitTimestamp?: number
    readonly committedMetadata: string | null
  }[]
}

/** Who commits, and as a member of which generation. */
export interface CommitRequest extends Identity {
  /** -1 from those who only keep offsets here. */
  readonly generationId: number
}

export interface CommitOffsetsRequest extends CommitRequest {
  readonly groupId: string
  /** How long the broker is to keep the offsets (v2-v4), -1 for its own rule. */
  readonly retentionTimeMs: number
  readonly topics: readonly OffsetsOfTopic[]
}

/** Offsets that are to hold once the producer's transaction is committed. */
export interface TransactionalCommitRequest extends CommitRequest {
  readonly groupId: string
  readonly producerId: number
  readonly topics: readonly OffsetsOfTopic[]
}

export interface TopicResults {
  readonly name: string
  readonly partitions: readonly { readonly partitionIndex: number; readonly errorCode: number }[]
}

/** Hands each offset that may be committed to `accept`, in order. Answers one error code for each partition. */
export function acceptOffsets(
  topics: readonly OffsetsOfTopic[],
  { dateMs, settings }: Moment,
  expireMs: number,
  accept: (place: TopicPartition, offset: CommittedOffset) => void,
): TopicResults[] {
  return topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(partition => {
      const { partitionIndex, committedOffset, committedLeaderEpoch, commitTimestamp = -1 } = partition
      const metadata = partition.committedMetadata ?? ''
      if (metadata.length > settings.offsetMetadataMax) {
        return { partitionIndex, errorCode: ErrorCode.offsetMetadataTooLarge }
      }
      const commitMs = commitTimestamp === -1 ? dateMs : commitTimestamp
      accept(
        { topic: name, partition: partitionIndex },
        { offset: committedOffset, leaderEpoch: committedLeaderEpoch, metadata, commitMs, expireMs },
      )
      return { partitionIndex, errorCode: ErrorCode.none }
    }),
  }))
}
