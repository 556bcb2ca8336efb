import type { Env } from '../base/env.ts'
import type { TopicSettings } from '../config/topic-settings.ts'
import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import type { NewPartition } from '../storage/change.ts'
import type { LogReader } from '../storage/log-reader.ts'
import type { RecoveredPartition, RecoveredState, RecoveredTopic } from '../storage/recovered-state.ts'
import type { WriteQueue } from '../storage/write-queue.ts'
import { BatchCache } from './batch-cache.ts'
import type { LogContext } from './log-context.ts'
import { type LogRules, logRules } from './log-rules.ts'
import { pacedReads } from './paced-reads.ts'
import { Partition } from './partition.ts'
import { ProducerSnapshots } from './producer-snapshots.ts'
import { ReadAhead } from './read-ahead.ts'
import { randomTopicId } from './topic-id.ts'
import { checkTopicName, collisionKey, internalTopicNames } from './topic-name.ts'

/** A topic and its partitions. The object lives as long as the topic; its settings and partitions change in place. */
export interface Topic {
  /** Kafka's text form of the uuid: base64url, 22 characters. */
  readonly id: string
  readonly name: string
  readonly createdMs: number
  /** One of Kafka's own: clients do not write to it. */
  readonly internal: boolean
  /** Index i is partition i. */
  readonly partitions: readonly Partition[]
  /** The settings that were set for this topic, as text. */
  readonly overrides: ReadonlyMap<string, string>
  /** What holds: the overrides over the broker's settings. */
  readonly settings: TopicSettings
  readonly rules: LogRules
}

type MutableTopic = { -readonly [Field in keyof Topic]: Topic[Field] } & { partitions: Partition[] }

export interface TopicsOptions {
  readonly env: Env
  readonly writes: WriteQueue
  readonly reader: LogReader
  readonly state: Pick<RecoveredState, 'topics' | 'nextPartitionId'>
  /** The effective settings of a topic with these overrides (`Configuration.topicSettings`). */
  readonly settingsOf: (overrides: ReadonlyMap<string, string>) => TopicSettings
  /** Bound of the cache of the newest batches, in bytes. */
  readonly cacheBytes: number
}

export interface NewTopic {
  readonly name: string
  readonly partitionCount: number
  /** Validated by the caller. */
  readonly overrides?: ReadonlyMap<string, string>
  readonly internal?: boolean
}

type Effective = Pick<Topic, 'settings' | 'rules'>
const noOverrides: ReadonlyMap<string, string> = new Map()

/** Kafka's limit for one request: a slip of the hand must not fill memory with partitions. */
const newPartitionsMax = 10_000

/**
 * All topics of the node. Changes hold in memory at once, so that what comes next in the same connection sees them; the
 * promise that each method returns resolves when the change is durable. Wait for it before you answer.
 */
export class Topics {
  readonly #context: LogContext
  readonly #settingsOf: TopicsOptions['settingsOf']
  readonly #byName = new Map<string, MutableTopic>()
  readonly #byId = new Map<string, MutableTopic>()
  readonly #collisionKeys = new Map<string, string>()
  #nextPartitionId: number
  #withoutOverrides: Effective | undefined

  constructor({ env, writes, reader, state, settingsOf, cacheBytes }: TopicsOptions) {
    const snapshots = new ProducerSnapshots(writes)
    const readAhead = new ReadAhead(pacedReads(reader, writes, env.clock), env.clock)
    this.#context = { env, writes, reader, snapshots, cache: new BatchCache(cacheBytes), readAhead }
    this.#settingsOf = settingsOf
    this.#nextPartitionId = state.nextPartitionId
    for (const topic of state.topics) this.#add(topic)
  }

  get count(): number {
    return this.#byName.size
  }

  get(name: string): Topic | undefined {
    return this.#byName.get(name)
  }

  byId(id: string): Topic | undefined {
    return this.#byId.get(id)
  }

