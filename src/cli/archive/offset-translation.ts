import type { GroupOffsets } from './archive-format.ts'

/** A group's place in a partition, counted in records of the archive: so many are before it. */
interface Place {
  readonly sourceOffset: number
  recordsBefore: number
  /** Where that is at the destination; undefined until the record behind it is there. */
  offset: number | undefined
}

/**
 * Finds the offsets of groups at the destination of an import: offsets differ there (retention, compaction and ends of
 * transactions leave gaps at the source), but the records before a group's place are the same. Tell it about the records in the
 * order of the archive, and about deliveries in the order of each partition.
 */
export class OffsetTranslation {
  readonly #places = new Map<string, Place[]>()
  readonly #deliveredCounts = new Map<string, number>()
  readonly #ends = new Map<string, number>()

  constructor(groups: readonly GroupOffsets[]) {
    for (const { topic, partition, offset } of groups.flatMap(({ offsets }) => offsets)) {
      const key = keyOf(topic, partition)
      const places = this.#places.get(key) ?? []
      this.#places.set(key, places)
      if (!places.some(({ sourceOffset }) => sourceOffset === offset)) {
        places.push({ sourceOffset: offset, recordsBefore: 0, offset: undefined })
      }
    }
  }

  /** Whether anybody wants to know of records of this partition. */
  isWanted(topic: string, partition: number): boolean {
    return this.#places.has(keyOf(topic, partition))
  }

  /** A record of the archive, with its offset at the source. */
  archived(topic: string, partition: number, sourceOffset: number): void {
    for (const place of this.#places.get(keyOf(topic, partition)) ?? []) {
      if (sourceOffset < place.sourceOffset) place.recordsBefore++
    }
  }

  /** The next records of a partition are at the destination, the first of them at `baseOffset`. */
  delivered(topic: string, partition: number, delivery: { baseOffset: number; recordCount: number }): void {
    const key = keyOf(topic, partition)
    const before = this.#deliveredCounts.get(key) ?? 0
    const baseOffset = delivery.baseOffset < 0 ? (this.#ends.get(key) ?? 0) : delivery.baseOffset
    for (const place of this.#places.get(key) ?? []) {
      const index = place.recordsBefore - before
      if (index >= 0 && index < delivery.recordCount) place.offset = baseOffset + index
    }
    this.#deliveredCounts.set(key, before + delivery.recordCount)
    this.#ends.set(key, baseOffset + delivery.recordCount)
  }

  /**
   * The offset at the destination for one at the source; `end` for a place behind all records. Only once everything was
   * delivered.
   */
  translate(topic: string, partition: number, sourceOffset: number, end: number): number {
    const place = this.#places.get(keyOf(topic, partition))?.find(other => other.sourceOffset === sourceOffset)
    return place?.offset ?? end
  }
}

function keyOf(topic: string, partition: number): string {
  return `${topic}/${partition}`
}
