import { defineApi } from '../codec.ts'
import { array, int16, int32, int64, string, uint16, uuid } from '../fields.ts'

const replicas = array({
  replicaId: int32(),
  replicaDirectoryId: uuid({ versions: '2+' }),
  logEndOffset: int64(),
  lastFetchTimestamp: int64({ versions: '1+', default: -1 }),
  lastCaughtUpTimestamp: int64({ versions: '1+', default: -1 }),
})

/** DescribeQuorum 0-2 (KIP-595). 1 when replicas fetched (KIP-836), 2 directories, nodes and messages (KIP-853). */
export const describeQuorumApi = defineApi({
  key: 55,
  name: 'DescribeQuorum',
  versions: [0, 2],
  flexible: 0,
  request: {
    topics: array({ topicName: string(), partitions: array({ partitionIndex: int32() }) }),
  },
  response: {
    errorCode: int16(),
    errorMessage: string({ versions: '2+', nullable: '2+' }),
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ versions: '2+', nullable: '2+' }),
        leaderId: int32(),
        leaderEpoch: int32(),
        highWatermark: int64(),
        currentVoters: replicas,
        observers: replicas,
      }),
    }),
    nodes: array(
      { nodeId: int32(), listeners: array({ name: string(), host: string(), port: uint16() }) },
      { versions: '2+' },
    ),
  },
})
