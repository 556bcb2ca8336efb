import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BatchOptions } from '../../../src/protocol/records/build.ts'
import {
  type ClientConnection,
  type ClientWorld,
  ConnectionLost,
  namedBatch,
  type Place,
} from '../../simulate/client-world.ts'
import type { Dice } from '../../simulate/dice.ts'
import { History } from '../../simulate/history.ts'
import { WireConnection } from './connection.ts'

/** Clients think in the simulation's milliseconds: here these pass so much faster. */
const haste = 4
const reconnectMs = 5

/** Where the simulation's clients meet a node that is a process, in real time. */
export class WireWorld implements ClientWorld {
  readonly history: History
  readonly #dice: Dice
  readonly #connections = new Set<WireConnection>()
  #node: { readonly host: string; readonly port: number; readonly incarnation: number } | undefined
  #incarnations = 0
  #nameCount = 0
  isStopping = false

  constructor(dice: Dice) {
    this.#dice = dice
    this.history = new History({ nowMs: () => this.nowMs() })
  }

  /** The node can be reached. */
  nodeStarted(host: string, port: number): void {
    this.#node = { host, port, incarnation: ++this.#incarnations }
    this.history.note(`node starts (${this.#incarnations})`)
  }

  /** Nobody connects any more: the node is about to end. */
  nodeEnding(): void {
    this.#node = undefined
  }

  /** No answer that comes from now on is heard. */
  deafen(): void {
    for (const connection of this.#connections) connection.deafen()
  }

  /** The process is gone: takes what it had answered, and gives up the rest. */
  async nodeEnded(options: { readonly deaf?: boolean } = {}): Promise<void> {
    this.#node = undefined
    if (options.deaf) for (const connection of this.#connections) connection.destroy()
    await Promise.all([...this.#connections].map(({ closed }) => closed))
    this.#connections.clear()
    this.history.note('node ended')
    this.history.nodeEnded()
  }

  sleep(ms: number): Promise<void> {
    return sleep(ms / haste)
  }

  nowMs(): number {
    return performance.now() * haste
  }

  name(prefix: string): string {
    return `${prefix}${++this.#nameCount}`
  }

  diceFor(name: string): Dice {
    return this.#dice.of(name)
  }

  async connect(clientId: string): Promise<WireConnection> {
    for (;;) {
      if (this.history.violation) throw this.history.violation
      const node = this.#node
      if (node) {
        const connection = new WireConnection({ ...node, clientId, history: this.history })
        this.#connections.add(connection)
        connection.closed.then(() => this.#connections.delete(connection))
        if ((await connection.connected()) && this.#node === node) return connection
        connection.cut()
      }
      await sleep(reconnectMs)
    }
  }

  async insist<Result>(clientId: string, action: (connection: ClientConnection) => Promise<Result>): Promise<Result> {
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
    return namedBatch(place, names, { ...options, dice, timestampMs: Date.now })
  }
}
