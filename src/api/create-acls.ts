import { createAclsApi } from '../protocol/messages/create-acls.ts'
import { handler } from './handle.ts'
import { noAuthorizer } from './no-security.ts'

// CreateAcls v0-3. Refused, as by Kafka without an authorizer: an ACL that is not enforced would be worse than none.

export const createAcls = handler(createAclsApi, {
  handle: ({ creations }) => ({ throttleTimeMs: 0, results: creations.map(() => noAuthorizer) }),
  refuse: ({ creations }, failure) => ({ throttleTimeMs: 0, results: creations.map(() => failure) }),
})
