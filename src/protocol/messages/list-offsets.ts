import { defineApi } from '../codec.ts'
import { array, int8, int16, int32, int64, string } from '../fields.ts'

/**
 * ListOffsets 0-11: the first offset at or after a time, and special offsets as negative timestamps. v0 answers with a
 * list of segment starts; 1 with one offset, 2 isolation levels, 4 leader epochs (KIP-320), 6 flexible, 7 max timestamp
 * (-3, KIP-734), 8 earliest local (-4), 9 latest tiered (-5), 10 a timeout, 11 earliest pending upload (-6).
 */
export const listOffsetsApi = defineApi({
  key: 2,
  name: 'ListOffsets',
  versions: [0, 11],
  flexible: 6,
  request: {
    replicaId: int32(),
    isolationLevel: int8({ versions: '2+' }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        currentLeaderEpoch: int32({ versions: '4+', default: -1 }),
        timestamp: int64(),
        maxNumOffsets: int32({ versions: '0', default: 1 }),
      }),
    }),
    timeoutMs: int32({ versions: '10+' }),
  },
  response: {
    throttleTimeMs: int32({ versions: '2+' }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        oldStyleOffsets: array(int64(), { versions: '0' }),
        timestamp: int64({ versions: '1+', default: -1 }),
        offset: int64({ versions: '1+', default: -1 }),
        leaderEpoch: int32({ versions: '4+', default: -1 }),
      }),
    }),
  },
})
