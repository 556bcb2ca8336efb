import { expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { deleteAclsApi } from '../../src/protocol/messages/delete-acls.ts'
import { testNode } from '../support/node.ts'

for (let [version, last] = deleteAclsApi.versions; version <= last; version++) {
  test(`version ${version}: every filter is refused by itself`, async () => {
    const node = await testNode()
    const filter = {
      resourceNameFilter: null,
      principalFilter: null,
      hostFilter: null,
      operation: 1,
      permissionType: 1,
    }
    const filters = [1, 2].map(resourceTypeFilter => ({ ...filter, resourceTypeFilter }))
    const { filterResults } = await node.call(deleteAclsApi, version, { filters })
    expect(filterResults).toMatchObject([
      { errorCode: ErrorCode.securityDisabled, matchingAcls: [] },
      { errorCode: ErrorCode.securityDisabled, matchingAcls: [] },
    ])
    await node.close()
  })
}
