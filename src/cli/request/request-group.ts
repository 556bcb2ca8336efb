import type { Cluster, TopicMetadata } from '../../client/cluster.ts'
import { RequestError } from '../../client/failures.ts'
import { type FetchedRecord, forEachFetched } from '../../client/fetched-records.ts'
import { committedOffsets } from '../../client/group-admin.ts'
import { GroupMember } from '../../client/group-member.ts'
import { resolvePosition } from '../../client/list-offsets.ts'
import { Reader } from '../../client/reader.ts'
import { every } from '../every.ts'
import { CompletedOffsets } from './completed-offsets.ts'

/** A request that was taken out of the topic. Its bytes are its own. */
export interface TakenRequest {
  readonly partition: number
  readonly record: ReturnType<FetchedRecord['toRecord']>
  /** It is answered, or will never be. */
  readonly done: () => void
}

export interface RequestGroupOptions {
  readonly group: string
  readonly topic: TopicMetadata
  /** Where a group begins that has committed nothing. */
  readonly reset: 'start' | 'end'
  readonly onNotice: (text: string) => void
  /** Waited for before the next request is handed out. */
  readonly take: (request: TakenRequest) => Promise<void>
  /** Resolves when all requests that were handed out are done: before their partitions go to others. */
  readonly settled: () => Promise<void>
}

const commitEveryMs = 1_000

/** Hands out the requests of a topic as a member of a group, and commits those that are done. */
export class RequestGroup {
  readonly #cluster: Cluster
  readonly #options: RequestGroupOptions
  readonly #reader: Reader
  readonly #member: GroupMember
  readonly #memberCluster: Cluster
  readonly #progress = new Map<number, CompletedOffsets>()
  #isStopped = false
  /** Changes with every assignment: what was fetched under an older one is for others. */
  #assignment = 0

  constructor(cluster: Cluster, options: RequestGroupOptions) {
    this.#cluster = cluster
    this.#options = options
    const { group, topic, onNotice } = options
    this.#reader = new Reader(cluster, { onNotice })
    this.#memberCluster = cluster.sibling()
    this.#member = new GroupMember(this.#memberCluster, {
      group,
      topics: [topic.name],
      onNotice,
      onAssigned: partitions => this.#begin(partitions.map(({ partition }) => partition)),
      onRevoked: async mayCommit => {
        this.#assignment++
        await this.#reader.clear()
        await options.settled()
        if (mayCommit) await this.#commit()
        this.#progress.clear()
      },
    })
  }

  /** Runs until `stop`. Rejects with what brokers refuse. */
  async run(): Promise<void> {
    const stopCommits = every(this.#cluster.env, commitEveryMs, () =>
      this.#commit().catch(error => this.#options.onNotice(`commit: ${(error as Error).message}; trying again`)),
    )
    const reading = this.#reader.run(
      async fetched => {
        const { partition } = fetched
        const assignment = this.#assignment
        const records: TakenRequest['record'][] = []
        forEachFetched(fetched, record => records.push(owned(record)))
        for (const record of records) {
          if (this.#isStopped || assignment !== this.#assignment) return
          const progress = this.#progress.get(partition) ?? new CompletedOffsets()
          this.#progress.set(partition, progress)
          progress.begin(record.offset)
          await this.#options.take({ partition, record, done: () => progress.done(record.offset) })
        }
      },
      { idle: true },
    )
    try {
      await Promise.all([reading.finally(() => this.stop()), this.#member.run().finally(() => this.stop())])
    } finally {
      stopCommits()
      this.#memberCluster.close()
    }
  }

  stop(): void {
    this.#isStopped = true
    this.#reader.stop()
    this.#member.stop()
  }

  async #begin(partitions: readonly number[]): Promise<void> {
    const { group, topic, reset, onNotice } = this.#options
    const committed = (await committedOffsets(this.#cluster, group)).get(topic.name) ?? new Map<number, number>()
    const fresh = partitions.filter(partition => !committed.has(partition))
    const starts = new Map([...committed, ...(await resolvePosition(this.#cluster, topic, fresh, { kind: reset }))])
    for (const partition of partitions) {
      this.#reader.add({
        topic: topic.name,
        topicId: topic.topicId,
        partition,
        offset: starts.get(partition) ?? 0,
        endOffset: Number.POSITIVE_INFINITY,
      })
    }
    const count = partitions.length === 1 ? '1 partition' : `${partitions.length} partitions`
    onNotice(`group '${group}': answering ${count} of ${topic.name}`)
  }

  async #commit(): Promise<void> {
    const offsets = new Map<number, number>()
    for (const [partition, { committable }] of this.#progress) {
      if (committable !== undefined) offsets.set(partition, committable)
    }
    if (offsets.size === 0) return
    try {
      await this.#member.commit(new Map([[this.#options.topic.name, offsets]]))
    } catch (error) {
      if (!(error instanceof RequestError)) throw error
      this.#options.onNotice(`${error.message}: these requests may be answered again`)
    }
  }
}

/** The next fetch may use the buffer of this one again while the command still runs. */
function owned(record: FetchedRecord): TakenRequest['record'] {
  const { key, value, headers, ...rest } = record.toRecord()
  return {
    ...rest,
    key: key && Buffer.from(key),
    value: value && Buffer.from(value),
    headers: headers.map(header => ({ key: header.key, value: header.value && Buffer.from(header.value) })),
  }
}
