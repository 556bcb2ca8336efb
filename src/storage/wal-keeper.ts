import type { Clock } from '../base/env.ts'
import { pauseThread } from '../base/threads.ts'
import { type Connection, pageBytes } from './database.ts'

/** When this much is in the WAL, it is to be used from its front again. */
export const walLapBytes = 128 * 1024 * 1024
/**
 * The checkpoint worker is sent off when so much waits to be copied. Commits wait while the disk takes in a portion:
 * with 128 MiB at a time the 99th percentile of the acknowledgement of 128 KiB batches was 8 times the median, with 8 it is 3;
 * with 16 KiB batches one sync of the WAL in a hundred takes 6 ms with 8 MiB at a time, 3 ms with 4.
 */
const copyBytes = 4 * 1024 * 1024
/** The WAL does not grow beyond about this: commits wait for a checkpoint, and producers for commits. */
const walBytesMax = 512 * 1024 * 1024
/** How much is written between two looks at the WAL. */
const lookBytes = 2 * 1024 * 1024
/** While commits wait: between two looks at whether they may go on, and between two reports. */
const pauseMs = 2
const reportEveryMs = 10_000

interface WalFrames {
  /** All frames in the WAL, … */
  readonly log: number
  /** … and those that are copied into the database file. */
  readonly checkpointed: number
}

/** `copy` what is there; or `finish`: come so close to the end that the writer can do the rest in a moment. */
export type CheckpointRequest = 'copy' | 'finish'

/**
 * Keeps the WAL of a busy node short. The checkpoint worker copies most of it while commits go on; it can never catch
 * up with a writer that does not pause, so the writer itself copies the small rest, and only then does SQLite begin
 * again at the front of the WAL file. That file is never truncated while the node runs: overwriting is a third faster
 * than appending.
 */
export class WalKeeper {
  readonly #look
  readonly #passive
  readonly #restart
  readonly #requestCheckpoint: (request: CheckpointRequest) => void
  readonly #onStall: () => void
  readonly #clock: Clock
  #running: CheckpointRequest | undefined
  #unseenBytes = 0

  /**
   * `requestCheckpoint` starts a checkpoint that ends in a call of `checkpointed`. `onStall` is told every ten seconds that
   * commits wait for a checkpoint.
   */
  constructor(
    database: Connection,
    options: { requestCheckpoint: (request: CheckpointRequest) => void; onStall: () => void; clock: Clock },
  ) {
    this.#look = database.prepare('PRAGMA wal_checkpoint(NOOP)')
    this.#passive = database.prepare('PRAGMA wal_checkpoint(PASSIVE)')
    this.#restart = database.prepare('PRAGMA wal_checkpoint(RESTART)')
    this.#requestCheckpoint = options.requestCheckpoint
    this.#onStall = options.onStall
    this.#clock = options.clock
  }

  /** A commit of about so many bytes has been made. */
  committed(bytes: number): void {
    this.#unseenBytes += bytes + 4 * pageBytes
    if (this.#unseenBytes < lookBytes) return
    this.#unseenBytes = 0
    const { log, checkpointed } = this.#look.get() as WalFrames
    if (log * pageBytes >= walBytesMax) this.#wait()
    else if (log * pageBytes >= walLapBytes) this.#request('finish')
    else if ((log - checkpointed) * pageBytes >= copyBytes) this.#request('copy')
  }

  /** The requested checkpoint is through. */
  checkpointed(): void {
    if (this.#running === 'finish') this.#passive.get()
    this.#running = undefined
  }

  #request(request: CheckpointRequest): void {
    if (this.#running) return
    this.#running = request
    this.#requestCheckpoint(request)
  }

  /** Waits until readers and the checkpoint worker let go of the WAL. SQLite itself waits for the former, not the latter. */
  #wait(): void {
    let reportedMs = this.#clock.monotonic()
    while ((this.#restart.get() as { busy: number }).busy !== 0) {
      pauseThread(pauseMs)
      if (this.#clock.monotonic() - reportedMs < reportEveryMs) continue
      reportedMs = this.#clock.monotonic()
      this.#onStall()
    }
  }
}
