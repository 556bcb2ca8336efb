import { defineStructure } from '../codec.ts'
import { array, bytes, int32, string } from '../fields.ts'

/**
 * What a consumer of a classic group tells its leader, as the metadata of JoinGroup. 1 what it owns (KIP-429), 2 in
 * which generation it got that (KIP-792), 3 its rack (KIP-881). Its version stands before it.
 */
export const consumerProtocolSubscription = defineStructure({
  name: 'ConsumerProtocolSubscription',
  versions: [0, 3],
  flexible: 'never',
  fields: {
    topics: array(string()),
    userData: bytes({ nullable: '0+', default: null }),
    ownedPartitions: array({ topic: string(), partitions: array(int32()) }, { versions: '1+' }),
    generationId: int32({ versions: '2+', default: -1 }),
    rackId: string({ versions: '3+', nullable: '3+', default: null }),
  },
})

/** What a consumer of a classic group gets from its leader, as the assignment of SyncGroup. Its version stands before it. */
export const consumerProtocolAssignment = defineStructure({
  name: 'ConsumerProtocolAssignment',
  versions: [0, 3],
  flexible: 'never',
  fields: {
    assignedPartitions: array({ topic: string(), partitions: array(int32()) }),
    userData: bytes({ nullable: '0+', default: null }),
  },
})
