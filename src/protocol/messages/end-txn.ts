import { defineApi } from '../codec.ts'
import { bool, int16, int32, int64, string } from '../fields.ts'

/** EndTxn 0-5: commits or aborts (KIP-98). 3 flexible, 5 answers with the epoch of the next transaction (KIP-890). */
export const endTxnApi = defineApi({
  key: 26,
  name: 'EndTxn',
  versions: [0, 5],
  flexible: 3,
  request: {
    transactionalId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    committed: bool(),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    producerId: int64({ versions: '5+', default: -1 }),
    producerEpoch: int16({ versions: '5+', default: -1 }),
  },
})
