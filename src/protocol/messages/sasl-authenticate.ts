import { defineApi } from '../codec.ts'
import { bytes, int16, int64, string } from '../fields.ts'

/** SaslAuthenticate 0-2 (KIP-152). 1 the session's lifetime (KIP-368), 2 flexible. */
export const saslAuthenticateApi = defineApi({
  key: 36,
  name: 'SaslAuthenticate',
  versions: [0, 2],
  flexible: 2,
  request: {
    authBytes: bytes(),
  },
  response: {
    errorCode: int16(),
    errorMessage: string({ nullable: '0+' }),
    authBytes: bytes(),
    sessionLifetimeMs: int64({ versions: '1+', default: 0 }),
  },
})
