import { defineApi } from '../codec.ts'
import { array, bool, int16, int32, int64, string } from '../fields.ts'

const topics = { name: string(), partitions: array(int32()) }
const topicResults = {
  name: string(),
  resultsByPartition: array({ partitionIndex: int32(), partitionErrorCode: int16() }),
}

/**
 * AddPartitionsToTxn 0-5 (KIP-98). Clients send 0-3; 4 and 5 are for brokers, with several transactions at once
 * (KIP-890). 3 flexible.
 */
export const addPartitionsToTxnApi = defineApi({
  key: 24,
  name: 'AddPartitionsToTxn',
  versions: [0, 5],
  flexible: 3,
  request: {
    transactions: array(
      {
        transactionalId: string(),
        producerId: int64(),
        producerEpoch: int16(),
        verifyOnly: bool({ default: false }),
        topics: array(topics),
      },
      { versions: '4+' },
    ),
    v3AndBelowTransactionalId: string({ versions: '0-3' }),
    v3AndBelowProducerId: int64({ versions: '0-3' }),
    v3AndBelowProducerEpoch: int16({ versions: '0-3' }),
    v3AndBelowTopics: array(topics, { versions: '0-3' }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16({ versions: '4+' }),
    resultsByTransaction: array({ transactionalId: string(), topicResults: array(topicResults) }, { versions: '4+' }),
    resultsByTopicV3AndBelow: array(topicResults, { versions: '0-3' }),
  },
})
