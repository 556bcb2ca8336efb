// Backups of a node that goes on meanwhile: whatever it does between two reads, the copy is the node after one of its commits.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Connection } from '../../src/storage/database.ts'
import { openConnection } from '../../src/storage/database.ts'
import { openStorage } from '../../src/storage/storage.ts'
import { contents, contentsOf, findingsIn, restoreBackup, takeBackup } from '../broker/backups.ts'
import { firstTime, temporaryDirectory, timedBatch } from '../broker/stored-node.ts'
import { seededRandom, simulatedEnv } from '../support/simulated-env.ts'

type Random = ReturnType<typeof seededRandom>

/** A node that makes a random commit each time that it is told to, and remembers what it had after each. */
async function busyNode(directory: string, random: Random) {
  const env = simulatedEnv()
  const onFailure = (error: Error): void => expect.unreachable(error.message)
  const storage = await openStorage({ directory, durability: 'os', threads: false, env, onFailure })
  const observer = openConnection({ file: join(directory, 'streamctl.db'), synchronous: 'OFF', readOnly: true })
  const { writes } = storage
  const ends = new Map<number, number>()
  const starts = new Map<number, number>()
  const history: string[] = []
  let nextId = 1
  const anyPartition = (): number => [...ends.keys()][random.below(ends.size)] ?? 0
  const createTopic = (): void => {
    const partitionId = nextId++
    const partitions = [{ partitionId, index: 0, leaderEpoch: 0 }]
    const name = `topic-${partitionId}`
    writes.apply({
      kind: 'createTopic',
      topicId: name,
      name,
      createdMs: firstTime,
      internal: false,
      overrides: {},
      partitions,
    })
    ends.set(partitionId, 0)
    starts.set(partitionId, 0)
  }
  const append = (): void => {
    const partitionId = anyPartition()
    const records = 1 + random.below(3)
    const offset = ends.get(partitionId) ?? 0
    writes.append(timedBatch(partitionId, offset, { records, valueBytes: 1 + random.below(4_000) }), () => {})
    ends.set(partitionId, offset + records)
    writes.apply({
      kind: 'saveGroup',
      group: { groupId: `g${random.below(3)}`, type: 'classic', body: groupBody(offset) },
    })
  }
  const trim = (): void => {
    const partitionId = anyPartition()
    const start = starts.get(partitionId) ?? 0
    const offset = start + random.below((ends.get(partitionId) ?? 0) - start + 1)
    writes.apply({ kind: 'advanceLogStart', partitionId, offset })
    starts.set(partitionId, offset)
  }
  const compact = (): void => {
    const partitionId = anyPartition()
    writes.apply({ kind: 'closeStretch', partitionId })
    env.clock.settle()
    replaceSome(observer, partitionId, random, change => writes.apply(change))
  }
  const deleteTopic = (): void => {
    if (ends.size < 2) return
    const partitionId = anyPartition()
    writes.apply({ kind: 'deleteTopic', topicId: `topic-${partitionId}` })
    ends.delete(partitionId)
  }
  const commit = (): void => {
    const dice = random.below(100)
    if (ends.size === 0 || dice < 3) createTopic()
    else if (dice < 60) append()
    else if (dice < 75) trim()
    else if (dice < 97) compact()
    else deleteTopic()
    env.clock.settle()
    history.push(contents(observer))
  }
  const close = async (): Promise<void> => {
    observer.close()
    await storage.close()
  }
  return { commit, history, close }
}

function groupBody(generation: number): string {
  return JSON.stringify({
    generation,
    stateSinceMs: 0,
    protocolType: null,
    protocolName: null,
    leaderId: null,
    members: [],
  })
}

/** Lets one or two rows of the first stretches go, as compaction does. */
function replaceSome(database: Connection, partitionId: number, random: Random, apply: (change: never) => void): void {
  const bounds = database
    .prepare(
      'SELECT first_batch_id AS first, last_batch_id AS last FROM stretch WHERE partition_id = ? ORDER BY base_offset',
    )
    .all(partitionId) as { first: number; last: number }[]
  const at = random.below(bounds.length + 1)
  const chosen = bounds.slice(at, at + 1 + random.below(2))
  const [first] = chosen
  const last = chosen.at(-1)
  if (!first || !last) return
  const old = database
    .prepare(`
      SELECT id, base_offset AS baseOffset, last_offset AS lastOffset, max_timestamp AS maxTimestamp,
             leader_epoch AS leaderEpoch, data
      FROM batch WHERE partition_id = ? AND id BETWEEN ? AND ? ORDER BY id
    `)
    .all(partitionId, first.first, last.last) as { id: number }[]
  const isLast = last === bounds.at(-1)
  const kept = old.filter((_, index) => random.below(3) > 0 || (isLast && index === old.length - 1))
  const ids = old.map(({ id }) => id)
  const rows = kept.map((row, index) => ({ ...row, id: ids[ids.length - kept.length + index] }))
  if (old.length > 0) apply({ kind: 'replaceRows', partitionId, ids, rows, forgottenAborts: [] } as never)
}

test.each(Array.from({ length: 8 }, (_, seed) => seed))('seed %i', async seed => {
  const random = seededRandom(seed)
  const directory = temporaryDirectory()
  const node = await busyNode(directory, random)
  for (let commits = 0; commits < 60; commits++) node.commit()
  const before = node.history.length
  let left = 20 + random.below(200)
  const between = (): void => {
    // Now nothing, now a lot, between one read and the next; at last it comes to rest.
    for (let commits = random.below(4); commits > 0 && left > 0; commits--, left--) node.commit()
  }
  const { bytes, summary } = await takeBackup(directory, { between, readBytes: seed % 2 === 0 ? 1 : 5000 })
  const restored = join(temporaryDirectory(), 'restored')
  await restoreBackup(bytes, restored)
  const found = contentsOf(restored)
  expect(node.history.lastIndexOf(found)).toBeGreaterThanOrEqual(before - 1)
  expect(summary.topics).toBeGreaterThan(0)
  expect((await findingsIn(restored)).filter(({ kind }) => kind !== 'group')).toEqual([])
  await node.close()
})
