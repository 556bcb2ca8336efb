import { type Connection, pageBytes } from './database.ts'

/**
 * A checkpoint begins when this much is in the WAL. Each one brings a commit or two that wait until the disk has digested
 * the pages copied: measured at 16 KiB batches, 40 in flight, with 64 / 128 / 256 MiB these waits last 45 / 80 / 170 ms and
 * the 99th percentile of the acknowledgement is 32 / 12 / 10 ms, at the same throughput.
 */
export const checkpointBytes = 128 * 1024 * 1024
/** The WAL does not grow beyond about this: commits wait for a checkpoint, and producers for commits. */
const walBytesMax = 512 * 1024 * 1024
/** How much is written between two looks at the WAL. */
const lookBytes = 4 * 1024 * 1024

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
  readonly #requestCheckpoint: () => void
  readonly #onStall: () => void
  #running = false
  #unseenBytes = 0

  /**
   * `requestCheckpoint` starts a checkpoint that ends in a call of `checkpointed`. `onStall` is told, again and again,
   * that commits wait for somebody who holds a read transaction open.
   */
  constructor(
    database: Connection,
    { requestCheckpoint, onStall }: { requestCheckpoint: () => void; onStall: () => void },
  ) {
    this.#look = database.prepare('PRAGMA wal_checkpoint(NOOP)')
    this.#passive = database.prepare('PRAGMA wal_checkpoint(PASSIVE)')
    this.#restart = database.prepare('PRAGMA wal_checkpoint(RESTART)')
    this.#requestCheckpoint = requestCheckpoint
    this.#onStall = onStall
  }

  /** A commit of about so many bytes has been made. */
  committed(bytes: number): void {
    this.#unseenBytes += bytes + 4 * pageBytes
    if (this.#unseenBytes < lookBytes) return
    this.#unseenBytes = 0
    const { log } = this.#look.get() as { log: number }
    if (log * pageBytes >= walBytesMax) this.#wait()
    else if (log * pageBytes >= checkpointBytes && !this.#running) {
      this.#running = true
      this.#requestCheckpoint()
    }
  }

  /** The requested checkpoint is through. */
  checkpointed(): void {
    this.#running = false
    this.#passive.get()
  }

  /** Waits until readers and the checkpoint worker let go of the WAL. */
  #wait(): void {
    // SQLite itself waits within the busy timeout. Beyond that it can only be a reader outside of this program.
    while ((this.#restart.get() as { busy: number }).busy !== 0) this.#onStall()
  }
}
