import { ErrorCode } from '../protocol/errors.ts'
import { listPartitionReassignmentsApi } from '../protocol/messages/list-partition-reassignments.ts'
import { handler } from './handle.ts'

// ListPartitionReassignments v0. On one node nothing is ever on its way; as in Kafka, topics that do not exist are no error.

export const listPartitionReassignments = handler(listPartitionReassignmentsApi, {
  handle: () => ({ throttleTimeMs: 0, errorCode: ErrorCode.none, errorMessage: null, topics: [] }),
  refuse: (_request, failure) => ({ throttleTimeMs: 0, ...failure, topics: [] }),
})
