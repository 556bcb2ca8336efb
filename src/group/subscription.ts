import type { ClassicGroup } from './classic-state.ts'
import { consumerProtocolType, metadataFor } from './protocol-vote.ts'

/**
 * The topics that the members of a consumer group named when they joined: offsets of these are neither expired nor
 * deleted. Null when that cannot be told: another protocol type, or metadata that is not a consumer's subscription.
 */
export function subscribedTopicsOf(group: ClassicGroup): ReadonlySet<string> | null {
  if (group.protocolType !== consumerProtocolType) return null
  const all = new Set<string>()
  for (const member of group.members.values()) {
    const topics = subscribedTopics(metadataFor(member, group.protocolName))
    if (topics === null) return null
    for (const topic of topics) all.add(topic)
  }
  return all
}

/**
 * Reads the topics from the metadata of a consumer: a version and an array of names open every version of Kafka's
 * ConsumerProtocolSubscription. Null for bytes that do not begin so; they come from clients and may be anything.
 */
export function subscribedTopics(metadata: Buffer): string[] | null {
  if (metadata.length < 6) return null
  const count = metadata.readInt32BE(2)
  const topics: string[] = []
  let at = 6
  for (let index = 0; index < count; index++) {
    if (at + 2 > metadata.length) return null
    const length = metadata.readInt16BE(at)
    const end = at + 2 + length
    if (length < 0 || end > metadata.length) return null
    topics.push(metadata.toString('utf8', at + 2, end))
    at = end
  }
  return count < 0 ? null : topics
}

/** Whether the group reads this topic, as far as it can be told: a consumer group that does not tell may read any. */
export function isSubscribed(group: ClassicGroup, topic: string): boolean {
  return group.subscribedTopics?.has(topic) ?? group.protocolType === consumerProtocolType
}
