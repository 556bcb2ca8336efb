import { expect, test } from 'vitest'
import { pacedReads } from '../../src/log/paced-reads.ts'
import type { StoredRow } from '../../src/storage/log-reader.ts'
import { simulatedEnv } from '../support/simulated-env.ts'

/** Reads that end when they are told to. */
function paced() {
  const { clock } = simulatedEnv()
  const writes = { pendingBytes: 0 }
  const running: PromiseWithResolvers<StoredRow[]>[] = []
  const reader = {
    readRows: () => {
      const read = Promise.withResolvers<StoredRow[]>()
      running.push(read)
      return read.promise
    },
  }
  const reads = pacedReads(reader, writes, clock)
  const ask = (): Promise<StoredRow[]> => reads.readRows({ partitionId: 1, offset: 0, maxBytes: 100 })
  const settled = async (): Promise<void> => {
    for (let turn = 0; turn < 10; turn++) await Promise.resolve()
  }
  return { clock, writes, running, ask, settled }
}

test('while nobody writes, reads run side by side', () => {
  const { running, ask } = paced()
  void ask()
  void ask()
  expect(running.length).toBe(2)
})

test('while commits wait, the next read begins seven times as long as the last one took after it', async () => {
  const { clock, writes, running, ask, settled } = paced()
  writes.pendingBytes = 1_000_000
  void ask()
  void ask()
  await settled()
  expect(running.length).toBe(1)
  clock.advance(10)
  running[0]!.resolve([])
  await settled()
  clock.advance(69)
  await settled()
  expect(running.length).toBe(1)
  clock.advance(1)
  await settled()
  expect(running.length).toBe(2)
})

test('the less waits to be committed, the shorter the pause', async () => {
  const { clock, writes, running, ask, settled } = paced()
  writes.pendingBytes = 64 * 1024
  void ask()
  void ask()
  await settled()
  clock.advance(40)
  running[0]!.resolve([])
  await settled()
  clock.advance(69)
  await settled()
  expect(running.length).toBe(1)
  clock.advance(1)
  await settled()
  expect(running.length).toBe(2)
})

test('a long read is followed by a pause of bounded length', async () => {
  const { clock, writes, running, ask, settled } = paced()
  writes.pendingBytes = 1_000_000
  void ask()
  void ask()
  await settled()
  clock.advance(10_000)
  running[0]!.resolve([])
  await settled()
  clock.advance(100)
  await settled()
  expect(running.length).toBe(2)
})

test('once the commits are through there is no pause any more, and none after a read that failed', async () => {
  const { clock, writes, running, ask, settled } = paced()
  writes.pendingBytes = 1_000_000
  const failing = ask()
  const next = ask()
  await settled()
  clock.advance(10)
  writes.pendingBytes = 0
  running[0]!.reject(new Error('the disk'))
  await expect(failing).rejects.toThrow('the disk')
  await settled()
  running[1]!.resolve([])
  expect(await next).toEqual([])
  void ask()
  void ask()
  expect(running.length).toBe(4)
})
