import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import { zeroUuid } from '../protocol/fields.ts'
import { alterPartitionReassignmentsApi } from '../protocol/messages/alter-partition-reassignments.ts'
import { handler, settle } from './handle.ts'
import { checkAssignment } from './replica-assignment.ts'
import { findPartition } from './topic-lookup.ts'

// AlterPartitionReassignments v0-1. A partition can only be where it is: on this node. So a reassignment is done at once
// or refused, and there is none to cancel. The timeout is not needed.

export const alterPartitionReassignments = handler(alterPartitionReassignmentsApi, {
  handle: ({ allowReplicationFactorChange, topics }, _call, services) => ({
    throttleTimeMs: 0,
    allowReplicationFactorChange,
    errorCode: ErrorCode.none,
    errorMessage: null,
    responses: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, replicas }) => ({
        partitionIndex,
        ...settle(() => {
          findPartition(services.topics, { name, topicId: zeroUuid }, partitionIndex)
          if (replicas === null) throw new KafkaError(ErrorCode.noReassignmentInProgress)
          checkAssignment(replicas, services.node.nodeId)
          return {}
        }),
      })),
    })),
  }),
  refuse: ({ topics }, failure) => ({
    throttleTimeMs: 0,
    ...failure,
    responses: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, ...failure })),
    })),
  }),
})
