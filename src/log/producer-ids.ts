import type { WriteQueue } from '../storage/write-queue.ts'

/** Kafka's size of a block. */
const blockIds = 1000
/** A new block is written this many ids before the old one ends, so that nobody waits for it. */
const reserveIds = 100

/**
 * Hands out producer ids (InitProducerId), each once in the life of the data directory. Blocks of 1000 are written ahead:
 * a restart goes on after the last block, and skips what is left of it.
 */
export class ProducerIds {
  readonly #writes: WriteQueue
  #next: number
  /** Ids below this may be handed out. */
  #durableEnd: number
  /** Ids below this are asked for. */
  #requestedEnd: number
  readonly #waiting: ((id: number) => void)[] = []

  /** `nextProducerId` from `RecoveredState`. */
  constructor(writes: WriteQueue, nextProducerId: number) {
    this.#writes = writes
    this.#next = nextProducerId
    this.#durableEnd = nextProducerId
    this.#requestedEnd = nextProducerId
  }

  /** The next id; waits for a commit where the block is used up. */
  allocate(): Promise<number> {
    return new Promise(resolve => {
      this.#waiting.push(resolve)
      this.#serve()
      this.#reserve()
    })
  }

  #serve(): void {
    while (this.#next < this.#durableEnd) {
      const resolve = this.#waiting.shift()
      if (!resolve) return
      resolve(this.#next++)
    }
  }

  #reserve(): void {
    const wanted = this.#next + this.#waiting.length + reserveIds
    if (wanted <= this.#requestedEnd) return
    const end = this.#requestedEnd + blockIds
    this.#requestedEnd = end
    this.#writes.apply({ kind: 'saveProducerIdBlock', nextProducerId: end }, () => {
      this.#durableEnd = end
      this.#serve()
      this.#reserve()
    })
  }
}
