import { ErrorCode } from '../protocol/errors.ts'
import { addOffsetsToTxnApi } from '../protocol/messages/add-offsets-to-txn.ts'
import { fencedAs } from './fencing.ts'
import { handler } from './handle.ts'

// AddOffsetsToTxn v0-4.

export const addOffsetsToTxn = handler(addOffsetsToTxnApi, {
  handle(request, _call, services) {
    services.transactions.addGroup(request)
    return { throttleTimeMs: 0, errorCode: ErrorCode.none }
  },
  // KIP-588.
  refuse: (_request, { errorCode }, { version }) => ({
    throttleTimeMs: 0,
    errorCode: fencedAs(errorCode, version >= 2),
  }),
})
