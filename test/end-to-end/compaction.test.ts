// Compaction in a running node, which is killed in the middle of it: the last value of each key survives, nothing else does.
import { expect, test } from 'vitest'
import { BatchBuilder } from '../../src/protocol/records/build.ts'
import { produceRaw } from '../support/kafka-batch.ts'
import { connect } from '../support/kafka-bytes.ts'
import { faultsOf, type RunningNode, startNode, streamctl } from '../support/program.ts'

const rounds = 4
const keys = 50
const batchesPerRound = 150

/** A record for each of some keys; the value says how often the key was written, and fills some space. */
function batchOf(next: (key: string) => number, batch: number): { data: Buffer; written: Map<string, number> } {
  const builder = new BatchBuilder()
  const written = new Map<string, number>()
  for (let record = 0; record < 40; record++) {
    const key = `key-${(batch * 17 + record * 3) % keys}`
    const count = next(key)
    builder.append(Date.now(), Buffer.from(key), Buffer.from(`${count}:${'.'.repeat((batch * 131) % 900)}`))
    written.set(key, count)
  }
  return { data: builder.build(), written }
}

test('a node that is killed while it compacts keeps the last value of each key that it acknowledged', async () => {
  const counts = new Map<string, number>()
  const acknowledged = new Map<string, number>()
  const next = (key: string): number => {
    const count = (counts.get(key) ?? 0) + 1
    counts.set(key, count)
    return count
  }
  let node = await startNode({ flags: ['--set', 'log.cleaner.backoff.ms=100'] })
  const policy = ['-c', 'cleanup.policy=compact', '-c', 'min.cleanable.dirty.ratio=0.01']
  expect((await streamctl(['topic', 'create', 'table', ...policy, '-b', node.address])).exitCode).toBe(0)
  for (let round = 0; round < rounds; round++) {
    const connection = await connect(node.address)
    for (let batch = 0; batch < batchesPerRound; batch++) {
      const { data, written } = batchOf(next, batch)
      expect((await produceRaw(connection, 'table', data)).errorCode).toBe(0)
      for (const [key, count] of written) acknowledged.set(key, count)
    }
    await node.crash()
    node = await node.restart()
    const found = await table(node)
    for (const [key, count] of acknowledged) expect(found.at(-1)?.get(key)).toBe(count)
  }
  // Nobody writes any more: in the end there is one record of each key.
  let found = await table(node)
  while (found.length > 1) found = await table(node)
  expect(found[0]).toEqual(acknowledged)
  expect(await node.stop()).toMatchObject({ exitCode: 0 })
  expect(faultsOf(node)).toEqual([])
})

/** Reads the topic from its beginning. The last map has the last count of each key; one before it for every key that came again. */
async function table(node: RunningNode): Promise<Map<string, number>[]> {
  const { stdout } = await streamctl(['consume', 'table', '-e', '-f', '%o %k %v\\n', '-b', node.address])
  const last = new Map<string, number>()
  const superseded: Map<string, number>[] = []
  let previous = -1
  for (const line of stdout.toString().split('\n').slice(0, -1)) {
    const [offset = '', key = '', value = ''] = line.split(' ')
    const count = Number(value.split(':')[0])
    expect(Number(offset)).toBeGreaterThan(previous)
    previous = Number(offset)
    const before = last.get(key)
    if (before !== undefined) {
      expect(count).toBeGreaterThan(before)
      superseded.push(new Map([[key, before]]))
    }
    last.set(key, count)
  }
  return [...superseded, last]
}
