import type { Cluster, TopicMetadata } from '../client/cluster.ts'
import { findTopic } from '../client/list-offsets.ts'
import { compileGlob, isGlob } from './glob.ts'

/** The topics that names and patterns stand for, as they come and go. */
export class FollowedTopics {
  readonly #cluster: Cluster
  readonly #names: readonly string[]
  readonly #globs: readonly (readonly [pattern: string, matches: (name: string) => boolean])[]
  readonly #known = new Map<string, TopicMetadata>()

  constructor(cluster: Cluster, given: readonly string[]) {
    this.#cluster = cluster
    this.#names = [...new Set(given.filter(name => !isGlob(name)))]
    this.#globs = given.filter(isGlob).map(pattern => [pattern, compileGlob(pattern)])
  }

  /** More than one topic may be shown. */
  get areMany(): boolean {
    return this.#names.length > 1 || this.#globs.length > 0
  }

  /** Patterns that match nothing now. */
  get unmatched(): readonly string[] {
    return this.#globs.filter(([, matches]) => ![...this.#known.keys()].some(matches)).map(([pattern]) => pattern)
  }

  /** The topics that are there in the beginning. Throws `RequestError` for a name that is not there. */
  async open(): Promise<readonly TopicMetadata[]> {
    for (const name of this.#names) this.#known.set(name, await findTopic(this.#cluster, name))
    if (this.#globs.length > 0) for (const topic of await this.#matching()) this.#known.set(topic.name, topic)
    return [...this.#known.values()]
  }

  /** Partitions and topics that have come since. */
  async look(): Promise<readonly { readonly topic: TopicMetadata; readonly partitions: readonly number[] }[]> {
    const named = this.#names.length === 0 ? [] : (await this.#cluster.metadata(this.#names)).topics
    const found = [...named, ...(this.#globs.length > 0 ? await this.#matching() : [])]
    const added = found.flatMap(topic => {
      if (topic.errorCode !== 0) return []
      const known = this.#known.get(topic.name)?.partitions.length ?? 0
      this.#known.set(topic.name, topic)
      const partitions = topic.partitions.slice(known).map(({ partition }) => partition)
      return partitions.length > 0 ? [{ topic, partitions }] : []
    })
    return added
  }

  /** A topic that is gone is new when it comes back. */
  forget(name: string): void {
    this.#known.delete(name)
  }

  async #matching(): Promise<readonly TopicMetadata[]> {
    const { topics } = await this.#cluster.metadata(null)
    return topics.filter(
      ({ name, errorCode, isInternal }) =>
        errorCode === 0 &&
        // What brokers keep for themselves is not meant by '*'.
        this.#globs.some(([pattern, matches]) => matches(name) && (!isInternal || pattern.startsWith('_'))),
    )
  }
}
