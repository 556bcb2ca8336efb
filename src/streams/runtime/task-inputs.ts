import type { AnsweredBatches } from '../../client/fetched-records.ts'
import type { Reader } from '../../client/reader.ts'
import type { PartitionInput } from './partition-input.ts'
import type { SourcePlace, StreamTask } from './stream-task.ts'

/** Fetched bytes of a partition that wait: above, it is not fetched; below the other, it is again. */
const bufferedHigh = 4 * 1024 * 1024
const bufferedLow = 1024 * 1024

/** Which partitions a thread reads, and for whom. Bounded: a partition that is ahead of its task is paused. */
export class TaskInputs {
  readonly #reader: Reader
  readonly #inputs = new Map<string, PartitionInput>()
  readonly #paused = new Set<PartitionInput>()

  constructor(reader: Reader) {
    this.#reader = reader
  }

  /** Begins to read for a task. */
  add({ inputs }: StreamTask, sources: readonly SourcePlace[]): void {
    for (const input of inputs) {
      const { topic, partition, position } = input
      const { topicId } = sources.find(source => source.topic === topic)!
      this.#inputs.set(keyOf(topic, partition), input)
      this.#reader.add({ topic, topicId, partition, offset: position, endOffset: Number.POSITIVE_INFINITY })
    }
  }

  /** Stops reading for all but these tasks. */
  keepOnly(tasks: Iterable<StreamTask>): void {
    const wanted = new Set([...tasks].flatMap(({ inputs }) => inputs))
    for (const [key, input] of this.#inputs) {
      if (wanted.has(input)) continue
      this.#inputs.delete(key)
      this.#paused.delete(input)
      this.#reader.remove(input)
    }
  }

  /** Takes what was fetched. */
  take(fetched: AnsweredBatches): void {
    const input = this.#inputs.get(keyOf(fetched.topic, fetched.partition))
    if (!input) return
    input.add(fetched)
    if (input.bufferedBytes <= bufferedHigh || this.#paused.has(input)) return
    this.#paused.add(input)
    this.#reader.pause(input)
  }

  /** A partition ends there. Answers whether its task may be able to go on with that. */
  endsAt(topic: string, partition: number, endOffset: number): boolean {
    const input = this.#inputs.get(keyOf(topic, partition))
    if (!input) return false
    const wasCaughtUp = input.isCaughtUp
    input.endsAt(endOffset)
    return !wasCaughtUp && input.isCaughtUp
  }

  /** Reads again of partitions of which little is left. */
  resume(): void {
    for (const input of this.#paused) {
      if (input.bufferedBytes > bufferedLow) continue
      this.#paused.delete(input)
      this.#reader.resume(input)
    }
  }
}

function keyOf(topic: string, partition: number): string {
  return `${topic}/${partition}`
}
