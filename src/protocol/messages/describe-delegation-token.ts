import { defineApi } from '../codec.ts'
import { array, bytes, int16, int32, int64, string } from '../fields.ts'

/** DescribeDelegationToken 0-3 (KIP-48). 2 flexible, 3 tells who asked for a token (KIP-373). */
export const describeDelegationTokenApi = defineApi({
  key: 41,
  name: 'DescribeDelegationToken',
  versions: [0, 3],
  flexible: 2,
  request: { owners: array({ principalType: string(), principalName: string() }, { nullable: '0+' }) },
  response: {
    errorCode: int16(),
    tokens: array({
      principalType: string(),
      principalName: string(),
      tokenRequesterPrincipalType: string({ versions: '3+' }),
      tokenRequesterPrincipalName: string({ versions: '3+' }),
      issueTimestamp: int64(),
      expiryTimestamp: int64(),
      maxTimestamp: int64(),
      tokenId: string(),
      hmac: bytes(),
      renewers: array({ principalType: string(), principalName: string() }),
    }),
    throttleTimeMs: int32(),
  },
})
