import { ErrorCode, KafkaError } from '../protocol/errors.ts'

/** Refuses a replication factor that one node cannot give: all but 1, and -1 for the default. */
export function checkReplicationFactor(replicationFactor: number): void {
  if (replicationFactor === 1 || replicationFactor === -1) return
  const reason =
    replicationFactor > 1
      ? `the replication factor cannot be ${replicationFactor}: there is 1 broker`
      : 'the replication factor must be above 0, or -1 for the default'
  throw new KafkaError(ErrorCode.invalidReplicationFactor, reason)
}

/** Refuses a list of brokers for a partition that is not this node alone. */
export function checkAssignment(brokerIds: readonly number[], nodeId: number): void {
  if (brokerIds.length === 1 && brokerIds[0] === nodeId) return
  throw new KafkaError(
    ErrorCode.invalidReplicaAssignment,
    brokerIds.length === 0
      ? 'a partition needs a broker'
      : `the brokers of a partition cannot be ${brokerIds.join(', ')}: there is only broker ${nodeId}`,
  )
}
