import type { Env, Timer } from '../base/env.ts'
import type { Topics } from './topics.ts'

export interface ProducerExpiryOptions {
  readonly env: Env
  readonly topics: Topics
  /** `producer.id.expiration.ms`: how long a silent producer is remembered. */
  readonly expirationMs: () => number
  /** `producer.id.expiration.check.interval.ms`. */
  readonly intervalMs: () => number
}

/** Makes partitions forget producers that have been silent for long. */
export class ProducerExpiry {
  readonly #options: ProducerExpiryOptions
  #timer: Timer | undefined

  constructor(options: ProducerExpiryOptions) {
    this.#options = options
  }

  start(): void {
    const { env, intervalMs } = this.#options
    this.#timer = env.clock.after(intervalMs(), () => {
      this.runOnce()
      this.start()
    })
  }

  runOnce(): void {
    const { env, topics, expirationMs } = this.#options
    const beforeMs = env.clock.now() - expirationMs()
    for (const topic of topics.all()) for (const partition of topic.partitions) partition.expireProducers(beforeMs)
  }

  close(): void {
    this.#timer?.cancel()
  }
}
