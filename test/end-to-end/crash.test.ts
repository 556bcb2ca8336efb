// kill -9 in the middle of the work, again and again: what was acknowledged is there, in its place, once.
import { expect, test } from 'vitest'
import { produceRaw, recordBatch } from '../support/kafka-batch.ts'
import { connect } from '../support/kafka-bytes.ts'
import { createTopic } from '../support/kafka-cluster.ts'
import { faultsOf, type RunningNode, startNode, streamctl } from '../support/program.ts'

const rounds = 6
const producers = 12
const partitions = 3

/** Produces until the node is gone; notes what was acknowledged where. */
async function produceUntilKilled(
  node: RunningNode,
  name: string,
  acknowledged: Map<string, string>,
  onAcknowledged: () => void,
) {
  const connection = await connect(node.address)
  const partition = Number(name.split('-').at(-1)) % partitions
  for (let i = 0; ; i++) {
    const value = `${name}-${i}`.padEnd(50 + ((i * 37) % 3000), '.')
    // One of the batches has several records, so that offsets and batches are not the same.
    const values = i % 3 === 0 ? [value, `${value}second`] : [value]
    const answer = await produceRaw(connection, 'crashed', recordBatch(values), { partition }).catch(() => undefined)
    if (!answer) return
    expect(answer.errorCode).toBe(0)
    for (const [at, each] of values.entries()) {
      const place = `${partition}/${answer.baseOffset + at}`
      expect(acknowledged.has(place)).toBe(false)
      acknowledged.set(place, each)
    }
    onAcknowledged()
  }
}

test('a node that is killed over and over loses, moves and repeats nothing that it acknowledged', async () => {
  const acknowledged = new Map<string, string>()
  let node = await startNode()
  await createTopic(node.address, 'crashed', { partitions })
  for (let round = 0; round < rounds; round++) {
    let left = 40 + round * 60
    const work = Array.from({ length: producers }, (_, i) =>
      produceUntilKilled(node, `${round}-${i}`, acknowledged, () => {
        if (--left === 0) void node.crash()
      }),
    )
    await Promise.all(work)
    await node.finished
    node = await node.restart()
    const found = await everything(node)
    for (const [place, value] of acknowledged) expect(found.get(place)).toBe(value)
    // Beyond that there may only be what was on its way when the node died, each once.
    expect(new Set(found.values()).size).toBe(found.size)
    expect(found.size - acknowledged.size).toBeLessThanOrEqual((round + 1) * producers * 2)
  }
  expect(await node.stop()).toMatchObject({ exitCode: 0 })
  expect(faultsOf(node)).toEqual([])
})

/** All records by place, whose offsets have no gap. */
async function everything(node: RunningNode): Promise<Map<string, string>> {
  const { stdout } = await streamctl(['consume', 'crashed', '-e', '-f', '%p %o %v\\n', '-b', node.address])
  const found = new Map<string, string>()
  const next = Array.from({ length: partitions }, () => 0)
  for (const line of stdout.toString().split('\n').slice(0, -1)) {
    const [partition = '', offset = '', value = ''] = line.split(' ')
    expect(Number(offset)).toBe(next[Number(partition)]!++)
    found.set(`${partition}/${offset}`, value)
  }
  return found
}
