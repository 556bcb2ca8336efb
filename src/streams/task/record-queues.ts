/** A record as it lies in a partition, its bytes not looked into yet. */
export interface TaskRecord {
  readonly offset: number
  /** As the broker has it, milliseconds since 1970. */
  readonly timestamp: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: ReadonlyMap<string, Uint8Array>
}

interface Queue<T> {
  readonly source: string
  readonly records: T[]
  /** The index of the first record that has not been taken. */
  at: number
}

/** Taken records are cut off when they are at least this many, and half of the queue. */
const cutFrom = 256

/**
 * The records of a task's partitions, in the order in which Kafka Streams processes them: always the one with the lowest
 * timestamp of those that are first in their partition; among equals, the partition that was added first.
 */
export class RecordQueues<T extends { readonly timestamp: number }> {
  readonly #queues: Queue<T>[] = []
  #size = 0

  /** How many records wait. */
  get size(): number {
    return this.#size
  }

  /** Adds a partition. Returns its number. */
  addSource(source: string): number {
    return this.#queues.push({ source, records: [], at: 0 }) - 1
  }

  add(queue: number, record: T): void {
    this.#queues[queue]!.records.push(record)
    this.#size++
  }

  /** How many records of a partition wait. */
  sizeOf(queue: number): number {
    const { records, at } = this.#queues[queue]!
    return records.length - at
  }

  /** Whether each partition has a record: only then is the lowest timestamp known. */
  get complete(): boolean {
    return this.#queues.every(({ records, at }) => at < records.length)
  }

  /** The number of the partition whose record is due; -1 where none waits. */
  due(): number {
    let best = -1
    let bestTime = Number.POSITIVE_INFINITY
    for (let index = 0; index < this.#queues.length; index++) {
      const { records, at } = this.#queues[index]!
      const first = records[at]
      if (first && first.timestamp < bestTime) {
        best = index
        bestTime = first.timestamp
      }
    }
    return best
  }

  /** Takes the first record of a partition. */
  take(queue: number): T {
    const entry = this.#queues[queue]!
    const record = entry.records[entry.at++]!
    this.#size--
    if (entry.at === entry.records.length) {
      entry.records.length = 0
      entry.at = 0
    } else if (entry.at >= cutFrom && entry.at * 2 >= entry.records.length) {
      entry.records.splice(0, entry.at)
      entry.at = 0
    }
    return record
  }
}
