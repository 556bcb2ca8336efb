import { defineApi } from '../codec.ts'
import { array, bytes, int16, int32, string } from '../fields.ts'

/**
 * SyncGroup 0-5: the second half of a classic group's rebalance; the leader brings the assignments, each member gets its
 * own. 1 throttling, 3 static members (KIP-345), 4 flexible, 5 the protocol's type and name are checked (KIP-559).
 */
export const syncGroupApi = defineApi({
  key: 14,
  name: 'SyncGroup',
  versions: [0, 5],
  flexible: 4,
  request: {
    groupId: string(),
    generationId: int32(),
    memberId: string(),
    groupInstanceId: string({ versions: '3+', nullable: '3+', default: null }),
    protocolType: string({ versions: '5+', nullable: '5+', default: null }),
    protocolName: string({ versions: '5+', nullable: '5+', default: null }),
    assignments: array({ memberId: string(), assignment: bytes() }),
  },
  response: {
    throttleTimeMs: int32({ versions: '1+' }),
    errorCode: int16(),
    protocolType: string({ versions: '5+', nullable: '5+', default: null }),
    protocolName: string({ versions: '5+', nullable: '5+', default: null }),
    assignment: bytes(),
  },
})
