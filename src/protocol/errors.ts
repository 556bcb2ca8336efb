/** Every error of Kafka's protocol up to 4.2: its code, and what it says when we have nothing more precise to say. */
const errors = {
  unknownServerError: [-1, 'the server met an error that it did not expect'],
  none: [0, 'no error'],
  offsetOutOfRange: [1, 'the offset is outside what the partition holds'],
  corruptMessage: [2, 'the message is damaged: wrong checksum, wrong size, or a missing key on a compacted topic'],
  unknownTopicOrPartition: [3, 'this server has no such topic or partition'],
  invalidFetchSize: [4, 'the fetch size is not valid'],
  leaderNotAvailable: [5, 'the partition has no leader at the moment'],
  notLeaderOrFollower: [6, 'this broker neither leads nor follows the partition'],
  requestTimedOut: [7, 'the request timed out'],
  brokerNotAvailable: [8, 'the broker is not available'],
  replicaNotAvailable: [9, 'the replica is not available'],
  messageTooLarge: [10, 'the message is larger than the server accepts'],
  staleControllerEpoch: [11, 'the controller has moved to another broker'],
  offsetMetadataTooLarge: [12, 'the metadata of the offset is too large'],
  networkException: [13, 'the connection broke before an answer came'],
  coordinatorLoadInProgress: [14, 'the coordinator is still loading'],
  coordinatorNotAvailable: [15, 'the coordinator is not available'],
  notCoordinator: [16, 'this broker is not the coordinator'],
  invalidTopicException: [17, 'the topic name is not valid'],
  recordListTooLarge: [18, 'the batch is larger than a segment may be'],
  notEnoughReplicas: [19, 'fewer replicas are in sync than required'],
  notEnoughReplicasAfterAppend: [20, 'written, but to fewer in-sync replicas than required'],
  invalidRequiredAcks: [21, 'acks must be -1, 0 or 1'],
  illegalGeneration: [22, 'the generation is not the current one of the group'],
  inconsistentGroupProtocol: [23, "the member's protocols do not fit those of the group"],
  invalidGroupId: [24, 'the group id is not valid'],
  unknownMemberId: [25, 'the group has no such member'],
  invalidSessionTimeout: [26, 'the session timeout is outside the range that the broker allows'],
  rebalanceInProgress: [27, 'the group is rebalancing: rejoin it'],
  invalidCommitOffsetSize: [28, 'the committed offsets are too large'],
  topicAuthorizationFailed: [29, 'not authorised for the topic'],
  groupAuthorizationFailed: [30, 'not authorised for the group'],
  clusterAuthorizationFailed: [31, 'not authorised for the cluster'],
  invalidTimestamp: [32, 'the timestamp is outside the accepted range'],
  unsupportedSaslMechanism: [33, 'the broker does not offer this SASL mechanism'],
  illegalSaslState: [34, 'the request does not fit the state of the authentication'],
  unsupportedVersion: [35, 'this version of the API is not supported'],
  topicAlreadyExists: [36, 'a topic with this name exists already'],
  invalidPartitions: [37, 'the number of partitions is not valid'],
  invalidReplicationFactor: [38, 'the replication factor is below 1 or larger than the number of brokers'],
  invalidReplicaAssignment: [39, 'the replica assignment is not valid'],
  invalidConfig: [40, 'the configuration is not valid'],
  notController: [41, 'this broker is not the controller'],
  invalidRequest: [42, 'the request cannot be meant like this, or does not fit its version'],
  unsupportedForMessageFormat: [43, 'the message format does not support the request'],
  policyViolation: [44, 'the request breaks a policy'],
  outOfOrderSequenceNumber: [45, 'the sequence number does not follow the last one of this producer'],
  duplicateSequenceNumber: [46, 'the sequence number was seen before'],
  invalidProducerEpoch: [47, 'a newer producer with this id has taken over'],
  invalidTxnState: [48, 'the transaction is in a state that does not allow this'],
  invalidProducerIdMapping: [49, 'the producer id does not belong to this transactional id'],
  invalidTransactionTimeout: [50, 'the transaction timeout is larger than the broker allows'],
  concurrentTransactions: [51, 'the previous transaction is still being completed'],
  transactionCoordinatorFenced: [52, 'a newer transaction coordinator has taken over'],
  transactionalIdAuthorizationFailed: [53, 'not authorised for the transactional id'],
  securityDisabled: [54, 'security is switched off'],
  operationNotAttempted: [55, 'not attempted, because another part of the request failed'],
  kafkaStorageError: [56, 'the disk failed'],
  logDirNotFound: [57, 'the log directory is not in the configuration'],
  saslAuthenticationFailed: [58, 'authentication failed'],
  unknownProducerId: [59, 'nothing is known of this producer id any more'],
  reassignmentInProgress: [60, 'the partition is being reassigned'],
  delegationTokenAuthDisabled: [61, 'delegation tokens are switched off'],
  delegationTokenNotFound: [62, 'no such delegation token'],
  delegationTokenOwnerMismatch: [63, 'the principal neither owns nor may renew the delegation token'],
  delegationTokenRequestNotAllowed: [64, 'delegation tokens are not handed out on this kind of connection'],
  delegationTokenAuthorizationFailed: [65, 'not authorised for the delegation token'],
  delegationTokenExpired: [66, 'the delegation token has expired'],
  invalidPrincipalType: [67, 'the type of the principal is not supported'],
  nonEmptyGroup: [68, 'the group has members'],
  groupIdNotFound: [69, 'no such group'],
  fetchSessionIdNotFound: [70, 'no such fetch session'],
  invalidFetchSessionEpoch: [71, 'the epoch of the fetch session is not the expected one'],
  listenerNotFound: [72, 'the leader has no listener that matches this one'],
  topicDeletionDisabled: [73, 'deleting topics is switched off'],
  fencedLeaderEpoch: [74, 'the leader epoch is older than that of the partition'],
  unknownLeaderEpoch: [75, 'the leader epoch is newer than that of the partition'],
  unsupportedCompressionType: [76, 'the compression is not supported in this version'],
  staleBrokerEpoch: [77, 'the broker epoch has changed'],
  offsetNotAvailable: [78, 'the new leader has not caught up with the high watermark yet'],
  memberIdRequired: [79, 'join again with the member id from this answer'],
  preferredLeaderNotAvailable: [80, 'the preferred leader is not available'],
  groupMaxSizeReached: [81, 'the group is full'],
  fencedInstanceId: [82, 'another member with this instance id has taken over'],
  eligibleLeadersNotAvailable: [83, 'no replica that could lead is available'],
  electionNotNeeded: [84, 'the partition needs no election'],
  noReassignmentInProgress: [85, 'the partition is not being reassigned'],
  groupSubscribedToTopic: [86, 'the group is subscribed to the topic'],
  invalidRecord: [87, 'a record was refused by the broker'],
  unstableOffsetCommit: [88, 'offsets of an open transaction are not decided yet'],
  throttlingQuotaExceeded: [89, 'the quota is used up'],
  producerFenced: [90, 'a newer producer with this transactional id has taken over'],
  resourceNotFound: [91, 'no such resource'],
  duplicateResource: [92, 'the resource exists already'],
  unacceptableCredential: [93, 'the credential is not acceptable'],
  inconsistentVoterSet: [94, 'the sender and the receiver know different voters'],
  invalidUpdateVersion: [95, 'the version of the update is not valid'],
  featureUpdateFailed: [96, 'the features could not be updated'],
  principalDeserializationFailure: [97, 'the forwarded principal cannot be read'],
  snapshotNotFound: [98, 'no such snapshot'],
  positionOutOfRange: [99, 'the position is outside the snapshot'],
  unknownTopicId: [100, 'this server has no topic with this id'],
  duplicateBrokerRegistration: [101, 'a broker with this id is registered already'],
  brokerIdNotRegistered: [102, 'no broker with this id is registered'],
  inconsistentTopicId: [103, 'the topic id in the request is not that of the log'],
  inconsistentClusterId: [104, 'the cluster id in the request is not that of this cluster'],
  transactionalIdNotFound: [105, 'no such transactional id'],
  fetchSessionTopicIdError: [106, 'the fetch session knows topics by name, the request by id, or the other way round'],
  ineligibleReplica: [107, 'the replica may not enter the in-sync set'],
  newLeaderElected: [108, 'the request changed the leader of the partition'],
  offsetMovedToTieredStorage: [109, 'the offset is in tiered storage'],
  fencedMemberEpoch: [110, 'the coordinator has fenced this member epoch: rejoin from the start'],
  unreleasedInstanceId: [111, 'the instance id still belongs to another member'],
  unsupportedAssignor: [112, 'the group does not support the assignor, or its version range'],
  staleMemberEpoch: [113, 'the member epoch is old: take the new one from the heartbeat and retry'],
  mismatchedEndpointType: [114, 'the request went to the wrong kind of endpoint'],
  unsupportedEndpointType: [115, 'the kind of endpoint is not supported'],
  unknownControllerId: [116, 'no controller has this id'],
  unknownSubscriptionId: [117, 'the telemetry subscription has changed: get it again'],
  telemetryTooLarge: [118, 'the telemetry is larger than the broker accepts'],
  invalidRegistration: [119, 'the registration of the controller is not valid'],
  transactionAbortable: [120, 'the transaction can only be aborted'],
  invalidRecordState: [121, 'the acknowledgement does not fit the state of the record'],
  shareSessionNotFound: [122, 'no such share session'],
  invalidShareSessionEpoch: [123, 'the epoch of the share session is not the expected one'],
  fencedStateEpoch: [124, 'the state epoch of the share group is older than the current one'],
  invalidVoterKey: [125, 'the voter key is not that of the replica'],
  duplicateVoter: [126, 'the voter is in the set already'],
  voterNotFound: [127, 'no such voter'],
  invalidRegularExpression: [128, 'the regular expression is not valid'],
  rebootstrapRequired: [129, 'the metadata is too old: start again from the bootstrap servers'],
  streamsInvalidTopology: [130, 'the topology is not valid'],
  streamsInvalidTopologyEpoch: [131, 'the topology epoch is not valid'],
  streamsTopologyFenced: [132, 'the topology epoch is older than that of the group'],
  shareSessionLimitReached: [133, 'no more share sessions are possible'],
} as const

