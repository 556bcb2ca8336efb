import { defineApi } from '../codec.ts'
import { int16, int32, int64, string } from '../fields.ts'

/**
 * InitProducerId 0-5: an id for an idempotent producer, or the next epoch of a transactional one. 2 flexible, 3 a
 * producer may ask for the next epoch of the id it has (KIP-360), 4 fencing has its own error code. v6 (two-phase
 * commit, KIP-939) is unstable in Kafka 4.2 and left out.
 */
export const initProducerIdApi = defineApi({
  key: 22,
  name: 'InitProducerId',
  versions: [0, 5],
  flexible: 2,
  request: {
    transactionalId: string({ nullable: '0+' }),
    transactionTimeoutMs: int32(),
    producerId: int64({ versions: '3+', default: -1 }),
    producerEpoch: int16({ versions: '3+', default: -1 }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    producerId: int64({ default: -1 }),
    producerEpoch: int16(),
  },
})
