/** Something that clients and cluster agree on by name and level (KIP-584). */
export interface Feature {
  readonly name: string
  readonly minVersion: number
  readonly maxVersion: number
  /** The level that holds; 0 is off. */
  readonly level: number
}

/** What this node knows of. Levels are fixed: one node has nobody to agree with but its clients. */
export const features: readonly Feature[] = [
  // Tools tell by it which release of Kafka a broker is like: 4.2-IV1. Clients take nothing else from it.
  { name: 'metadata.version', minVersion: 29, maxVersion: 29, level: 29 },
  // KIP-890: clients that see level 2 use the second generation of transactions.
  { name: 'transaction.version', minVersion: 0, maxVersion: 2, level: 2 },
  // Known and off, so that nobody is led to what is not served: replicas that may be elected (KIP-966), consumer groups
  // (KIP-848), share groups (KIP-932), streams groups (KIP-1071), controllers that come and go (KIP-853).
  { name: 'eligible.leader.replicas.version', minVersion: 0, maxVersion: 0, level: 0 },
  { name: 'group.version', minVersion: 0, maxVersion: 0, level: 0 },
  { name: 'kraft.version', minVersion: 0, maxVersion: 0, level: 0 },
  { name: 'share.version', minVersion: 0, maxVersion: 0, level: 0 },
  { name: 'streams.version', minVersion: 0, maxVersion: 0, level: 0 },
]

/** Rises when a level changes, which it never does. Clients pass over features without an epoch. */
export const featuresEpoch = 0
