import { Ring } from './ring.ts'

/** A value at a time, for charts. */
export interface Point {
  /** Milliseconds since 1970. */
  readonly atMs: number
  readonly value: number
}

/** Ten minutes, where samples are two seconds apart. */
const pointsMax = 300

/** How numbers of many things, by name, have gone over the last minutes. What is not seen any more is forgotten. */
export class Histories {
  readonly #rings = new Map<string, Ring<Point>>()

  note(name: string, atMs: number, value: number): void {
    const ring = this.#rings.get(name) ?? new Ring<Point>(pointsMax)
    this.#rings.set(name, ring)
    ring.push({ atMs, value })
  }

  /** Oldest first. */
  of(name: string): readonly Point[] {
    return this.#rings.get(name)?.oldestFirst() ?? []
  }

  /** The last points, oldest first: for sparklines and trends. */
  lastOf(name: string, count: number): readonly Point[] {
    return this.#rings.get(name)?.last(count) ?? []
  }

  keepOnly(names: ReadonlySet<string>): void {
    for (const name of this.#rings.keys()) if (!names.has(name)) this.#rings.delete(name)
  }
}
