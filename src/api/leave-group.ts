import { ErrorCode } from '../protocol/errors.ts'
import { leaveGroupApi } from '../protocol/messages/leave-group.ts'
import { handler } from './handle.ts'

// LeaveGroup v0-5. Before version 3 a member could only take leave itself, and its error is that of the request.

export const leaveGroup = handler(leaveGroupApi, {
  async handle({ groupId, memberId, members }, call, services) {
    const isSingle = call.version < 3
    const leaving = isSingle ? [{ memberId, groupInstanceId: null, reason: null }] : members
    const left = await services.groups.leave({ groupId, members: leaving })
    const errorCode = isSingle ? (left[0]?.errorCode ?? ErrorCode.none) : ErrorCode.none
    return { throttleTimeMs: 0, errorCode, members: left }
  },
  refuse: (_request, { errorCode }) => ({ throttleTimeMs: 0, errorCode, members: [] }),
})
