import { ErrorCode } from '../protocol/errors.ts'
import { saslHandshakeApi } from '../protocol/messages/sasl-handshake.ts'
import { handler } from './handle.ts'

// SaslHandshake v0-1. Nobody logs in on these listeners: what Kafka answers on one without SASL, so that a client that is
// set up for SASL hears that the port is wrong, and one that looks at the APIs takes the node for a Kafka from 0.10 on.

export const saslHandshake = handler(saslHandshakeApi, {
  handle: () => ({ errorCode: ErrorCode.illegalSaslState, mechanisms: [] }),
  refuse: (_request, { errorCode }) => ({ errorCode, mechanisms: [] }),
})
