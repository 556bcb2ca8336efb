import { describeAclsApi } from '../protocol/messages/describe-acls.ts'
import { handler } from './handle.ts'
import { noAuthorizer } from './no-security.ts'

// DescribeAcls v0-3. Nobody is kept from anything here, so there are no ACLs: what Kafka answers without an authorizer.

export const describeAcls = handler(describeAclsApi, {
  handle: () => ({ throttleTimeMs: 0, ...noAuthorizer, resources: [] }),
  refuse: (_request, failure) => ({ throttleTimeMs: 0, ...failure, resources: [] }),
})
