import { SlabAllocator } from '../base/slab.ts'
import type { Change } from './change.ts'
import type { Committer } from './committer.ts'
import type { Write } from './write-queue.ts'

/** A group of writes as it travels into the storage worker: the batches themselves stay where they are. */
export interface CommitMessage {
  readonly kind: 'commit'
  readonly slabs: readonly SharedArrayBuffer[]
  /** `numbersPerBatch` numbers a batch. */
  readonly batches: Float64Array
  readonly changes: readonly Change[]
  /** For each change, how many batches come before it. */
  readonly batchesBefore: readonly number[]
}

// Slab, position in it, length, partition id, base offset, last offset, highest timestamp.
const numbersPerBatch = 7

/** Makes messages of groups. Batches that are not in shared memory are copied there. */
export class CommitPacker {
  readonly #allocator = new SlabAllocator()

  pack(writes: readonly Write[]): CommitMessage {
    const slabs: SharedArrayBuffer[] = []
    const changes: Change[] = []
    const batchesBefore: number[] = []
    const batches = new Float64Array(writes.length * numbersPerBatch)
    let count = 0
    for (const write of writes) {
      if ('kind' in write) {
        changes.push(write)
        batchesBefore.push(count)
        continue
      }
      const data = this.#allocator.share(write.data)
      const slab = data.buffer as SharedArrayBuffer
      // Batches arrive in the order in which slabs are filled: the slab is nearly always the last one or the one before.
      let index = slabs.lastIndexOf(slab)
      if (index < 0) index = slabs.push(slab) - 1
      const at = count++ * numbersPerBatch
      batches[at] = index
      batches[at + 1] = data.byteOffset
      batches[at + 2] = data.length
      batches[at + 3] = write.partitionId
      batches[at + 4] = write.baseOffset
      batches[at + 5] = write.lastOffset
      batches[at + 6] = write.maxTimestamp
    }
    return { kind: 'commit', slabs, batches: batches.subarray(0, count * numbersPerBatch), changes, batchesBefore }
  }
}

/** Hands the writes of a message to the committer, in order. Returns the bytes of the batches. */
export function unpack(message: CommitMessage, committer: Committer): number {
  const { slabs, batches, changes, batchesBefore } = message
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
      data: Buffer.from(slabs[batches[at]!]!, batches[at + 1]!, length),
    })
    bytes += length
  }
  return bytes
}
