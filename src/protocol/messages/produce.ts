import { defineApi } from '../codec.ts'
import { array, int16, int32, int64, records, string, struct, uuid } from '../fields.ts'

/**
 * Produce 0-13. With acks 0 there is no response. 0 and 1 carry message sets of magic 0, 2 of magic 1, 3+ batches v2 and
 * the transactional id; 5 log start offset, 7 allows zstd (KIP-110), 8 errors per record (KIP-467), 9 flexible, 10 new
 * leaders (KIP-951), 12 adds partitions to the transaction implicitly (KIP-890), 13 topic ids instead of names.
 */
export const produceApi = defineApi({
  key: 0,
  name: 'Produce',
  versions: [0, 13],
  flexible: 9,
  request: {
    transactionalId: string({ versions: '3+', nullable: '3+', default: null }),
    acks: int16(),
    timeoutMs: int32(),
    topicData: array({
      name: string({ versions: '0-12' }),
      topicId: uuid({ versions: '13+' }),
      partitionData: array({ index: int32(), records: records({ nullable: '0+' }) }),
    }),
  },
  response: {
    responses: array({
      name: string({ versions: '0-12' }),
      topicId: uuid({ versions: '13+' }),
      partitionResponses: array({
        index: int32(),
        errorCode: int16(),
        baseOffset: int64(),
        logAppendTimeMs: int64({ versions: '2+', default: -1 }),
        logStartOffset: int64({ versions: '5+', default: -1 }),
        recordErrors: array(
          { batchIndex: int32(), batchIndexErrorMessage: string({ nullable: '8+', default: null }) },
          { versions: '8+' },
        ),
        errorMessage: string({ versions: '8+', nullable: '8+', default: null }),
        currentLeader: struct(
          { leaderId: int32({ default: -1 }), leaderEpoch: int32({ default: -1 }) },
          { versions: '10+', tag: 0 },
        ),
      }),
    }),
    throttleTimeMs: int32({ versions: '1+', default: 0 }),
    nodeEndpoints: array(
      { nodeId: int32(), host: string(), port: int32(), rack: string({ nullable: '10+', default: null }) },
      { versions: '10+', tag: 0 },
    ),
  },
})
