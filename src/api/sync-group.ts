import { syncRefusal } from '../group/classic-state.ts'
import { syncGroupApi } from '../protocol/messages/sync-group.ts'
import { handler } from './handle.ts'

// SyncGroup v0-5.

export const syncGroup = handler(syncGroupApi, {
  async handle(request, _call, services) {
    return { throttleTimeMs: 0, ...(await services.groups.sync(request)) }
  },
  refuse: (_request, { errorCode }) => ({ throttleTimeMs: 0, ...syncRefusal(errorCode) }),
})
