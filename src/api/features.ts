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
  // KIP-890: clients that see level 2 use the second generation of transactions.
  { name: 'transaction.version', minVersion: 0, maxVersion: 2, level: 2 },
]

/** Rises when a level changes, which it never does. Clients pass over features without an epoch. */
export const featuresEpoch = 0
