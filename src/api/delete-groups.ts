import { deleteGroupsApi } from '../protocol/messages/delete-groups.ts'
import { handler, settleAsync } from './handle.ts'

// DeleteGroups v0-2. A group that is named twice is deleted once.

export const deleteGroups = handler(deleteGroupsApi, {
  async handle(request, _call, services) {
    const groupIds = [...new Set(request.groupsNames)]
    const results = groupIds.map(async groupId => {
      const { errorCode } = await settleAsync(async () => {
        await services.groups.delete(groupId)
        return {}
      })
      return { groupId, errorCode }
    })
    return { throttleTimeMs: 0, results: await Promise.all(results) }
  },
  refuse: (request, { errorCode }) => ({
    throttleTimeMs: 0,
    results: request.groupsNames.map(groupId => ({ groupId, errorCode })),
  }),
})
