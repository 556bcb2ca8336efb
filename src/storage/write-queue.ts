import type { Clock } from '../base/env.ts'
import type { StorageError } from '../base/errors.ts'
import { assert } from '../base/errors.ts'
import type { Change } from './change.ts'

/** One record batch with its offsets and leader epoch already patched in. */
export interface Append {
  readonly partitionId: number
  readonly baseOffset: number
  readonly lastOffset: number
  readonly maxTimestamp: number
  /** Must not change until `done`. */
  readonly data: Buffer
}

/**
 * The seam between memory and disk. What arrives while a commit runs goes into the next one, so that one fsync pays for
 * all of it; the batches of a partition in one commit become one row.
 *
 * `done` is called after the commit that holds the write (after its fsync with durability `fsync`), in order of
 * submission. After a failed commit `onFailure` is called once and no `done` ever again.
 */
export interface WriteQueue {
  append(append: Append, done: () => void): void
  apply(change: Change, done?: () => void): void
  /**
   * Everything that `action` hands over lands in one commit: after a crash all of it is there, or nothing. Within another
   * `together`, in the commit of that one.
   */
  together(action: () => void): void
  /** Bytes appended and not yet durable. */
  readonly pendingBytes: number
  /** Calls `action` once, as soon as `pendingBytes` is below `bytes`: at once when it is already. */
  whenBelow(bytes: number, action: () => void): void
  /** Resolves when all that was submitted before is durable; rejects when a commit fails. */
  flush(): Promise<void>
  /** Flushes and takes nothing more. */
  close(): Promise<void>
}

export type Write = Append | Change

/** Where groups of writes go: into the storage worker, or to the database in this thread. */
export interface CommitPort {
  /** Starts to commit the writes, in order. Later, or at once, `GroupingQueue.committed` is to be called. */
  send(writes: readonly Write[]): void
}

interface Group {
  readonly writes: Write[]
  readonly done: (() => void)[]
  bytes: number
}

/** No commit takes more than about this: a long one would hold up the acknowledgements of all others. */
export const groupBytesMax = 8 * 1024 * 1024

// One is being synced, one committed. A third one waits at the worker's door, so that it never waits for this thread.
const groupsInFlightMax = 3

/** For the operator, while a commit cannot go on. */
export const stalled =
  'commits wait for the database to take in what is in its WAL: the disk is slow, or another program is reading the database'

/** Forms groups and sends them through a port. */
export class GroupingQueue implements WriteQueue {
  readonly #clock: Clock
  readonly #port: CommitPort
  readonly #onFailure: (error: StorageError) => void
  readonly #unsent: Group[] = []
  readonly #inFlight: Group[] = []
  readonly #flushes = new Set<(error: StorageError) => void>()
  #waiting: { readonly below: number; readonly action: () => void }[] = []
  #sendScheduled = false
  #pendingBytes = 0
  #failure: StorageError | undefined
  #closed = false
  /** While `together` runs: where its writes go, once it has made one. */
  #together: { group: Group | undefined } | undefined

  constructor(options: { clock: Clock; port: CommitPort; onFailure: (error: StorageError) => void }) {
    this.#clock = options.clock
    this.#port = options.port
    this.#onFailure = options.onFailure
  }

  get pendingBytes(): number {
    return this.#pendingBytes
  }

  append(append: Append, done: () => void): void {
    this.#add(append, append.data.length, done)
  }

  apply(change: Change, done?: () => void): void {
    this.#add(change, 0, done)
  }

  together(action: () => void): void {
    if (this.#together) {
      action()
      return
    }
    this.#together = { group: undefined }
    try {
      action()
    } finally {
      this.#together = undefined
    }
  }

  whenBelow(bytes: number, action: () => void): void {
    if (this.#pendingBytes < bytes) action()
    else this.#waiting.push({ below: bytes, action })
  }

  flush(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure) return reject(this.#failure)
      const last = this.#unsent.at(-1) ?? this.#inFlight.at(-1)
      if (!last) return resolve()
      this.#flushes.add(reject)
      last.done.push(() => {
        this.#flushes.delete(reject)
        resolve()
      })
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.flush()
  }

  /** The port reports that the oldest `groups` groups are durable. */
  committed(groups: number): void {
    if (this.#failure) return
    const durable = this.#inFlight.splice(0, groups)
    // The disk goes on while the acknowledgements are written.
    this.#send()
    for (const group of durable) {
      this.#pendingBytes -= group.bytes
      for (const done of group.done) done()
    }
    this.#wake()
  }

  /** The port reports that a commit failed: nothing that is not durable by now will be acknowledged. */
  failed(error: StorageError): void {
    if (this.#failure) return
    this.#failure = error
    this.#unsent.length = 0
    this.#inFlight.length = 0
    this.#waiting = []
    for (const reject of this.#flushes) reject(error)
    this.#flushes.clear()
    this.#onFailure(error)
  }

  #add(write: Write, bytes: number, done: (() => void) | undefined): void {
    assert(!this.#closed, 'a write after the write queue was closed')
    if (this.#failure) return
    const group = this.#openGroup()
    group.writes.push(write)
    group.bytes += bytes
    if (done) group.done.push(done)
    this.#pendingBytes += bytes
    if (!this.#sendScheduled && this.#mayBeSent(group)) {
      this.#sendScheduled = true
      // Everything that this turn of the event loop read from the sockets shares a commit.
      this.#clock.soon(() => {
        this.#sendScheduled = false
        this.#send()
      })
    }
  }

  /** The group that takes the next write. */
  #openGroup(): Group {
    if (this.#together?.group) return this.#together.group
    let group = this.#unsent.at(-1)
    if (!group || group.bytes >= groupBytesMax) {
      group = { writes: [], done: [], bytes: 0 }
      this.#unsent.push(group)
    }
    if (this.#together) this.#together.group = group
    return group
  }

  #mayBeSent(group: Group): boolean {
    if (this.#inFlight.length === 0) return true
    const bytes = this.#inFlight.reduce((sum, other) => sum + other.bytes, group.bytes)
    return this.#inFlight.length < groupsInFlightMax && bytes <= groupBytesMax
  }

  #send(): void {
    for (let group = this.#unsent[0]; group && this.#mayBeSent(group); group = this.#unsent[0]) {
      this.#unsent.shift()
      this.#inFlight.push(group)
      this.#port.send(group.writes)
    }
  }

  #wake(): void {
    const ready = this.#waiting.filter(({ below }) => this.#pendingBytes < below)
    if (ready.length === 0) return
    this.#waiting = this.#waiting.filter(({ below }) => this.#pendingBytes >= below)
    for (const { action } of ready) action()
  }
}
