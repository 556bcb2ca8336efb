import { createTopicsApi } from '../../src/protocol/messages/create-topics.ts'
import { GroupCheck } from './checks/group-check.ts'
import { LogCheck } from './checks/log-check.ts'
import { OffsetCheck } from './checks/offset-check.ts'
import { TransactionCheck } from './checks/transaction-check.ts'
import { checkTransform } from './checks/transform-check.ts'
import { type GroupPlan, groupMember } from './clients/group-member.ts'
import { commitOffset, fetchOffset, offsetKeeper } from './clients/offsets.ts'
import { idempotentProducer, plainProducer } from './clients/producers.ts'
import { deleter, readAll, reader } from './clients/readers.ts'
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
]
const group: GroupPlan = { groupId: 'group', topic: 'grouped', partitions: 4 }
const transformGroup = 'transform'
const kept: Place = { topic: 'plain', partition: 0 }

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
    const offsets = new OffsetCheck(history)
    const transactions = new TransactionCheck(history, offsets)
    this.#logs = new LogCheck(history, ({ log, batches, readCommitted, fetched }) => {
      if (readCommitted) transactions.read(log, batches, fetched)
    })
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
    const [plain, deleted, grouped, source, target] = topics.map(placesOf)
    const own = [...plain!, ...deleted!, ...grouped!, ...source!]
    return [
      ...own.map(place => idempotentProducer(world, place)),
      ...[...plain!, ...deleted!].map(place => plainProducer(world, place)),
      ...Array.from({ length: 4 }, () => reader(world, [...own, ...target!])),
      deleter(world, deleted!),
      ...Array.from({ length: 3 }, () => groupMember(world, group, null)),
      groupMember(world, group, 'static'),
      offsetKeeper(world, 'keepers', kept),
      offsetKeeper(world, 'keepers', kept),
      transactionalProducer(world, 'writer-1', [...source!, ...plain!]),
      transactionalProducer(world, 'writer-2', source!),
      ...source!.map(place => transformer(world, { groupId: transformGroup, source: place, targets: target! })),
    ]
  }

  async #prepare(): Promise<void> {
    await this.#world.insist('admin', async connection => {
      await connection.call(createTopicsApi, 5, {
        timeoutMs: 1_000,
        topics: topics.map(({ name, partitions }) => ({
          ...{ name, numPartitions: partitions, replicationFactor: 1, assignments: [] },
          configs: [{ name: 'retention.ms', value: '-1' }],
        })),
      })
      // A group without offsets is forgotten when its members are, and its generations begin anew.
      const place = { topic: group.topic, partition: 0 }
      await commitOffset(connection, this.#dice, { groupId: group.groupId, place, offset: 0, name: 'first' })
    })
  }

  /** Reads everything once more, and sees whether it all fits together. */
  async #finish(): Promise<void> {
    // Transactions that were left open are overdue now.
    this.#node.setClock(60 * 60_000)
    await this.#world.sleep(2_000)
    if (this.#dice.percent(50)) this.#node.crash()
    await this.#world.insist('last', async connection => {
      for (const place of topics.flatMap(placesOf)) {
        await readAll(connection, place, 0)
        await readAll(connection, place, 1)
      }
    })
    this.#logs.finish()
    this.#transactions.finish(this.#logs.logs(), this.#history.note('everything is read'))
    await this.#world.insist('last', connection => this.#readOffsets(connection))
    this.#world.isOver = true
    await this.#node.stop()
  }

  async #readOffsets(connection: SimulatedConnection): Promise<void> {
    const read = (groupId: string, place: Place): Promise<number> => fetchOffset(connection, this.#dice, groupId, place)
    await read('keepers', kept)
    for (const place of topics.flatMap(placesOf)) {
      await read(group.groupId, place)
      await read('progress', place)
      if (place.topic !== 'source') continue
      checkTransform(this.#transactions, {
        source: this.#logs.log(place.topic, place.partition),
        targets: [0, 1].map(partition => this.#logs.log('target', partition)),
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

function placesOf({ name, partitions }: (typeof topics)[number]): Place[] {
  return Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition }))
}
