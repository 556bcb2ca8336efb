import type { Timer } from '../../src/base/env.ts'

interface Event {
  readonly dueMs: number
  readonly sequence: number
  action: (() => void) | undefined
}

/**
 * Simulated time: a queue of events, run one after the other. Two that are due at the same moment run in the order in
 * which they were made, so that a run is a function of its seed.
 */
export class Scheduler {
  /** A binary heap: the earliest event is at 0, the children of `i` at `2i + 1` and `2i + 2`. */
  readonly #heap: Event[] = []
  #sequence = 0
  #nowMs = 0
  #steps = 0

  /** Milliseconds since the run began, with fractions. Never falls. */
  get nowMs(): number {
    return this.#nowMs
  }

  /** Events that have run. */
  get steps(): number {
    return this.#steps
  }

  after(delayMs: number, action: () => void): Timer {
    const event: Event = { dueMs: this.#nowMs + Math.max(0, delayMs), sequence: this.#sequence++, action }
    this.#push(event)
    return {
      cancel: () => {
        event.action = undefined
      },
    }
  }

  /** Resolves after `delayMs` of simulated time. */
  sleep(delayMs: number): Promise<void> {
    return new Promise(resolve => void this.after(delayMs, resolve))
  }

  /** The machine stands still for a while: everything that falls due meanwhile is late. */
  freeze(ms: number): void {
    this.#nowMs += ms
  }

  /** Runs the next event and all that follows from it without time passing. False when there is none. */
  async step(): Promise<boolean> {
    let event = this.#pop()
    while (event && !event.action) event = this.#pop()
    if (!event) return false
    this.#nowMs = Math.max(this.#nowMs, event.dueMs)
    this.#steps++
    event.action?.()
    // Promises are settled when this turn of the real event loop ends; nothing else is ever waiting in it.
    await new Promise(resolve => setImmediate(resolve))
    return true
  }

  #push(event: Event): void {
    const heap = this.#heap
    let at = heap.length
    for (; at > 0; ) {
      const parent = (at - 1) >> 1
      if (!isBefore(event, heap[parent])) break
      heap[at] = heap[parent] as Event
      at = parent
    }
    heap[at] = event
  }

  #pop(): Event | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (!last || heap.length === 0) return first
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Event, heap[child])) child++
      if (isBefore(last, heap[child])) break
      heap[at] = heap[child] as Event
      at = child
    }
    heap[at] = last
    return first
  }
}

function isBefore(event: Event, other: Event | undefined): boolean {
  return (
    other === undefined || event.dueMs < other.dueMs || (event.dueMs === other.dueMs && event.sequence < other.sequence)
  )
}
