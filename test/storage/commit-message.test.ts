import { expect, test } from 'vitest'
import { PagePool, pageBytes } from '../../src/base/page-pool.ts'
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

test('an area is used again when its group is committed, and not before', () => {
  const packer = new CommitPacker()
  const [first] = packer.pack([batchAt(0)]).areas
  const [second] = packer.pack([batchAt(1)]).areas
  expect(second).not.toBe(first)
  packer.committed(1)
  expect(packer.pack([batchAt(2)]).areas).toEqual([first])
  packer.committed(2)
  expect([first, second]).toContain(packer.pack([batchAt(3)]).areas[0])
})

test('batches in shared memory stay where they are, among others that are copied', () => {
  const pool = new PagePool(4 * pageBytes)
  const pooled = (write: Append): Append => {
    const data = pool.take(write.data.length)
    write.data.copy(data)
    return { ...write, data }
  }
  const writes = [pooled(batchAt(0)), batchAt(1), pooled(batchAt(2)), batchAt(3), pooled(batchAt(4))]
  expect(through(writes).writes).toEqual(writes)
  const { areas } = new CommitPacker().pack(writes)
  expect(areas).toHaveLength(2)
  expect(areas[0]).toBe(writes[0]!.data.buffer)
})
