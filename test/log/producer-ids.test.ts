import { expect, test } from 'vitest'
import { ProducerIds } from '../../src/log/producer-ids.ts'
import { fakeStorage } from './fake-storage.ts'

test('no id is handed out before its block is durable', async () => {
  const { writes, commit, changes } = fakeStorage()
  const ids = new ProducerIds(writes, 0)
  const seen: number[] = []
  const first = ids.allocate().then(id => seen.push(id))
  await Promise.resolve()
  expect(seen).toEqual([])
  commit()
  await first
  expect(seen).toEqual([0])
  expect(changes).toEqual([{ kind: 'saveProducerIdBlock', nextProducerId: 1000 }])
})

test('the next block is written ahead, so that nobody waits for it', async () => {
  const { writes, commit } = fakeStorage()
  const ids = new ProducerIds(writes, 5000)
  const first = ids.allocate()
  commit()
  expect(await first).toBe(5000)
  for (let id = 5001; id < 6100; id++) {
    expect(await ids.allocate()).toBe(id)
    if (id === 5950) commit()
  }
})

test('more requests than a block holds are all served, each with its own id', async () => {
  const { writes, commit } = fakeStorage()
  const ids = new ProducerIds(writes, 0)
  const all = Promise.all(Array.from({ length: 3500 }, () => ids.allocate()))
  for (let block = 0; block < 5; block++) commit()
  expect(new Set(await all).size).toBe(3500)
})

test('a restart goes on behind all blocks', async () => {
  const { writes, commit, changes } = fakeStorage()
  const ids = new ProducerIds(writes, 2000)
  const one = ids.allocate()
  commit()
  expect(await one).toBeLessThan((changes.at(-1) as { nextProducerId: number }).nextProducerId)
})
