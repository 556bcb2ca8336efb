import { defineApi } from '../codec.ts'
import { array, int8, int16, int32, string } from '../fields.ts'

/** CreateAcls 0-3 (KIP-140, KIP-290). 2 flexible. */
export const createAclsApi = defineApi({
  key: 30,
  name: 'CreateAcls',
  versions: [0, 3],
  flexible: 2,
  request: {
    creations: array({
      resourceType: int8(),
      resourceName: string(),
      resourcePatternType: int8({ versions: '1+', default: 3 }),
      principal: string(),
      host: string(),
      operation: int8(),
      permissionType: int8(),
    }),
  },
  response: {
    throttleTimeMs: int32(),
    results: array({ errorCode: int16(), errorMessage: string({ nullable: '0+' }) }),
  },
})
