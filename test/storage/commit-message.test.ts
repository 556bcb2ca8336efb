import { expect, test } from 'vitest'
import { SlabAllocator } from '../../src/base/slab.ts'
import { CommitPacker, unpack } from '../../src/storage/commit-message.ts'
import type { Committer } from '../../src/storage/committer.ts'
import type { Append, Write } from '../../src/storage/write-queue.ts'
import { batchAt } from './fixtures.ts'

/** Writes that come out at the other end. */
function through(writes: readonly Write[]): { writes: Write[]; bytes: number } {
  const message = structuredClone(new CommitPacker().pack(writes))
  const received: Write[] = []
  const committer: Pick<Committer, 'append' | 'apply'> = {
    append: append => void received.push(append),
    apply: change => void received.push(change),
  }
  return { bytes: unpack(message, committer as Committer), writes: received }
}

const change = (nextProducerId: number): Write => ({ kind: 'saveProducerIdBlock', nextProducerId })

test('writes arrive whole and in order', () => {
  const first = batchAt(2 ** 40, { partitionId: 7, timestamp: -1, records: 3 })
  const writes = [change(1), first, change(2), change(3), batchAt(1, { valueBytes: 500_000 }), batchAt(2), change(4)]
  const arrived = through(writes)
  expect(arrived.writes).toEqual(writes)
  expect(arrived.bytes).toBe(writes.reduce((sum, write) => sum + ('data' in write ? write.data.length : 0), 0))
})

test('a group of changes alone, or of nothing, is no special case', () => {
  expect(through([change(1), change(2)]).writes).toEqual([change(1), change(2)])
  expect(through([])).toEqual({ writes: [], bytes: 0 })
})

test('batches in shared memory are not copied, and their slabs are named once', () => {
  const allocator = new SlabAllocator()
  const appends: Append[] = [0, 1, 2].map(offset => ({
    ...batchAt(offset),
    data: allocator.share(batchAt(offset).data),
  }))
  const message = new CommitPacker().pack(appends)
  expect(message.slabs).toEqual([appends[0]!.data.buffer])
  const arrived: Append[] = []
  unpack(message, { append: (append: Append) => arrived.push(append) } as unknown as Committer)
  expect(arrived.map(append => append.data.byteOffset)).toEqual(appends.map(append => append.data.byteOffset))
})
