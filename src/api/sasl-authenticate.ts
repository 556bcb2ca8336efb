import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import { saslAuthenticateApi } from '../protocol/messages/sasl-authenticate.ts'
import { handler } from './handle.ts'

// SaslAuthenticate v0-2. Nobody logs in on these listeners: what Kafka answers on one without SASL.

export const saslAuthenticate = handler(saslAuthenticateApi, {
  handle() {
    throw new KafkaError(ErrorCode.illegalSaslState, 'this listener takes everybody without authentication')
  },
  refuse: (_request, failure) => ({ ...failure, authBytes: Buffer.alloc(0) }),
})
