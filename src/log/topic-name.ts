import { ErrorCode, KafkaError } from '../protocol/errors.ts'

/** Kafka's limit: a partition's directory name (`TOPIC-INDEX.UUID-delete`) must fit into 255 bytes. */
export const topicNameLengthMax = 249

/** Names of topics that Kafka keeps for itself. */
export const internalTopicNames: ReadonlySet<string> = new Set([
  '__consumer_offsets',
  '__transaction_state',
  '__share_group_state',
  '__cluster_metadata',
])

/** Why Kafka would not have a topic of this name; undefined if it would. */
export function topicNameFault(name: string): string | undefined {
  if (name === '') return 'a topic name must not be empty'
  if (name === '.' || name === '..') return `'${name}' cannot be the name of a topic`
  if (name.length > topicNameLengthMax) {
    return `a topic name has at most ${topicNameLengthMax} characters, this one has ${name.length}`
  }
  if (!/^[a-zA-Z0-9._-]+$/.test(name)) {
    return `the topic name '${printable(name)}' has characters other than ASCII letters, digits, '.', '_' and '-'`
  }
  return undefined
}

/** Throws `KafkaError` INVALID_TOPIC_EXCEPTION for a name that Kafka does not allow. */
export function checkTopicName(name: string): void {
  const fault = topicNameFault(name)
  if (fault !== undefined) throw new KafkaError(ErrorCode.invalidTopicException, fault)
}

/** Two names with the same key collide: Kafka's metric names turn '.' into '_', so only one of them may exist. */
export function collisionKey(name: string): string {
  return name.replaceAll('.', '_')
}

// The message goes into answers and logs: control characters of a hostile name must not.
function printable(name: string): string {
  return name.replace(/[^\x20-\x7e]/g, '?')
}
