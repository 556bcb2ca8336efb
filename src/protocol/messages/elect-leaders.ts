import { defineApi } from '../codec.ts'
import { array, int8, int16, int32, string } from '../fields.ts'

/** ElectLeaders 0-2 (KIP-183). 1 unclean elections and an error of the whole request (KIP-460), 2 flexible. */
export const electLeadersApi = defineApi({
  key: 43,
  name: 'ElectLeaders',
  versions: [0, 2],
  flexible: 2,
  request: {
    electionType: int8({ versions: '1+' }),
    topicPartitions: array({ topic: string(), partitions: array(int32()) }, { nullable: '0+' }),
    timeoutMs: int32({ default: 60_000 }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16({ versions: '1+' }),
    replicaElectionResults: array({
      topic: string(),
      partitionResult: array({ partitionId: int32(), errorCode: int16(), errorMessage: string({ nullable: '0+' }) }),
    }),
  },
})