type ErrorKey = keyof typeof errors

/** Kafka's error codes under their camelCase names: `ErrorCode.unknownTopicOrPartition` is 3. */
export const ErrorCode = Object.fromEntries(Object.entries(errors).map(([key, [code]]) => [key, code])) as {
  readonly [Key in ErrorKey]: (typeof errors)[Key][0]
}

const byCode = new Map(
  Object.entries(errors).map(([key, [code, phrase]]) => [
    code as number,
    { name: key.replace(/[A-Z]/g, letter => `_${letter}`).toUpperCase(), phrase },
  ]),
)

/** Kafka's name of an error: 'UNKNOWN_TOPIC_OR_PARTITION' for 3; 'ERROR_999' for a code nobody knows. */
export function errorName(code: number): string {
  return byCode.get(code)?.name ?? `ERROR_${code}`
}

/** The standard sentence of an error, for answers that have nothing more precise to say. */
export function errorPhrase(code: number): string {
  return byCode.get(code)?.phrase ?? `error ${code}`
}

/** The client's fault, or the fate of its request: becomes an error code in the answer. */
export class KafkaError extends Error {
  readonly code: number

  constructor(code: number, message: string = errorPhrase(code), options?: ErrorOptions) {
    super(message, options)
    this.name = 'KafkaError'
    this.code = code
  }
}
