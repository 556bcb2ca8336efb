import type { Partition } from '../log/partition.ts'
import type { Topic, Topics } from '../log/topics.ts'
import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import { zeroUuid } from '../protocol/fields.ts'

/** How a request names a topic: by name, or from a certain version on by id. The other field has its default. */
export interface TopicReference {
  readonly name: string
  readonly topicId: string
}

/** Throws unknownTopicOrPartition for a name, unknownTopicId for an id that does not exist. */
export function findTopic(topics: Topics, reference: TopicReference): Topic {
  const byId = reference.topicId !== zeroUuid || reference.name === ''
  const topic = byId ? topics.byId(reference.topicId) : topics.get(reference.name)
  if (topic) return topic
  throw byId
    ? new KafkaError(ErrorCode.unknownTopicId, `no topic has the id ${reference.topicId}`)
    : new KafkaError(ErrorCode.unknownTopicOrPartition, `there is no topic '${reference.name}'`)
}

/** As `findTopic`, then throws unknownTopicOrPartition for an index that the topic does not have. */
export function findPartition(topics: Topics, reference: TopicReference, index: number): Partition {
  const topic = findTopic(topics, reference)
  const partition = topic.partitions[index]
  if (partition) return partition
  throw new KafkaError(ErrorCode.unknownTopicOrPartition, `topic '${topic.name}' has no partition ${index}`)
}
