import { internalTopicNames } from '../log/topic-name.ts'
import type { Topics } from '../log/topics.ts'
import { ErrorCode, KafkaError } from '../protocol/errors.ts'

// Offsets and transactions are rows of tables, which are written in the same commit as the records that they belong to. So
// there is no __consumer_offsets and no __transaction_state, but nobody may have topics of these names either: what reads
// them takes what it finds for the state of groups. Such a copy, kept only for those who read it, would have to follow a
// format that Kafka changes (4.1 did, to the loss of tools); what asks by the admin API works with any broker.

/** Throws `KafkaError` INVALID_TOPIC_EXCEPTION for the name of a topic that Kafka keeps for itself, unless it is there. */
export function checkNotReserved(name: string, topics: Topics): void {
  if (!internalTopicNames.has(name) || topics.get(name)) return
  const reason = `'${name}' is reserved: this node keeps the state of groups and transactions in tables, not in topics`
  throw new KafkaError(ErrorCode.invalidTopicException, reason)
}
