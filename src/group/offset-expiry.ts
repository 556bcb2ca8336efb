import type { ClassicGroup } from './classic-state.ts'
import type { CommittedOffset, OffsetEntry, TopicPartition } from './offset-table.ts'
import { consumerProtocolType } from './protocol-vote.ts'
import { isSubscribed } from './subscription.ts'

export interface ExpiryTime {
  readonly dateMs: number
  readonly retentionMs: number
}

/**
 * Offsets that have outlived their use (KIP-211): of a group without members, a while after the last one left; of a
 * stable consumer group, those of topics that it no longer reads; of a group that only keeps offsets, each a while
 * after its commit. A commit may have set its own end (OffsetCommit v2-v4).
 */
export function expiredOffsets(
  group: ClassicGroup,
  topics: ReadonlyMap<string, ReadonlyMap<number, OffsetEntry>>,
  time: ExpiryTime,
): TopicPartition[] {
  const retainedSinceMs = retentionStart(group)
  if (!retainedSinceMs) return []
  const expired: TopicPartition[] = []
  for (const [topic, partitions] of topics) {
    if (isSubscribed(group, topic)) continue
    for (const [partition, { latest }] of partitions) {
      const endMs = latest.expireMs === -1 ? retainedSinceMs(latest) + time.retentionMs : latest.expireMs
      if (time.dateMs >= endMs) expired.push({ topic, partition })
    }
  }
  return expired
}

/** From when on an offset counts as unused; null while the group may need any of them. */
function retentionStart(group: ClassicGroup): ((offset: CommittedOffset) => number) | null {
  if (group.protocolType === null) return offset => offset.commitMs
  if (group.state === 'Empty') return () => group.stateSinceMs
  const isKnown = group.state === 'Stable' && group.protocolType === consumerProtocolType
  return isKnown && group.subscribedTopics !== null ? offset => offset.commitMs : null
}
