import type { Change } from './change.ts'
import type { Committer } from './committer.ts'
import { SharedAreas } from './shared-areas.ts'
import type { Append, Write } from './write-queue.ts'

/** A group of writes as it travels into the storage worker. */
export interface CommitMessage {
  readonly kind: 'commit'
  /** Hold the group's batches: pages that requests arrived in, and an area with copies of what is elsewhere. */
  readonly areas: readonly SharedArrayBuffer[]
  /** `numbersPerBatch` numbers a batch. */
  readonly batches: Float64Array
  readonly changes: readonly Change[]
  /** For each change, how many batches come before it. */
  readonly batchesBefore: readonly number[]
}

// Index of the area, position in it, length, partition id, base offset, last offset, highest timestamp.
const numbersPerBatch = 7

/**
 * Makes messages of groups. Batches that lie in shared memory (the pages that requests arrive in) stay there; others, such
 * as those of requests that are larger than a page, are copied into shared areas that are used again and again.
 *
 * Shared memory of its own for each batch would save that copy, but V8 does not count shared memory when it decides to
 * collect garbage: measured at 1.3 GB resident after 10 s of load.
 */
export class CommitPacker {
  readonly #areas = new SharedAreas()
  /** Where the copies of each message lie; undefined if it has none. */
  readonly #inFlight: (SharedArrayBuffer | undefined)[] = []

  /** The oldest so many messages are committed: their areas may be used again. */
  committed(messages: number): void {
    for (const area of this.#inFlight.splice(0, messages)) if (area) this.#areas.give(area)
  }

  pack(writes: readonly Write[]): CommitMessage {
    const changes: Change[] = []
    const batchesBefore: number[] = []
    const batches = new Float64Array(writes.length * numbersPerBatch)
    const places = new Places(this.#areas)
    let count = 0
    for (const write of writes) {
      if ('kind' in write) {
        changes.push(write)
        batchesBefore.push(count)
        continue
      }
      const at = count++ * numbersPerBatch
      places.put(write, writes)
      batches[at] = places.area
      batches[at + 1] = places.position
      batches[at + 2] = write.data.length
      batches[at + 3] = write.partitionId
      batches[at + 4] = write.baseOffset
      batches[at + 5] = write.lastOffset
      batches[at + 6] = write.maxTimestamp
    }
    this.#inFlight.push(places.copies)
    return {
      kind: 'commit',
      areas: places.areas,
      batches: batches.subarray(0, count * numbersPerBatch),
      changes,
      batchesBefore,
    }
  }
}

/** Where the batches of one message lie. */
class Places {
  readonly areas: SharedArrayBuffer[] = []
  /** The area with what had to be copied. */
  copies: SharedArrayBuffer | undefined
  /** Of the batch that was put last: the index of its area, and where it is in there. */
  area = 0
  position = 0
  readonly #free: SharedAreas
  #copiedBytes = 0

  constructor(free: SharedAreas) {
    this.#free = free
  }

  put({ data }: Append, all: readonly Write[]): void {
    const memory = data.buffer
    if (memory instanceof SharedArrayBuffer) {
      this.#place(memory, data.byteOffset)
      return
    }
    this.copies ??= this.#free.take(bytesElsewhere(all))
    this.#place(this.copies, this.#copiedBytes)
    this.#copiedBytes += data.copy(Buffer.from(this.copies), this.#copiedBytes)
  }

  #place(memory: SharedArrayBuffer, position: number): void {
    this.position = position
    // What came one behind the other lies in the same page.
    if (this.areas[this.area] === memory) return
    this.area = this.areas.indexOf(memory)
    if (this.area < 0) this.area = this.areas.push(memory) - 1
  }
}

/** The bytes of the batches that do not lie in shared memory. */
function bytesElsewhere(writes: readonly Write[]): number {
  let bytes = 0
  for (const write of writes) {
    if (!('kind' in write || write.data.buffer instanceof SharedArrayBuffer)) bytes += write.data.length
  }
  return bytes
}

/** Hands the writes of a message to the committer, in order. Returns the bytes of the batches. */
export function unpack(message: CommitMessage, committer: Committer): number {
  const { areas, batches, changes, batchesBefore } = message
  const count = batches.length / numbersPerBatch
  let change = 0
  let bytes = 0
  for (let batch = 0; batch <= count; batch++) {
    while (change < changes.length && batchesBefore[change] === batch) committer.apply(changes[change++]!)
    if (batch === count) break
    const at = batch * numbersPerBatch
    const length = batches[at + 2]!
    committer.append({
      partitionId: batches[at + 3]!,
      baseOffset: batches[at + 4]!,
      lastOffset: batches[at + 5]!,
      maxTimestamp: batches[at + 6]!,
      data: Buffer.from(areas[batches[at]!]!, batches[at + 1]!, length),
    })
    bytes += length
  }
  return bytes
}
