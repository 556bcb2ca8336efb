import { createHash } from 'node:crypto'
import type { Random } from '../../src/base/env.ts'
import { seededRandom } from '../../test/support/simulated-env.ts'

/** Chance for one part of the simulation. Each has its own, so that one that asks more often does not shift the others. */
export class Dice {
  readonly random: Random
  readonly #seed: string

  constructor(seed: string) {
    this.#seed = seed
    this.random = seededRandom(createHash('sha256').update(seed).digest().readUInt32BE(0))
  }

  /** Dice for a part, which depend on its name and the seed only. */
  of(name: string): Dice {
    return new Dice(`${this.#seed}/${name}`)
  }

  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + this.random.below(high - low + 1)
  }

  /** True in `percent` of a hundred cases. */
  percent(percent: number): boolean {
    return this.random.below(10_000) < percent * 100
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.random.below(items.length)] as Item
  }

  /** How long something takes that mostly takes `typicalMs`: between a tenth and twice of it, now and then much longer. */
  delayMs(typicalMs: number): number {
    const ms = (typicalMs * this.between(100, 2000)) / 1000
    return this.percent(1) ? ms * 40 : ms
  }
}
