import type { Clock } from '../../base/env.ts'
import type { Cluster } from '../../client/cluster.ts'
import { trimTopic } from '../../client/topic-admin.ts'
import type { StreamTask } from './stream-task.ts'

/** Kafka Streams' `repartition.purge.interval.ms`. */
const everyMs = 30_000

/**
 * Deletes from repartition topics what has been processed and committed: nobody else reads them, and they are kept for ever
 * otherwise (their retention is -1, as time in them is that of the records).
 */
export class RepartitionPurge {
  readonly #clock: Clock
  readonly #cluster: Cluster
  readonly #isRepartition: (plainTopic: string) => boolean
  readonly #onNotice: (text: string) => void
  #nextMs: number
  #running: Promise<void> | undefined
  #hasFailed = false

  constructor(options: {
    readonly clock: Clock
    readonly cluster: Cluster
    /** Whether a topic, as the topology names it, is the application's own. */
    readonly isRepartition: (plainTopic: string) => boolean
    readonly onNotice: (text: string) => void
  }) {
    this.#clock = options.clock
    this.#cluster = options.cluster
    this.#isRepartition = options.isRepartition
    this.#onNotice = options.onNotice
    this.#nextMs = options.clock.monotonic() + everyMs
  }

  /** To be called when what these tasks handed over is committed: now and then, deletes what lies before it. Does not wait. */
  committed(tasks: Iterable<StreamTask>): void {
    if (this.#running || this.#clock.monotonic() < this.#nextMs) return
    const offsets = new Map<string, Map<number, number>>()
    for (const { topic, plainTopic, partition, position } of [...tasks].flatMap(({ handedOverTo }) => handedOverTo)) {
      if (!this.#isRepartition(plainTopic) || position === 0) continue
      const ofTopic = offsets.get(topic) ?? new Map<number, number>()
      offsets.set(topic, ofTopic.set(partition, position))
    }
    this.#running = this.#purge(offsets).finally(() => {
      this.#running = undefined
      this.#nextMs = this.#clock.monotonic() + everyMs
    })
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    await this.#running
  }

  async #purge(offsets: ReadonlyMap<string, ReadonlyMap<number, number>>): Promise<void> {
    try {
      for (const [topic, ofTopic] of offsets) await trimTopic(this.#cluster, topic, ofTopic)
    } catch (error) {
      // The work does not depend on it: said once, tried again and again.
      if (!this.#hasFailed)
        this.#onNotice(`what was processed stays in repartition topics: ${(error as Error).message}`)
      this.#hasFailed = true
    }
  }
}
