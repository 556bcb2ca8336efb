import { ErrorCode } from '../protocol/errors.ts'
import { endTxnApi } from '../protocol/messages/end-txn.ts'
import { fencedAs } from './fencing.ts'
import { handler } from './handle.ts'

// EndTxn v0-5. Version 5 is that of the second generation of transactions (KIP-890).

export const endTxn = handler(endTxnApi, {
  async handle(request, { version }, services) {
    const identity = await services.transactions.end({ ...request, bumpsEpoch: version >= 5 })
    return { throttleTimeMs: 0, errorCode: ErrorCode.none, ...identity }
  },
  refuse: (_request, { errorCode }, { version }) => ({
    throttleTimeMs: 0,
    // KIP-588.
    errorCode: fencedAs(errorCode, version >= 2),
    producerId: -1,
    producerEpoch: -1,
  }),
})
