import { expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { describeAclsApi } from '../../src/protocol/messages/describe-acls.ts'
import { testNode } from '../support/node.ts'

for (let [version, last] = describeAclsApi.versions; version <= last; version++) {
  test(`version ${version}: without ACLs there are none to describe`, async () => {
    const node = await testNode()
    const answer = await node.call(describeAclsApi, version, {
      resourceTypeFilter: 1,
      resourceNameFilter: null,
      principalFilter: null,
      hostFilter: null,
      operation: 1,
      permissionType: 1,
    })
    expect(answer).toMatchObject({ errorCode: ErrorCode.securityDisabled, resources: [] })
    expect(answer.errorMessage).toContain('no ACLs')
    await node.close()
  })
}
