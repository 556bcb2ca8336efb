import { defineApi } from '../codec.ts'
import { array, int8, int16, int32, string } from '../fields.ts'

/** DescribeUserScramCredentials 0 (KIP-554). */
export const describeUserScramCredentialsApi = defineApi({
  key: 50,
  name: 'DescribeUserScramCredentials',
  versions: [0, 0],
  flexible: 0,
  request: { users: array({ name: string() }, { nullable: '0+' }) },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+' }),
    results: array({
      user: string(),
      errorCode: int16(),
      errorMessage: string({ nullable: '0+' }),
      credentialInfos: array({ mechanism: int8(), iterations: int32() }),
    }),
  },
})
