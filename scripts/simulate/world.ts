import type { BatchOptions } from '../../src/protocol/records/build.ts'
import { type ClientWorld, ConnectionLost, namedBatch, type Place } from './client-world.ts'
import { SimulatedConnection } from './connection.ts'
import type { Dice } from './dice.ts'
import type { Fault } from './faults.ts'
import type { History } from './history.ts'
import type { SimulatedNode } from './node.ts'
import type { Scheduler } from './scheduler.ts'

export interface WorldOptions {
  readonly scheduler: Scheduler
  readonly history: History
  readonly dice: Dice
  readonly fault: Fault | undefined
  readonly node: SimulatedNode
}

const reconnectMs = 20
const downMs = 50

/** Where clients live: a node that comes and goes, connections that break. */
export class World implements ClientWorld {
  readonly history: History
  readonly node: SimulatedNode
  readonly #options: WorldOptions
  readonly #scheduler: Scheduler
  readonly #connections = new Set<SimulatedConnection>()
  #connectionCount = 0
  #nameCount = 0
  /** Clients finish what they have begun, and end. */
  isStopping = false
  /** A node that ends now stays so. */
  isOver = false

  constructor(options: WorldOptions) {
    this.#options = options
    this.#scheduler = options.scheduler
    this.history = options.history
    this.node = options.node
    options.node.onStopping = () => {
      for (const connection of this.#connections) connection.end()
    }
    options.node.onEnd = () => {
      for (const connection of [...this.#connections]) connection.cut()
      if (!this.isOver) options.scheduler.after(options.dice.delayMs(downMs), () => options.node.start())
    }
  }

  sleep(ms: number): Promise<void> {
    return this.#scheduler.sleep(ms)
  }

  nowMs(): number {
    return this.#scheduler.nowMs
  }

  /** A name that nobody else has. */
  name(prefix: string): string {
    return `${prefix}${++this.#nameCount}`
  }

  diceFor(name: string): Dice {
    return this.#options.dice.of(name)
  }

  /** Waits for the node, where it is away. */
  async connect(clientId: string): Promise<SimulatedConnection> {
    for (;;) {
      const node = this.node.running
      if (!node || node.isStopping) {
        await this.sleep(reconnectMs)
        continue
      }
      const id = `connection-${++this.#connectionCount}`
      const { scheduler, history, fault, dice } = this.#options
      const onClose = (connection: SimulatedConnection): void => void this.#connections.delete(connection)
      const connection = new SimulatedConnection({
        ...{ id, clientId, node, scheduler, history, fault, onClose },
        dice: dice.of(id),
      })
      this.#connections.add(connection)
      return connection
    }
  }

  /** Cuts one of the connections. */
  cutOne(dice: Dice): void {
    if (this.#connections.size === 0) return
    dice.pick([...this.#connections]).cut()
  }

  /** Does something over a connection, anew over another one as often as it is lost. */
  async insist<Result>(
    clientId: string,
    action: (connection: SimulatedConnection) => Promise<Result>,
  ): Promise<Result> {
    for (;;) {
      const connection = await this.connect(clientId)
      try {
        return await action(connection)
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw error
      } finally {
        connection.cut()
      }
    }
  }

  batch(place: Place, names: readonly string[], dice: Dice, options: BatchOptions = {}): Buffer {
    return namedBatch(place, names, { ...options, dice, timestampMs: () => this.node.wallMs() })
  }
}
