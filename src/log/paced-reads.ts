import type { Clock } from '../base/env.ts'
import type { LogReader } from '../storage/log-reader.ts'
import type { WriteQueue } from '../storage/write-queue.ts'
import { writeLoad } from './write-load.ts'

/**
 * While producers are at full speed, this many times what a read took passes before the next one: reading has an eighth of the
 * time. With a quarter, producers kept 0.69 of their speed; the reader itself takes processors, too.
 */
const pausesPerRead = 7
const pauseMaxMs = 100

export type RowReads = Pick<LogReader, 'readRows'>

/**
 * Reads old records at full speed while nobody writes. While commits wait, reads take turns with pauses in between: a scan
 * takes processors, memory bandwidth and the disk from producers, and they come first. On a fast machine
 * that leaves it more, on a slow one less; with no rate in bytes there is nothing to set.
 */
export function pacedReads(reader: RowReads, writes: Pick<WriteQueue, 'pendingBytes'>, clock: Clock): RowReads {
  /** Ends when the last one in line has read and paused. */
  let last: Promise<void> | undefined
  return {
    async readRows(query) {
      const before = last
      if (!before && writes.pendingBytes === 0) return await reader.readRows(query)
      const { promise, resolve } = Promise.withResolvers<void>()
      last = promise
      await before
      const startMs = clock.monotonic()
      try {
        return await reader.readRows(query)
      } finally {
        const end = (): void => {
          if (last === promise) last = undefined
          resolve()
        }
        const pauses = pausesPerRead * writeLoad(writes)
        const pauseMs = Math.min(pauseMaxMs, pauses * (clock.monotonic() - startMs))
        if (pauseMs >= 1) clock.after(pauseMs, end)
        else end()
      }
    },
  }
}
