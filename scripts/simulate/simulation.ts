import { createTopicsApi } from '../../src/protocol/messages/create-topics.ts'
import { FetchCheck, type OnRead } from './checks/fetch-check.ts'
import { GroupCheck } from './checks/group-check.ts'
import { compactedTopic, LogCheck } from './checks/log-check.ts'
import { OffsetCheck } from './checks/offset-check.ts'
import { TopicNames } from './checks/topic-names.ts'
import { TransactionCheck } from './checks/transaction-check.ts'
import { checkTransform } from './checks/transform-check.ts'
import { type GroupPlan, groupMember } from './clients/group-member.ts'
import { commitOffset, fetchOffset, offsetKeeper } from './clients/offsets.ts'
import { passingTopics } from './clients/passing-topics.ts'
import { idempotentProducer, plainProducer } from './clients/producers.ts'
import { deleter, readAll, reader } from './clients/readers.ts'
import { sessionReader } from './clients/session-reader.ts'
import { transactionalProducer, transformer } from './clients/transactional.ts'
import type { SimulatedConnection } from './connection.ts'
import { Dice } from './dice.ts'
import { canaries } from './faults.ts'
import { History, type Violation } from './history.ts'
import { nemesis } from './nemesis.ts'
import { SimulatedNode } from './node.ts'
import { Scheduler } from './scheduler.ts'
import { type Place, World } from './world.ts'

export interface SimulationOptions {
  readonly seed: number
  /** Events before everybody is asked to come to an end. */
  readonly steps: number
  /** The fault of this name is done to the node. */
  readonly canary?: string | undefined
  /** Gets every line of the history. */
  readonly print?: (line: string) => void
}

export interface SimulationResult {
  readonly violation: Violation | undefined
  /** The last lines of the history. */
  readonly newest: readonly string[]
  /** Equal for equal runs. */
  readonly fingerprint: string
  readonly steps: number
  readonly simulatedMs: number
  readonly requests: number
  readonly restarts: number
}

/** Events that the end of a run may take: beyond that somebody hangs. */
const endingStepsMax = 200_000

const topics: readonly { readonly name: string; readonly partitions: number }[] = [
  { name: 'plain', partitions: 2 },
  { name: 'deleted', partitions: 2 },
  { name: 'grouped', partitions: 4 },
  { name: 'source', partitions: 2 },
  { name: 'target', partitions: 2 },
  { name: compactedTopic, partitions: 2 },
]
const notCompacted = { 'retention.ms': '-1' }
const compacted = { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0.2', 'delete.retention.ms': '1000' }
const transformGroup = 'transform'
const membersGroup = 'group'
const keepersGroup = 'keepers'

/** Runs a node with its clients and its troubles until a promise is broken or all is said and done. */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const simulation = new Simulation(options)
  try {
    await simulation.run()
    return simulation.result()
  } finally {
    simulation.remove()
  }
}

class Simulation {
  readonly #options: SimulationOptions
  readonly #scheduler = new Scheduler()
  readonly #history: History
  readonly #node: SimulatedNode
  readonly #world: World
  readonly #logs: LogCheck
  readonly #transactions: TransactionCheck
  readonly #dice: Dice
  readonly #places: Place[] = []

  constructor(options: SimulationOptions) {
    this.#options = options
    const scheduler = this.#scheduler
    const dice = new Dice(`seed ${options.seed}`)
    const history = new History({ nowMs: () => scheduler.nowMs, print: options.print })
    const canary = options.canary === undefined ? undefined : canaries[options.canary]
    if (options.canary !== undefined && !canary) throw new Error(`there is no canary '${options.canary}'`)
    const fault = canary?.make(dice.of('fault'))
    this.#dice = dice
    this.#history = history
    this.#node = new SimulatedNode({ scheduler, history, dice, fault })
    this.#world = new World({ scheduler, history, dice, fault, node: this.#node })
    const names = new TopicNames(history)
    const logs = new LogCheck(history, names)
    const transactions = new TransactionCheck(history, new OffsetCheck(history, names))
    const onRead: OnRead = ({ log, batches, readCommitted, fetched }) => {
      if (readCommitted) transactions.read(log, batches, fetched)
    }
    new FetchCheck(history, { logs, names, onRead })
    this.#logs = logs
    this.#transactions = transactions
    new GroupCheck(history)
  }

