import { expect, test } from 'vitest'
import { CommitPacker, unpack } from '../../src/storage/commit-message.ts'
import type { Committer } from '../../src/storage/committer.ts'
import { groupsInFlightMax, type Write } from '../../src/storage/write-queue.ts'
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

test('an area is used again only when its group can no longer be in flight', () => {
  const packer = new CommitPacker()
  const areas = Array.from({ length: 2 * groupsInFlightMax }, (_, offset) => packer.pack([batchAt(offset)]).area)
  expect(new Set(areas.slice(0, groupsInFlightMax)).size).toBe(groupsInFlightMax)
  expect(areas.slice(groupsInFlightMax)).toEqual(areas.slice(0, groupsInFlightMax))
})

test('an area grows with the groups, but a huge batch does not keep its own', () => {
  const packer = new CommitPacker()
  const sizeFor = (valueBytes: number): number => packer.pack([batchAt(1, { valueBytes })]).area.byteLength
  const large = sizeFor(3_000_000)
  expect(large).toBeGreaterThanOrEqual(3_000_000)
  expect(sizeFor(40_000_000)).toBeGreaterThanOrEqual(40_000_000)
  expect(sizeFor(10)).toBe(large)
  expect(sizeFor(10)).toBeLessThan(large)
})
