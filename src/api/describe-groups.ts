import { ErrorCode } from '../protocol/errors.ts'
import { describeGroupsApi } from '../protocol/messages/describe-groups.ts'
import { groupOperations, operationsNotAsked } from './authorized-operations.ts'
import { type Call, handler, type Services, settle } from './handle.ts'

// DescribeGroups v0-6.

export const describeGroups = handler(describeGroupsApi, {
  handle(request, call, services) {
    const authorizedOperations = request.includeAuthorizedOperations ? groupOperations : operationsNotAsked
    const groups = request.groups.map(groupId => {
      const described = describe(groupId, call, services)
      return described.errorCode === ErrorCode.none ? { ...described, authorizedOperations } : described
    })
    return { throttleTimeMs: 0, groups }
  },
  refuse: (request, failure) => ({
    throttleTimeMs: 0,
    groups: request.groups.map(groupId => ({ ...unknown, groupId, ...failure })),
  }),
})

const unknown = {
  groupState: 'Dead',
  protocolType: '',
  protocolData: '',
  members: [],
  authorizedOperations: operationsNotAsked,
}

function describe(groupId: string, call: Call, services: Services) {
  const outcome = settle(() => services.groups.describe(groupId))
  // KIP-1043: before version 6 a group that is not there is no error, just dead.
  if (call.version < 6 && outcome.errorCode === ErrorCode.groupIdNotFound) {
    return { ...unknown, groupId, errorCode: ErrorCode.none, errorMessage: null }
  }
  return { ...unknown, groupId, ...outcome }
}
