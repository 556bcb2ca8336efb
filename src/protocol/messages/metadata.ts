import { defineApi } from '../codec.ts'
import { array, bool, int16, int32, string, uuid } from '../fields.ts'

/** What a bit set of allowed operations holds when nobody asked for it. */
const notAsked = -2_147_483_648

/**
 * Metadata 0-13: brokers, topics, partitions and their leaders. In v0 an empty list asks for all topics, since v1 null
 * does. 1 rack, controller and internal topics, 2 cluster id, 3 throttling, 4 may forbid auto-creation, 5 offline
 * replicas, 7 leader epochs (KIP-320), 8 authorised operations (KIP-430), 9 flexible, 10 topic ids (KIP-516), 12 topics
 * by id alone, 13 a top-level error.
 */
export const metadataApi = defineApi({
  key: 3,
  name: 'Metadata',
  versions: [0, 13],
  flexible: 9,
  request: {
    topics: array({ topicId: uuid({ versions: '10+' }), name: string({ nullable: '10+' }) }, { nullable: '1+' }),
    allowAutoTopicCreation: bool({ versions: '4+', default: true }),
    includeClusterAuthorizedOperations: bool({ versions: '8-10' }),
    includeTopicAuthorizedOperations: bool({ versions: '8+' }),
  },
  response: {
    throttleTimeMs: int32({ versions: '3+' }),
    brokers: array({
      nodeId: int32(),
      host: string(),
      port: int32(),
      rack: string({ versions: '1+', nullable: '1+', default: null }),
    }),
    clusterId: string({ versions: '2+', nullable: '2+', default: null }),
    controllerId: int32({ versions: '1+', default: -1 }),
    topics: array({
      errorCode: int16(),
      name: string({ nullable: '12+' }),
      topicId: uuid({ versions: '10+' }),
      isInternal: bool({ versions: '1+', default: false }),
      partitions: array({
        errorCode: int16(),
        partitionIndex: int32(),
        leaderId: int32(),
        leaderEpoch: int32({ versions: '7+', default: -1 }),
        replicaNodes: array(int32()),
        isrNodes: array(int32()),
        offlineReplicas: array(int32(), { versions: '5+' }),
      }),
      topicAuthorizedOperations: int32({ versions: '8+', default: notAsked }),
    }),
    clusterAuthorizedOperations: int32({ versions: '8-10', default: notAsked }),
    errorCode: int16({ versions: '13+' }),
  },
})
