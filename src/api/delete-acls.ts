import { deleteAclsApi } from '../protocol/messages/delete-acls.ts'
import { handler } from './handle.ts'
import { noAuthorizer } from './no-security.ts'

// DeleteAcls v0-3. There are none: what Kafka answers without an authorizer.

export const deleteAcls = handler(deleteAclsApi, {
  handle: ({ filters }) => ({
    throttleTimeMs: 0,
    filterResults: filters.map(() => ({ ...noAuthorizer, matchingAcls: [] })),
  }),
  refuse: ({ filters }, failure) => ({
    throttleTimeMs: 0,
    filterResults: filters.map(() => ({ ...failure, matchingAcls: [] })),
  }),
})
