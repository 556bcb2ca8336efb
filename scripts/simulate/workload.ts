import { createTopicsApi } from '../../src/protocol/messages/create-topics.ts'
import { FetchCheck, type OnRead } from './checks/fetch-check.ts'
import { GroupCheck } from './checks/group-check.ts'
import { compactedTopic, LogCheck, limitedTopic, retentionBytes } from './checks/log-check.ts'
import { OffsetCheck } from './checks/offset-check.ts'
import { TopicNames } from './checks/topic-names.ts'
import { TransactionCheck } from './checks/transaction-check.ts'
import { checkTransform } from './checks/transform-check.ts'
import type { ClientConnection, ClientWorld, Place } from './client-world.ts'
import { type GroupPlan, groupMember } from './clients/group-member.ts'
import { commitOffset, fetchOffset, offsetKeeper } from './clients/offsets.ts'
import { passingTopics } from './clients/passing-topics.ts'
import { idempotentProducer, plainProducer } from './clients/producers.ts'
import { deleter, hasStableEnd, readAll, reader } from './clients/readers.ts'
import { sessionReader } from './clients/session-reader.ts'
import { transactionalProducer, transformer } from './clients/transactional.ts'
import type { Dice } from './dice.ts'

const topics: readonly { readonly name: string; readonly partitions: number }[] = [
  { name: 'plain', partitions: 2 },
  { name: 'deleted', partitions: 2 },
  { name: 'grouped', partitions: 4 },
  { name: 'source', partitions: 2 },
  { name: 'target', partitions: 2 },
  { name: compactedTopic, partitions: 2 },
  { name: limitedTopic, partitions: 2 },
]
const kept = { 'retention.ms': '-1' }
const limited = { ...kept, 'retention.bytes': String(retentionBytes) }
const compacted = { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0.2', 'delete.retention.ms': '1000' }
const transformGroup = 'transform'
const membersGroup = 'group'
const keepersGroup = 'keepers'

/** What the checks have seen. */
export interface WorkloadCounts {
  /** Offsets of which it became known what stands there. */
  readonly records: number
  /** Offsets below log starts: deleted by a client, or by retention. */
  readonly trimmed: number
  readonly offsets: number
  readonly transactions: number
}

function settingsOf(topic: string): Readonly<Record<string, string>> {
  if (topic === compactedTopic) return compacted
  return topic === limitedTopic ? limited : kept
}

/** Clients of every kind on one node, and the checks of all that they are told. */
export class Workload {
  readonly #world: ClientWorld
  readonly #dice: Dice
  readonly #logs: LogCheck
  readonly #offsets: OffsetCheck
  readonly #transactions: TransactionCheck
  readonly #places: Place[] = []

  constructor(world: ClientWorld, dice: Dice) {
    const { history } = world
    this.#world = world
    this.#dice = dice
    const names = new TopicNames(history)
    const logs = new LogCheck(history, names)
    const offsets = new OffsetCheck(history, names)
    const transactions = new TransactionCheck(history, offsets)
    const onRead: OnRead = ({ log, batches, readCommitted, fetched }) => {
      if (readCommitted) transactions.read(log, batches, fetched)
    }
    new FetchCheck(history, { logs, names, onRead })
    this.#logs = logs
    this.#offsets = offsets
    this.#transactions = transactions
    new GroupCheck(history)
  }

  /** All partitions that stay, once they are there. */
  get places(): readonly Place[] {
    return this.#places
  }

  /** Creates the topics. */
  async prepare(): Promise<void> {
    await this.#world.insist('admin', async connection => {
      const created = await connection.call(createTopicsApi, 7, {
        timeoutMs: 1_000,
        topics: topics.map(({ name, partitions }) => ({
          ...{ name, numPartitions: partitions, replicationFactor: 1, assignments: [] },
          configs: Object.entries(settingsOf(name)).map(([config, value]) => ({ name: config, value })),
        })),
      })
      for (const { name, topicId, numPartitions } of created.topics)
        for (let partition = 0; partition < numPartitions; partition++)
          this.#places.push({ topic: name, topicId, partition, compacted: name === compactedTopic })
      // A group without offsets is forgotten when its members are, and its generations begin anew.
      const [place] = this.#placesOf('grouped')
      await commitOffset(connection, this.#dice, { groupId: membersGroup, place: place!, offset: 0, name: 'first' })
    })
  }

  /** Starts all clients; they end when the world is stopping. */
  clients(): Promise<void>[] {
    const world = this.#world
    const [plain, deleted, grouped, source, target, table, short] = topics.map(({ name }) => this.#placesOf(name))
    const own = [...plain!, ...deleted!, ...grouped!, ...source!, ...table!, ...short!]
    const everywhere = [...own, ...target!]
    const group: GroupPlan = { groupId: membersGroup, places: grouped! }
    return [
      ...own.map(place => idempotentProducer(world, place)),
      ...[...plain!, ...deleted!, ...table!, ...short!].map(place => plainProducer(world, place)),
      ...Array.from({ length: 4 }, () => reader(world, everywhere)),
      ...Array.from({ length: 2 }, () => sessionReader(world, everywhere)),
      deleter(world, deleted!),
      passingTopics(world),
      ...Array.from({ length: 3 }, () => groupMember(world, group, null)),
      groupMember(world, group, 'static'),
      offsetKeeper(world, keepersGroup, plain![0]!),
      offsetKeeper(world, keepersGroup, plain![0]!),
      transactionalProducer(world, 'writer-1', [...source!, ...plain!]),
      transactionalProducer(world, 'writer-2', [...source!, ...table!, ...short!]),
      ...source!.map(place => transformer(world, { groupId: transformGroup, source: place, targets: target! })),
    ]
  }

  /** Whether every transaction has come to its end. */
  isStable(): Promise<boolean> {
    return this.#world.insist('last', async connection => {
      for (const place of this.#places) if (!(await hasStableEnd(connection, place))) return false
      return true
    })
  }

  /** Reads everything from the beginning, whoever else may be writing: what was acknowledged or read before must be there. */
  async readEverything(): Promise<void> {
    await this.#world.insist('last', async connection => {
      for (const place of this.#places) {
        await readAll(connection, place, 0)
        await readAll(connection, place, 1)
      }
    })
  }

  /** Reads everything once more, and sees whether it all fits together. No transaction may be open any more. */
  async finish(): Promise<void> {
    for (const log of this.#logs.logs()) log.beginLastReading()
    await this.readEverything()
    this.#logs.finish()
    this.#transactions.finish(this.#logs.logs(), this.#world.history.note('everything is read'))
    for (const log of this.#logs.logs())
      if (log.compacted) log.checkLastOfKeys(value => this.#transactions.isCommitted(value))
    await this.#world.insist('last', connection => this.#readOffsets(connection))
  }

  async #readOffsets(connection: ClientConnection): Promise<void> {
    const read = (groupId: string, place: Place): Promise<number> => fetchOffset(connection, this.#dice, groupId, place)
    for (const place of this.#places) {
      await read(keepersGroup, place)
      await read(membersGroup, place)
      await read('progress', place)
      if (place.topic !== 'source') continue
      checkTransform(this.#transactions, {
        source: this.#logs.log(place.topic, place.partition),
        targets: this.#placesOf('target').map(({ topic, partition }) => this.#logs.log(topic, partition)),
        committedOffset: await read(transformGroup, place),
      })
    }
  }

  /** What the checks have seen of acknowledged things. */
  counts(): WorkloadCounts {
    let records = 0
    let trimmed = 0
    for (const log of this.#logs.logs()) {
      records += log.known
      trimmed += log.bounds.logStartOffset
    }
    return { records, trimmed, offsets: this.#offsets.committed, transactions: this.#transactions.ended }
  }

  #placesOf(name: string): Place[] {
    return this.#places.filter(({ topic }) => topic === name)
  }
}
