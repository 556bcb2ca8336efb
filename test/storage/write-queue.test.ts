import { expect, test } from 'vitest'
import { StorageError } from '../../src/base/errors.ts'
import { GroupingQueue, groupBytesMax, type Write } from '../../src/storage/write-queue.ts'
import { simulatedClock } from '../support/simulated-env.ts'
import { batchAt } from './fixtures.ts'

function queueWithPort() {
  const clock = simulatedClock()
  const sent: (readonly Write[])[] = []
  const failures: StorageError[] = []
  const queue = new GroupingQueue({
    clock,
    port: { send: writes => void sent.push(writes) },
    onFailure: error => void failures.push(error),
  })
  return { clock, sent, failures, queue, sizes: () => sent.map(group => group.length) }
}

const change = { kind: 'saveProducerIdBlock', nextProducerId: 1 } as const

test('what one turn of the event loop submits shares a group', () => {
  const { clock, queue, sizes } = queueWithPort()
  queue.append(batchAt(0), () => {})
  queue.apply(change)
  queue.append(batchAt(1), () => {})
  expect(sizes()).toEqual([])
  clock.settle()
  expect(sizes()).toEqual([3])
})

test('what arrives while a group commits is sent behind it: three groups are under way', () => {
  const { clock, queue, sizes } = queueWithPort()
  for (let offset = 0; offset < 7; offset++) {
    queue.append(batchAt(offset), () => {})
    clock.settle()
  }
  expect(sizes()).toEqual([1, 1, 1])
  queue.committed(1)
  // What could not be sent in the meantime shares a group.
  expect(sizes()).toEqual([1, 1, 1, 4])
})

test('what is handed over together lands in one group, however large', () => {
  const { clock, queue, sizes } = queueWithPort()
  queue.append(batchAt(0), () => {})
  queue.together(() => {
    for (let offset = 1; offset < 4; offset++) {
      queue.append(batchAt(offset, { valueBytes: groupBytesMax }), () => {})
    }
    queue.apply(change)
  })
  queue.append(batchAt(4), () => {})
  clock.settle()
  queue.committed(1)
  expect(sizes()).toEqual([5, 1])
})

test('what belongs together within something larger lands in the group of that', () => {
  const { clock, queue, sizes } = queueWithPort()
  queue.together(() => {
    queue.append(batchAt(0, { valueBytes: groupBytesMax }), () => {})
    queue.together(() => queue.append(batchAt(1), () => {}))
    queue.apply(change)
  })
  clock.settle()
  expect(sizes()).toEqual([3])
})

test('no more bytes are in flight than one commit may take', () => {
  const { clock, queue, sizes } = queueWithPort()
  for (let offset = 0; offset < 3; offset++) {
    queue.append(batchAt(offset, { valueBytes: groupBytesMax * 0.4 }), () => {})
    clock.settle()
  }
  expect(sizes()).toEqual([1, 1])
  queue.committed(1)
  expect(sizes()).toEqual([1, 1, 1])
})

test('done is called when the group is durable, in order of submission', () => {
  const { clock, queue } = queueWithPort()
  const done: string[] = []
  queue.append(batchAt(0), () => done.push('a'))
  queue.apply(change, () => done.push('b'))
  queue.append(batchAt(1), () => done.push('c'))
  clock.settle()
  queue.append(batchAt(2), () => done.push('d'))
  expect(done).toEqual([])
  queue.committed(1)
  expect(done).toEqual(['a', 'b', 'c'])
  queue.committed(1)
  expect(done).toEqual(['a', 'b', 'c', 'd'])
})

test('no group grows far beyond its limit', () => {
  const { clock, queue, sizes } = queueWithPort()
  const valueBytes = groupBytesMax / 4
  for (let offset = 0; offset < 10; offset++) queue.append(batchAt(offset, { valueBytes }), () => {})
  clock.settle()
  queue.committed(1)
  queue.committed(1)
  expect(sizes()).toEqual([4, 4, 2])
})

test('pending bytes are those of batches that are not durable', () => {
  const { clock, queue } = queueWithPort()
  const bytes = batchAt(0).data.length
  queue.append(batchAt(0), () => {})
  clock.settle()
  queue.append(batchAt(1), () => {})
  expect(queue.pendingBytes).toBe(2 * bytes)
  queue.committed(1)
  expect(queue.pendingBytes).toBe(bytes)
})

test('whoever waits for fewer pending bytes is called once, and at once when there are few', () => {
  const { clock, queue } = queueWithPort()
  const bytes = batchAt(0).data.length
  const calls: string[] = []
  queue.whenBelow(1, () => calls.push('idle'))
  expect(calls).toEqual(['idle'])
  queue.append(batchAt(0), () => {})
  clock.settle()
  queue.append(batchAt(1), () => {})
  queue.whenBelow(bytes + 1, () => calls.push('half'))
  queue.whenBelow(1, () => calls.push('empty'))
  queue.committed(1)
  expect(calls).toEqual(['idle', 'half'])
  queue.committed(1)
  expect(calls).toEqual(['idle', 'half', 'empty'])
})

test('after a failure nothing is acknowledged, and it is told once', async () => {
  const { clock, queue, failures } = queueWithPort()
  const done: string[] = []
  queue.append(batchAt(0), () => done.push('a'))
  clock.settle()
  const flushed = queue.flush()
  const error = new StorageError('no space')
  queue.failed(error)
  queue.failed(new StorageError('again'))
  queue.committed(1)
  queue.append(batchAt(1), () => done.push('b'))
  clock.settle()
  await expect(flushed).rejects.toBe(error)
  await expect(queue.flush()).rejects.toBe(error)
  expect(done).toEqual([])
  expect(failures).toEqual([error])
})

test('flush waits for what was submitted before, and for nothing else', async () => {
  const { clock, queue } = queueWithPort()
  await queue.flush()
  queue.append(batchAt(0), () => {})
  clock.settle()
  const flushed = queue.flush()
  queue.append(batchAt(1), () => {})
  queue.committed(1)
  await flushed
})

test('a closed queue takes nothing more', async () => {
  const { queue } = queueWithPort()
  await queue.close()
  expect(() => queue.apply(change)).toThrow('a write after the write queue was closed')
})
