import type { CommittedOffset, OffsetPlace, TopicPartition } from './offset-table.ts'

/** An offset that waits for the end of its producer's transaction. */
export interface PendingOffset extends OffsetPlace {
  readonly producerId: number
  /** What the partition has once the transaction is committed. */
  offset: CommittedOffset
  /** The transaction is over, but that is not on disk yet. */
  isEnding: boolean
}

/** Of one partition of a group, oldest first. More than one only where several transactions are about the same partition. */
type Waiting = PendingOffset[]

/** What the open transactions keep back, of all groups. */
export class PendingOffsets {
  readonly #groups = new Map<string, Map<string, Waiting>>()
  readonly #producers = new Map<number, Set<PendingOffset>>()

  /** Replaces what waits for the end of the same transaction. */
  put(producerId: number, place: OffsetPlace, offset: CommittedOffset): void {
    const pending: PendingOffset = { producerId, ...place, offset, isEnding: false }
    const places = this.#groups.getOrInsertComputed(place.groupId, () => new Map<string, Waiting>())
    const waiting = places.getOrInsertComputed(keyOf(place), (): Waiting => [])
    const ofProducer = this.#producers.getOrInsertComputed(producerId, () => new Set<PendingOffset>())
    const at = waiting.findIndex(other => ofProducer.has(other))
    const [replaced] = at === -1 ? [] : waiting.splice(at, 1)
    if (replaced) ofProducer.delete(replaced)
    waiting.push(pending)
    ofProducer.add(pending)
  }

  /** Whether it is open what will be committed here. */
  has(place: OffsetPlace): boolean {
    return this.#waiting(place).length > 0
  }

  hasGroup(groupId: string): boolean {
    return this.#groups.has(groupId)
  }

  groupIds(): Iterable<string> {
    return this.#groups.keys()
  }

  /** What the end of a producer's transaction will decide. */
  of(producerId: number): readonly PendingOffset[] {
    return [...(this.#producers.get(producerId) ?? [])]
  }

  /** Those of other transactions that began to wait before `than`, or (undefined) all that wait now. */
  older(place: OffsetPlace, than?: PendingOffset): readonly PendingOffset[] {
    const waiting = this.#waiting(place)
    const before = than === undefined ? waiting : waiting.slice(0, waiting.indexOf(than))
    return before.filter(({ isEnding }) => !isEnding)
  }

  /** The producer's transaction is over. Its partitions stay undecided until `remove`. */
  end(producerId: number): readonly PendingOffset[] {
    const ended = this.of(producerId)
    for (const pending of ended) pending.isEnding = true
    this.#producers.delete(producerId)
    return ended
  }

  remove(removed: Iterable<PendingOffset>): void {
    for (const pending of removed) {
      this.#forgetPlace(
        pending,
        this.#waiting(pending).filter(other => other !== pending),
      )
      const ofProducer = this.#producers.get(pending.producerId)
      if (ofProducer?.delete(pending) && ofProducer.size === 0) this.#producers.delete(pending.producerId)
    }
  }

  /** All that waits for some partitions of a group, or (undefined) for the whole group. */
  ofGroup(groupId: string, partitions?: readonly TopicPartition[]): readonly PendingOffset[] {
    if (partitions) return partitions.flatMap(place => this.#waiting({ groupId, ...place }))
    return [...(this.#groups.get(groupId)?.values() ?? [])].flat()
  }

  ofTopic(topic: string): readonly PendingOffset[] {
    return [...this.#producers.values()].flatMap(waiting => [...waiting].filter(pending => pending.topic === topic))
  }

  #waiting(place: OffsetPlace): Waiting {
    return this.#groups.get(place.groupId)?.get(keyOf(place)) ?? []
  }

  #forgetPlace(place: OffsetPlace, left: Waiting): void {
    const places = this.#groups.get(place.groupId)
    if (left.length > 0) places?.set(keyOf(place), left)
    else places?.delete(keyOf(place))
    if (places?.size === 0) this.#groups.delete(place.groupId)
  }
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${partition}:${topic}`
}
