import { PagePool } from '../base/page-pool.ts'
import { ReaderThread, type Rows } from './reader-thread.ts'
import type { RowQuery } from './row-queries.ts'

/** What is being read and sent lies in memory that is used again; beyond this, in memory of its own. */
const readPagesBytes = 32 * 1024 * 1024

/**
 * The threads that read: one, and another from the first time that reads wait for each other. Most nodes never scan, and
 * need no more than the one.
 */
export class ReaderThreads {
  readonly #file: string
  readonly #onError: (error: unknown) => void
  readonly #pages = new PagePool(readPagesBytes)
  readonly #first: ReaderThread
  /** Started, … */
  #second: ReaderThread | undefined
  /** … and ready for queries. */
  #isSecondOpen = false

  /** `onError`: reading has failed for good. */
  constructor(file: string, onError: (error: unknown) => void) {
    this.#file = file
    this.#onError = onError
    this.#first = new ReaderThread({ file, pages: this.#pages, onOpened: () => {}, onError })
  }

  /** Threads that answer queries. */
  get count(): number {
    return this.#isSecondOpen ? 2 : 1
  }

  /** Puts a query to the thread that has less to do. */
  ask(query: RowQuery): Promise<Rows> {
    if (this.#first.pending > 0) this.#second ??= this.#startSecond()
    const isSecondIdler = this.#isSecondOpen && this.#second!.pending < this.#first.pending
    return (isSecondIdler ? this.#second! : this.#first).ask(query)
  }

  /** Ends the threads once they have answered. */
  async close(): Promise<void> {
    await this.#first.close()
    await this.#second?.close()
  }

  /** Ends the threads whatever they do. */
  async terminate(): Promise<void> {
    await Promise.all([this.#first.terminate(), this.#second?.terminate()])
  }

  #startSecond(): ReaderThread {
    return new ReaderThread({
      file: this.#file,
      pages: this.#pages,
      onOpened: () => {
        this.#isSecondOpen = true
      },
      // One that cannot be had (no file descriptor is left, say) is done without.
      onError: error => {
        if (this.#isSecondOpen) this.#onError(error)
      },
    })
  }
}
