import { ErrorCode } from '../protocol/errors.ts'
import { heartbeatApi } from '../protocol/messages/heartbeat.ts'
import { handler } from './handle.ts'

// Heartbeat v0-4.

export const heartbeat = handler(heartbeatApi, {
  handle(request, _call, services) {
    services.groups.heartbeat(request)
    return { throttleTimeMs: 0, errorCode: ErrorCode.none }
  },
  refuse: (_request, { errorCode }) => ({ throttleTimeMs: 0, errorCode }),
})
