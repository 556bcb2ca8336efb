import { defineApi } from '../codec.ts'
import { int16, int32, int64, string } from '../fields.ts'

/** AddOffsetsToTxn 0-4: a group's offsets become part of the transaction (KIP-98). 3 flexible. */
export const addOffsetsToTxnApi = defineApi({
  key: 25,
  name: 'AddOffsetsToTxn',
  versions: [0, 4],
  flexible: 3,
  request: {
    transactionalId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    groupId: string(),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
  },
})
