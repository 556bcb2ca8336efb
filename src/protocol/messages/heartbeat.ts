import { defineApi } from '../codec.ts'
import { int16, int32, string } from '../fields.ts'

/** Heartbeat 0-4 of classic groups. 1 throttling, 3 static members (KIP-345), 4 flexible. */
export const heartbeatApi = defineApi({
  key: 12,
  name: 'Heartbeat',
  versions: [0, 4],
  flexible: 4,
  request: {
    groupId: string(),
    generationId: int32(),
    memberId: string(),
    groupInstanceId: string({ versions: '3+', nullable: '3+', default: null }),
  },
  response: {
    throttleTimeMs: int32({ versions: '1+' }),
    errorCode: int16(),
  },
})
