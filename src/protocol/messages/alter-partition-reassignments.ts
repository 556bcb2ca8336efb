import { defineApi } from '../codec.ts'
import { array, bool, int16, int32, string } from '../fields.ts'

/** AlterPartitionReassignments 0-1 (KIP-455). 1 may insist on the number of replicas (KIP-860). */
export const alterPartitionReassignmentsApi = defineApi({
  key: 45,
  name: 'AlterPartitionReassignments',
  versions: [0, 1],
  flexible: 0,
  request: {
    timeoutMs: int32({ default: 60_000 }),
    allowReplicationFactorChange: bool({ versions: '1+', default: true }),
    topics: array({
      name: string(),
      partitions: array({ partitionIndex: int32(), replicas: array(int32(), { nullable: '0+', default: null }) }),
    }),
  },
  response: {
    throttleTimeMs: int32(),
    allowReplicationFactorChange: bool({ versions: '1+', default: true }),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+' }),
    responses: array({
      name: string(),
      partitions: array({ partitionIndex: int32(), errorCode: int16(), errorMessage: string({ nullable: '0+' }) }),
    }),
  },
})
