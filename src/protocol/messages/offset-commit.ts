import { defineApi } from '../codec.ts'
import { array, int16, int32, int64, string, uuid } from '../fields.ts'

/**
 * OffsetCommit 0-10. v0 knows no generations, and v1 alone brings a time for each offset; 2-4 how long to keep them;
 * 3 throttling, 6 leader epochs (KIP-320), 7 static members (KIP-345), 8 flexible, 9 members of consumer groups with
 * their epoch as generation (KIP-848), 10 topic ids instead of names.
 */
export const offsetCommitApi = defineApi({
  key: 8,
  name: 'OffsetCommit',
  versions: [0, 10],
  flexible: 8,
  request: {
    groupId: string(),
    generationIdOrMemberEpoch: int32({ versions: '1+', default: -1 }),
    memberId: string({ versions: '1+' }),
    groupInstanceId: string({ versions: '7+', nullable: '7+', default: null }),
    retentionTimeMs: int64({ versions: '2-4', default: -1 }),
    topics: array({
      name: string({ versions: '0-9' }),
      topicId: uuid({ versions: '10+' }),
      partitions: array({
        partitionIndex: int32(),
        committedOffset: int64(),
        committedLeaderEpoch: int32({ versions: '6+', default: -1 }),
        commitTimestamp: int64({ versions: '1', default: -1 }),
        committedMetadata: string({ nullable: '0+' }),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32({ versions: '3+' }),
    topics: array({
      name: string({ versions: '0-9' }),
      topicId: uuid({ versions: '10+' }),
      partitions: array({ partitionIndex: int32(), errorCode: int16() }),
    }),
  },
})