  all(): Topic[] {
    return [...this.#byName.values()]
  }

  /** Bytes in the cache of the newest batches, its bookkeeping included. */
  get cachedBytes(): number {
    return this.#context.cache.bytes
  }

  /**
   * Throws what `create` would throw, without creating anything: `KafkaError` INVALID_TOPIC_EXCEPTION (name not allowed
   * or colliding), TOPIC_ALREADY_EXISTS, INVALID_PARTITIONS, POLICY_VIOLATION (more than 10,000 partitions).
   */
  checkNew({ name, partitionCount }: NewTopic): void {
    checkTopicName(name)
    if (this.#byName.has(name)) throw new KafkaError(ErrorCode.topicAlreadyExists, `topic '${name}' exists already`)
    const other = this.#collisionKeys.get(collisionKey(name))
    if (other !== undefined) {
      const reason = `'${name}' differs from the topic '${other}' only in '.' and '_', which metrics cannot tell apart`
      throw new KafkaError(ErrorCode.invalidTopicException, reason)
    }
    if (!Number.isInteger(partitionCount) || partitionCount < 1) {
      throw new KafkaError(ErrorCode.invalidPartitions, `a topic cannot have ${partitionCount} partitions`)
    }
    checkNewPartitions(partitionCount)
  }

  /** Creates a topic. Throws as `checkNew`. */
  create(options: NewTopic): { readonly topic: Topic; readonly durable: Promise<void> } {
    this.checkNew(options)
    const { env } = this.#context
    const fields = {
      topicId: randomTopicId(env.random),
      name: options.name,
      createdMs: env.clock.now(),
      internal: options.internal ?? internalTopicNames.has(options.name),
      overrides: Object.fromEntries(options.overrides ?? []),
    }
    const partitions = this.#newPartitions(0, options.partitionCount)
    const topic = this.#add({ ...fields, partitions: partitions.map(emptyPartition) })
    return { topic, durable: this.#apply({ kind: 'createTopic', ...fields, partitions }) }
  }

  /** Deletes a topic: readers that wait are woken, its batches are purged later. Rejects with UNKNOWN_TOPIC_OR_PARTITION. */
  async delete(name: string): Promise<void> {
    const topic = this.#existing(name)
    this.#byName.delete(name)
    this.#byId.delete(topic.id)
    this.#collisionKeys.delete(collisionKey(name))
    const durable = this.#apply({ kind: 'deleteTopic', topicId: topic.id })
    for (const partition of topic.partitions) partition.close()
    await durable
  }

  /** Throws what `addPartitions` would reject with: UNKNOWN_TOPIC_OR_PARTITION, INVALID_PARTITIONS, POLICY_VIOLATION. */
  checkAddPartitions(name: string, total: number): void {
    const count = this.#existing(name).partitions.length
    if (!Number.isInteger(total) || total <= count) {
      const reason = `the topic has ${count} partitions, it can have more but not ${total}`
      throw new KafkaError(ErrorCode.invalidPartitions, reason)
    }
    checkNewPartitions(total - count)
  }

  /** Gives a topic more partitions, `total` together. */
  async addPartitions(name: string, total: number): Promise<void> {
    this.checkAddPartitions(name, total)
    const topic = this.#existing(name)
    const partitions = this.#newPartitions(topic.partitions.length, total)
    for (const partition of partitions)
      topic.partitions.push(new Partition(this.#context, topic, emptyPartition(partition)))
    await this.#apply({ kind: 'addPartitions', topicId: topic.id, partitions })
  }

  /** Replaces the settings that were set for a topic. The caller has validated them. */
  async setOverrides(name: string, overrides: ReadonlyMap<string, string>): Promise<void> {
    const topic = this.#existing(name)
    const removed = [...topic.overrides.keys()].filter(key => !overrides.has(key))
    const changed = [...overrides].filter(([key, value]) => topic.overrides.get(key) !== value)
    topic.overrides = new Map(overrides)
    this.#configure(topic)
    if (removed.length + changed.length === 0) return
    await this.#apply({
      kind: 'saveSettings',
      owner: { kind: 'topic', topicId: topic.id },
      settings: { ...Object.fromEntries(removed.map(key => [key, null])), ...Object.fromEntries(changed) },
    })
  }

  /** Works out the settings of all topics again: the broker's own have changed. */
  refreshSettings(): void {
    this.#withoutOverrides = undefined
    for (const topic of this.#byName.values()) this.#configure(topic)
  }

  /** Writes the producer state, so that the next start has nothing to replay. The write queue stays open. */
  close(): void {
    this.#context.snapshots.save()
  }

  #add(recovered: RecoveredTopic): MutableTopic {
    const named = Object.entries(recovered.overrides)
    const overrides = named.length > 0 ? new Map(named) : noOverrides
    const topic: MutableTopic = {
      id: recovered.topicId,
      name: recovered.name,
      createdMs: recovered.createdMs,
      internal: recovered.internal,
      partitions: [],
      overrides,
      ...this.#effective(overrides),
    }
    for (const partition of recovered.partitions) topic.partitions.push(new Partition(this.#context, topic, partition))
    this.#byName.set(topic.name, topic)
    this.#byId.set(topic.id, topic)
    this.#collisionKeys.set(collisionKey(topic.name), topic.name)
    return topic
  }

  #configure(topic: MutableTopic): void {
    Object.assign(topic, this.#effective(topic.overrides))
  }

  // Most topics have no settings of their own: they share one object.
  #effective(overrides: ReadonlyMap<string, string>): Effective {
    if (overrides.size > 0) return this.#workOut(overrides)
    this.#withoutOverrides ??= this.#workOut(overrides)
    return this.#withoutOverrides
  }

  #workOut(overrides: ReadonlyMap<string, string>): Effective {
    const settings = this.#settingsOf(overrides)
    return { settings, rules: logRules(settings) }
  }

  #existing(name: string): MutableTopic {
    const topic = this.#byName.get(name)
    if (!topic) throw new KafkaError(ErrorCode.unknownTopicOrPartition, `there is no topic '${name}'`)
    return topic
  }

  #newPartitions(from: number, to: number): NewPartition[] {
    return Array.from({ length: to - from }, (_, position) => ({
      partitionId: this.#nextPartitionId++,
      index: from + position,
      leaderEpoch: 0,
    }))
  }

  #apply(change: Parameters<WriteQueue['apply']>[0]): Promise<void> {
    return new Promise(resolve => this.#context.writes.apply(change, resolve))
  }
}

function checkNewPartitions(count: number): void {
  if (count <= newPartitionsMax) return
  const reason = `${count} partitions at once are too many: at most ${newPartitionsMax}`
  throw new KafkaError(ErrorCode.policyViolation, reason)
}

function emptyPartition(partition: NewPartition): RecoveredPartition {
  return { ...partition, logStartOffset: 0, logEndOffset: 0, bytes: 0, producers: undefined, aborted: [] }
}
