import type { Api } from '../codec.ts'
import { addOffsetsToTxnApi } from './add-offsets-to-txn.ts'
import { addPartitionsToTxnApi } from './add-partitions-to-txn.ts'
import { alterClientQuotasApi } from './alter-client-quotas.ts'
import { alterConfigsApi } from './alter-configs.ts'
import { alterPartitionReassignmentsApi } from './alter-partition-reassignments.ts'
import { alterReplicaLogDirsApi } from './alter-replica-log-dirs.ts'
import { alterUserScramCredentialsApi } from './alter-user-scram-credentials.ts'
import { apiVersionsApi } from './api-versions.ts'
import { consumerGroupDescribeApi } from './consumer-group-describe.ts'
import { createAclsApi } from './create-acls.ts'
import { createDelegationTokenApi } from './create-delegation-token.ts'
import { createPartitionsApi } from './create-partitions.ts'
import { createTopicsApi } from './create-topics.ts'
import { deleteAclsApi } from './delete-acls.ts'
import { deleteGroupsApi } from './delete-groups.ts'
import { deleteRecordsApi } from './delete-records.ts'
import { deleteTopicsApi } from './delete-topics.ts'
import { describeAclsApi } from './describe-acls.ts'
import { describeClientQuotasApi } from './describe-client-quotas.ts'
import { describeClusterApi } from './describe-cluster.ts'
import { describeConfigsApi } from './describe-configs.ts'
import { describeDelegationTokenApi } from './describe-delegation-token.ts'
import { describeGroupsApi } from './describe-groups.ts'
import { describeLogDirsApi } from './describe-log-dirs.ts'
import { describeProducersApi } from './describe-producers.ts'
import { describeQuorumApi } from './describe-quorum.ts'
import { describeTopicPartitionsApi } from './describe-topic-partitions.ts'
import { describeTransactionsApi } from './describe-transactions.ts'
import { describeUserScramCredentialsApi } from './describe-user-scram-credentials.ts'
import { electLeadersApi } from './elect-leaders.ts'
import { endTxnApi } from './end-txn.ts'
import { expireDelegationTokenApi } from './expire-delegation-token.ts'
import { fetchApi } from './fetch.ts'
import { findCoordinatorApi } from './find-coordinator.ts'
import { getTelemetrySubscriptionsApi } from './get-telemetry-subscriptions.ts'
import { heartbeatApi } from './heartbeat.ts'
import { incrementalAlterConfigsApi } from './incremental-alter-configs.ts'
import { initProducerIdApi } from './init-producer-id.ts'
import { joinGroupApi } from './join-group.ts'
import { leaveGroupApi } from './leave-group.ts'
import { listConfigResourcesApi } from './list-config-resources.ts'
import { listGroupsApi } from './list-groups.ts'
import { listOffsetsApi } from './list-offsets.ts'
import { listPartitionReassignmentsApi } from './list-partition-reassignments.ts'
import { listTransactionsApi } from './list-transactions.ts'
import { metadataApi } from './metadata.ts'
import { offsetCommitApi } from './offset-commit.ts'
import { offsetDeleteApi } from './offset-delete.ts'
import { offsetFetchApi } from './offset-fetch.ts'
import { offsetForLeaderEpochApi } from './offset-for-leader-epoch.ts'
import { produceApi } from './produce.ts'
import { pushTelemetryApi } from './push-telemetry.ts'
import { renewDelegationTokenApi } from './renew-delegation-token.ts'
import { saslAuthenticateApi } from './sasl-authenticate.ts'
import { saslHandshakeApi } from './sasl-handshake.ts'
import { syncGroupApi } from './sync-group.ts'
import { txnOffsetCommitApi } from './txn-offset-commit.ts'
import { updateFeaturesApi } from './update-features.ts'
import { writeTxnMarkersApi } from './write-txn-markers.ts'

/** Every declared API, by key. */
export const allApis: readonly Api[] = [
  produceApi,
  fetchApi,
  listOffsetsApi,
  metadataApi,
  offsetCommitApi,
  offsetFetchApi,
  findCoordinatorApi,
  joinGroupApi,
  heartbeatApi,
  leaveGroupApi,
  syncGroupApi,
  describeGroupsApi,
  listGroupsApi,
  saslHandshakeApi,
  apiVersionsApi,
  createTopicsApi,
  deleteTopicsApi,
  deleteRecordsApi,
  initProducerIdApi,
  offsetForLeaderEpochApi,
  addPartitionsToTxnApi,
  addOffsetsToTxnApi,
  endTxnApi,
  writeTxnMarkersApi,
  txnOffsetCommitApi,
  describeAclsApi,
  createAclsApi,
  deleteAclsApi,
  describeConfigsApi,
  alterConfigsApi,
  alterReplicaLogDirsApi,
  describeLogDirsApi,
  saslAuthenticateApi,
  createPartitionsApi,
  createDelegationTokenApi,
  renewDelegationTokenApi,
  expireDelegationTokenApi,
  describeDelegationTokenApi,
  deleteGroupsApi,
  electLeadersApi,
  incrementalAlterConfigsApi,
  alterPartitionReassignmentsApi,
  listPartitionReassignmentsApi,
  offsetDeleteApi,
  describeClientQuotasApi,
  alterClientQuotasApi,
  describeUserScramCredentialsApi,
  alterUserScramCredentialsApi,
  describeQuorumApi,
  updateFeaturesApi,
  describeClusterApi,
  describeProducersApi,
  describeTransactionsApi,
  listTransactionsApi,
  consumerGroupDescribeApi,
  getTelemetrySubscriptionsApi,
  pushTelemetryApi,
  listConfigResourcesApi,
  describeTopicPartitionsApi,
]
