const slots = { sent: 0, handedOver: 1, isReady: 2, hasEnded: 3 } as const

/**
 * What the main thread, the thread that commits and the thread that syncs know of each other's progress: counts of commit
 * groups since the start, in memory that they share. They wrap around at 2^32, so only differences mean something.
 */
export class CommitCounts {
  readonly memory: SharedArrayBuffer
  readonly #numbers: Int32Array

  constructor(memory = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT * Object.keys(slots).length)) {
    this.memory = memory
    this.#numbers = new Int32Array(memory)
  }

  /** The main thread has sent one more group. */
  send(): void {
    Atomics.add(this.#numbers, slots.sent, 1)
  }

  /** Whether more groups than this have been sent. */
  hasSentMore(than: number): boolean {
    return Atomics.load(this.#numbers, slots.sent) !== than
  }

  /** From now on a thread waits for what is handed over. */
  ready(): void {
    Atomics.store(this.#numbers, slots.isReady, 1)
  }

  get isReady(): boolean {
    return Atomics.load(this.#numbers, slots.isReady) === 1
  }

  /** Everything up to this group is in the WAL, and the other thread is to sync it. */
  handOver(upTo: number): void {
    Atomics.store(this.#numbers, slots.handedOver, upTo)
    Atomics.notify(this.#numbers, slots.handedOver)
  }

  /** Sleeps until more than before is handed over. Returns up to which group, or undefined after the end. */
  nextHandedOver(before: number): number | undefined {
    Atomics.wait(this.#numbers, slots.handedOver, before)
    return Atomics.load(this.#numbers, slots.hasEnded) === 1 ? undefined : Atomics.load(this.#numbers, slots.handedOver)
  }

  /** Nothing is under way, and nothing will be handed over any more. */
  end(): void {
    Atomics.store(this.#numbers, slots.hasEnded, 1)
    // Whoever is about to sleep sees another number than before, and does not.
    Atomics.add(this.#numbers, slots.handedOver, 1)
    Atomics.notify(this.#numbers, slots.handedOver)
  }
}

/** How many groups lie between two counts; negative if `to` came before `from`. */
export function groupsBetween(from: number, to: number): number {
  return (to - from) | 0
}
