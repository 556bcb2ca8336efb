import type { Clock, Timer } from '../base/env.ts'

/** Up to where a reader sees: all that is durable, or only what no open transaction can take back. */
export type ReadLimit = 'highWatermark' | 'lastStableOffset'

/** Is told what happens to a partition. All calls are synchronous and must not throw. */
export interface Watcher {
  readonly upTo: ReadLimit
  /** More can be read: about `bytes` more. */
  advanced(bytes: number): void
  /** The partition is gone. */
  closed(): void
}

/** What can be waited for: a `Partition`. */
export interface Watched {
  readonly isClosed: boolean
  readonly highWatermark: number
  readonly lastStableOffset: number
  watch(watcher: Watcher): void
  unwatch(watcher: Watcher): void
}

/** Why a wait ended. */
export type WaitEnd = 'data' | 'timeout' | 'closed' | 'aborted'

export interface Wait {
  /** `seenEnd`: the high watermark (or last stable offset) that the reader went by, from its `FetchedRange`. */
  readonly partitions: readonly { readonly partition: Watched; readonly seenEnd: number }[]
  /** Default 'highWatermark'. */
  readonly upTo?: ReadLimit
  /** Wake when about this many more bytes can be read, all partitions together. */
  readonly bytesWanted: number
  readonly timeoutMs: number
  /** Aborted when the reader's connection goes away. */
  readonly signal?: AbortSignal
}

/**
 * Parks readers that found too little: Fetch with `min.bytes` and `max.wait.ms`.
 *
 * A wait ends with 'data' when enough bytes have become readable since it began (or when any have, between the reader's
 * look and the wait), with 'closed' when one of its partitions was deleted, with 'timeout' or 'aborted'. It never
 * rejects. The reader reads again and, where that is still too little, waits again for the rest of its time. One
 * timer a wait; a partition that nobody waits for holds nothing.
 */
export class ReadWaiters {
  readonly #clock: Clock
  #parked = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Waits under way. */
  get parked(): number {
    return this.#parked
  }

  async wait(wait: Wait): Promise<WaitEnd> {
    const upTo = wait.upTo ?? 'highWatermark'
    if (wait.signal?.aborted) return 'aborted'
    if (wait.partitions.some(({ partition }) => partition.isClosed)) return 'closed'
    // How many bytes came meanwhile nobody has counted: the reader finds out cheaply, they are in the cache.
    if (wait.partitions.some(({ partition, seenEnd }) => partition[upTo] > seenEnd)) return 'data'
    if (wait.timeoutMs <= 0) return 'timeout'
    this.#parked++
    const end = await new Promise<WaitEnd>(resolve => this.#park(wait, upTo, resolve))
    this.#parked--
    return end
  }

  #park(wait: Wait, upTo: ReadLimit, resolve: (end: WaitEnd) => void): void {
    let missing = Math.max(1, wait.bytesWanted)
    const end = (reason: WaitEnd): void => {
      timer.cancel()
      wait.signal?.removeEventListener('abort', abort)
      for (const { partition } of wait.partitions) partition.unwatch(watcher)
      resolve(reason)
    }
    const abort = (): void => end('aborted')
    const watcher: Watcher = {
      upTo,
      advanced(bytes) {
        missing -= bytes
        if (missing <= 0) end('data')
      },
      closed: () => end('closed'),
    }
    const timer: Timer = this.#clock.after(wait.timeoutMs, () => end('timeout'))
    wait.signal?.addEventListener('abort', abort, { once: true })
    for (const { partition } of wait.partitions) partition.watch(watcher)
  }
}
