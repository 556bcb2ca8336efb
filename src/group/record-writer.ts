import type { WriteQueue } from '../storage/write-queue.ts'
import { type GroupRecord, storedGroup } from './group-record.ts'

/**
 * Writes the records of one group, in order. A record holds the whole group, so that hundreds of static members that come
 * back together would write it hundreds of times; while one is on its way to the disk, those that follow become one.
 */
export class RecordWriter {
  readonly #writes: WriteQueue
  #inFlight = 0
  #waiting: { record: GroupRecord; readonly done: (() => void)[] } | undefined

  constructor(writes: WriteQueue) {
    this.#writes = writes
  }

  /**
   * Calls `done` when this record, or a later one, is durable. With `mayWait` a later record that may wait too can take
   * its place: it must hold all that this one holds.
   */
  save(record: GroupRecord, mayWait: boolean, done: () => void): void {
    if (!mayWait || this.#inFlight === 0) {
      this.flush()
      this.#write(record, [done])
    } else if (this.#waiting) {
      this.#waiting.record = record
      this.#waiting.done.push(done)
    } else {
      this.#waiting = { record, done: [done] }
    }
  }

  /** Lets nothing wait any longer. */
  flush(): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting) this.#write(waiting.record, waiting.done)
  }

  #write(record: GroupRecord, done: readonly (() => void)[]): void {
    this.#inFlight++
    this.#writes.apply({ kind: 'saveGroup', group: storedGroup(record) }, () => {
      this.#inFlight--
      for (const each of done) each()
      if (this.#inFlight === 0) this.flush()
    })
  }
}
