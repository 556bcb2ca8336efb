import { defineApi } from '../codec.ts'
import { array, int16, string } from '../fields.ts'

/** SaslHandshake 0-1. After v0 bare tokens follow, after v1 SaslAuthenticate requests (KIP-152). Never became flexible. */
export const saslHandshakeApi = defineApi({
  key: 17,
  name: 'SaslHandshake',
  versions: [0, 1],
  flexible: 'never',
  request: {
    mechanism: string(),
  },
  response: {
    errorCode: int16(),
    mechanisms: array(string()),
  },
})
