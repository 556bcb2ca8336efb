import { expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { createAclsApi } from '../../src/protocol/messages/create-acls.ts'
import { testNode } from '../support/node.ts'

for (let [version, last] = createAclsApi.versions; version <= last; version++) {
  test(`version ${version}: every ACL is refused by itself`, async () => {
    const node = await testNode()
    const acl = { resourceType: 2, resourceName: 'orders', principal: 'User:ann', host: '*', operation: 3 }
    const creations = [3, 99].map(permissionType => ({ ...acl, permissionType }))
    const { results } = await node.call(createAclsApi, version, { creations })
    expect(results.map(({ errorCode }) => errorCode)).toEqual([ErrorCode.securityDisabled, ErrorCode.securityDisabled])
    await node.close()
  })
}
