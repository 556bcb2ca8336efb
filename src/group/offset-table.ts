/** A position that a group wants to be reminded of. */
export interface CommittedOffset {
  readonly offset: number
  /** -1 where the client did not say. */
  readonly leaderEpoch: number
  readonly metadata: string
  readonly commitMs: number
  /** When it expires whatever the group does (OffsetCommit v2-v4), -1 for the broker's rule. */
  readonly expireMs: number
}

/**
 * The committed offset of one partition. Decisions go by `latest`, in the order of the requests; clients see `durable`,
 * so that nobody acts upon a commit that a crash could still undo.
 */
export interface OffsetEntry {
  latest: CommittedOffset
  durable: CommittedOffset | null
}

export interface OffsetPlace {
  readonly groupId: string
  readonly topic: string
  readonly partition: number
}

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

type Partitions = Map<number, OffsetEntry>

/** The committed offsets of all groups. */
export class OffsetTable {
  readonly #groups = new Map<string, Map<string, Partitions>>()

  /** Notes a commit. Once it is on disk the caller sets `durable` of the entry. */
  put({ groupId, topic, partition }: OffsetPlace, offset: CommittedOffset): OffsetEntry {
    const topics = this.#groups.getOrInsertComputed(groupId, () => new Map<string, Partitions>())
    const partitions = topics.getOrInsertComputed(topic, () => new Map<number, OffsetEntry>())
    const entry = partitions.getOrInsertComputed(partition, () => ({ latest: offset, durable: null }))
    entry.latest = offset
    return entry
  }

  /** What clients may see; null where nothing is committed. */
  get({ groupId, topic, partition }: OffsetPlace): CommittedOffset | null {
    return this.#groups.get(groupId)?.get(topic)?.get(partition)?.durable ?? null
  }

  has({ groupId, topic, partition }: OffsetPlace): boolean {
    return this.#groups.get(groupId)?.get(topic)?.has(partition) ?? false
  }

  hasGroup(groupId: string): boolean {
    return this.#groups.has(groupId)
  }

  groupIds(): Iterable<string> {
    return this.#groups.keys()
  }

  /** Every topic of a group with its partitions. */
  topicsOf(groupId: string): ReadonlyMap<string, ReadonlyMap<number, OffsetEntry>> {
    return this.#groups.get(groupId) ?? new Map()
  }

  remove(groupId: string, removed: readonly TopicPartition[]): void {
    const topics = this.#groups.get(groupId)
    for (const { topic, partition } of removed) {
      const partitions = topics?.get(topic)
      partitions?.delete(partition)
      if (partitions?.size === 0) topics?.delete(topic)
    }
    if (topics?.size === 0) this.#groups.delete(groupId)
  }

  removeGroup(groupId: string): void {
    this.#groups.delete(groupId)
  }
}
