import { defineApi } from '../codec.ts'
import { array, int16, int32, int64, string } from '../fields.ts'

/**
 * OffsetForLeaderEpoch 0-4: where a leader epoch ended, so that a client sees whether its log was cut (KIP-320).
 * 1 the epoch comes back, 2 throttling and the client's view of the epoch, 3 the replica id, 4 flexible.
 */
export const offsetForLeaderEpochApi = defineApi({
  key: 23,
  name: 'OffsetForLeaderEpoch',
  versions: [0, 4],
  flexible: 4,
  request: {
    // -2: a debugging consumer; clients send -1.
    replicaId: int32({ versions: '3+', default: -2 }),
    topics: array({
      topic: string(),
      partitions: array({
        partition: int32(),
        currentLeaderEpoch: int32({ versions: '2+', default: -1 }),
        leaderEpoch: int32(),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32({ versions: '2+' }),
    topics: array({
      topic: string(),
      partitions: array({
        errorCode: int16(),
        partition: int32(),
        leaderEpoch: int32({ versions: '1+', default: -1 }),
        endOffset: int64({ default: -1 }),
      }),
    }),
  },
})