  async run(): Promise<void> {
    this.#node.start()
    await this.#until(this.#prepare(), this.#options.steps)
    const clients = Promise.all(this.#clients())
    const troubles = nemesis({ world: this.#world, scheduler: this.#scheduler, dice: this.#dice.of('nemesis') })
    await this.#until(clients, this.#options.steps)
    this.#world.isStopping = true
    await this.#until(Promise.all([clients, troubles]), endingStepsMax, 'the clients do not come to an end')
    await this.#until(this.#finish(), endingStepsMax, 'the last reading does not come to an end')
  }

  result(): SimulationResult {
    const { violation, newest } = this.#history
    return {
      ...{ violation, newest, fingerprint: this.#history.fingerprint() },
      ...{ steps: this.#scheduler.steps, simulatedMs: this.#scheduler.nowMs },
      ...{ requests: this.#history.operations, restarts: this.#node.restarts },
    }
  }

  remove(): void {
    this.#node.remove()
  }

  #clients(): Promise<void>[] {
    const world = this.#world
    const [plain, deleted, grouped, source, target, table] = topics.map(({ name }) => this.#placesOf(name))
    const own = [...plain!, ...deleted!, ...grouped!, ...source!, ...table!]
    const everywhere = [...own, ...target!]
    const group: GroupPlan = { groupId: membersGroup, places: grouped! }
    return [
      ...own.map(place => idempotentProducer(world, place)),
      ...[...plain!, ...deleted!, ...table!].map(place => plainProducer(world, place)),
      ...Array.from({ length: 4 }, () => reader(world, everywhere)),
      ...Array.from({ length: 2 }, () => sessionReader(world, everywhere)),
      deleter(world, deleted!),
      passingTopics(world),
      ...Array.from({ length: 3 }, () => groupMember(world, group, null)),
      groupMember(world, group, 'static'),
      offsetKeeper(world, keepersGroup, plain![0]!),
      offsetKeeper(world, keepersGroup, plain![0]!),
      transactionalProducer(world, 'writer-1', [...source!, ...plain!]),
      transactionalProducer(world, 'writer-2', [...source!, ...table!]),
      ...source!.map(place => transformer(world, { groupId: transformGroup, source: place, targets: target! })),
    ]
  }

  #placesOf(name: string): Place[] {
    return this.#places.filter(({ topic }) => topic === name)
  }

  async #prepare(): Promise<void> {
    await this.#world.insist('admin', async connection => {
      const created = await connection.call(createTopicsApi, 7, {
        timeoutMs: 1_000,
        topics: topics.map(({ name, partitions }) => ({
          ...{ name, numPartitions: partitions, replicationFactor: 1, assignments: [] },
          configs: Object.entries(name === compactedTopic ? compacted : notCompacted).map(([config, value]) => ({
            ...{ name: config, value },
          })),
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

  /** Reads everything once more, and sees whether it all fits together. */
  async #finish(): Promise<void> {
    // Transactions that were left open are overdue now.
    this.#node.setClock(60 * 60_000)
    await this.#world.sleep(2_000)
    if (this.#dice.percent(50)) this.#node.crash()
    for (const log of this.#logs.logs()) log.beginLastReading()
    await this.#world.insist('last', async connection => {
      for (const place of this.#places) {
        await readAll(connection, place, 0)
        await readAll(connection, place, 1)
      }
    })
    this.#logs.finish()
    this.#transactions.finish(this.#logs.logs(), this.#history.note('everything is read'))
    for (const log of this.#logs.logs())
      if (log.compacted) log.checkLastOfKeys(value => this.#transactions.isCommitted(value))
    await this.#world.insist('last', connection => this.#readOffsets(connection))
    this.#world.isOver = true
    await this.#node.stop()
  }

  async #readOffsets(connection: SimulatedConnection): Promise<void> {
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

  /** Lets time pass until the promise is settled, so many events have run, or a promise of the node is broken. */
  async #until(promise: Promise<unknown>, stepsMax: number, tooLong?: string): Promise<void> {
    let isSettled = false
    promise.then(
      () => {
        isSettled = true
      },
      error => this.#history.violate(error instanceof Error ? (error.stack ?? error.message) : String(error), error),
    )
    for (let step = 0; step < stepsMax && !isSettled && !this.#history.violation; step++) {
      if (!(await this.#scheduler.step())) break
    }
    if (!isSettled && tooLong !== undefined) this.#history.violate(tooLong)
  }
}
