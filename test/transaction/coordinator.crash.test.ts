// A crash is what the WAL holds up to some point. Cut behind every commit there ever was, each transaction is wholly there
// or not at all: in all partitions, in the offsets of groups, and in what its coordinator knows.
import { mkdirSync, readFileSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { copyDatabase, temporaryDirectory } from '../storage/fixtures.ts'
import { type TestNode, testNode } from '../support/node.ts'
import {
  addPartitions,
  commitOffsetIn,
  committedOffset,
  endTransaction,
  produceIn,
  produceOnly,
  readCommitted,
  type TransactionalProducer,
  transactionalProducer,
} from '../support/transactions.ts'

const walHeaderBytes = 32
const frameHeaderBytes = 24
const pageBytes = 16_384
/** Each of them is some six commits, and each commit a restart. */
const transactions = 4

/** Lengths of the WAL at which a commit was complete: the last frame of a commit says how large the database is. */
function commitEnds(wal: Buffer): number[] {
  const ends: number[] = []
  for (let at = walHeaderBytes; at < wal.length; at += frameHeaderBytes + pageBytes) {
    // Every start of the WAL has a salt of its own: what does not carry it is left over from before.
    if (wal.compare(wal, 16, 24, at + 8, at + 16) !== 0) break
    if (wal.readUInt32BE(at + 4) > 0) ends.push(at + frameHeaderBytes + pageBytes)
  }
  return ends
}

interface Outcome {
  readonly value: string
  readonly committed: boolean
}

const topics = ['orders', 'bills']
const isCommitted = (at: number): boolean => at % 3 !== 2

/** Transactions one after the other, over two topics and a group; every third one is aborted. */
async function work(node: TestNode, producer: TransactionalProducer, count: number): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (let at = 0; at < count; at++) {
    const value = `${producer.transactionalId}-${at}`
    for (const topic of topics) expect(await produceIn(node, producer, topic, value)).toBe(0)
    expect(await commitOffsetIn(node, producer, { groupId: value, topic: 'orders', offset: at })).toBe(0)
    expect(await endTransaction(node, producer, { committed: isCommitted(at) })).toBe(0)
    outcomes.push({ value, committed: isCommitted(at) })
  }
  return outcomes
}

/** What a restart finds of each transaction. */
async function foundIn(node: TestNode, outcomes: readonly Outcome[]): Promise<string[]> {
  const read = await Promise.all(topics.map(topic => readCommitted(node, topic)))
  return outcomes.map(({ value }, at) => {
    const places = read.map(values => values.filter(found => found === value).length)
    const offset = committedOffset(node, value, 'orders') === at
    return `${places.join()},${offset ? 1 : 0}`
  })
}

for (const generation of [1, 2] as const)
  test(`a crash at any commit leaves a transaction whole or not there (generation ${generation})`, async () => {
    const directory = temporaryDirectory()
    const node = await testNode({ directory })
    for (const topic of topics) await node.createTopic(topic)
    const producer = await transactionalProducer(node, { transactionalId: 't', generation })
    const walFile = join(directory, 'streamctl.db-wal')
    const beginning = commitEnds(readFileSync(walFile)).length
    const outcomes = await work(node, producer, transactions)
    const ends = commitEnds(readFileSync(walFile)).slice(beginning - 1)
    const whole = join(temporaryDirectory(), 'whole')
    mkdirSync(whole)
    copyDatabase(directory, whole)
    await node.close()

    expect(ends.length).toBeGreaterThan(transactions * 3)
    const states = new Set<string>()
    let ended = 0
    for (const [at, end] of ends.entries()) {
      const copy = join(temporaryDirectory(), `cut-${at}`)
      mkdirSync(copy)
      copyDatabase(whole, copy)
      truncateSync(join(copy, 'streamctl.db-wal'), end)
      const restarted = await testNode({ directory: copy })
      const found = await foundIn(restarted, outcomes)
      const { transaction } = restarted.services.transactions.find('t')
      states.add(transaction.state)
      // What is there comes in the order of the transactions, and no end is ever undone.
      const endedNow = Math.max(ended, found.lastIndexOf('1,1,1') + 1)
      expect(found).toEqual(outcomes.map(({ committed }, i) => (committed && i < endedNow ? '1,1,1' : '0,0,0')))
      expect(endedNow).toBeGreaterThanOrEqual(ended)
      ended = endedNow
      await finish(restarted, transaction)
      await restarted.close()
    }
    expect(ended).toBe(outcomes.findLastIndex(({ committed }) => committed) + 1)
    expect(states).toEqual(new Set(['Empty', 'Ongoing', 'CompleteCommit', 'CompleteAbort']))
  })

for (const lost of ['all that was added', 'a partition that was added'])
  test(`a producer of the first generation goes on when a crash has lost ${lost}`, async () => {
    const directory = temporaryDirectory()
    const before = await testNode({ directory })
    for (const topic of topics) await before.createTopic(topic)
    const producer = await transactionalProducer(before, { transactionalId: 't', generation: 1 })
    await work(before, producer, 1)
    if (lost.startsWith('a partition')) expect(await produceIn(before, producer, 'orders', 'kept')).toBe(0)
    // As if the commits from here on had never come to the disk.
    const restarted = async (): Promise<TestNode> => {
      const copy = join(temporaryDirectory(), 'lost')
      mkdirSync(copy)
      copyDatabase(whole, copy)
      return testNode({ directory: copy })
    }
    const whole = join(temporaryDirectory(), 'whole')
    mkdirSync(whole)
    copyDatabase(directory, whole)
    expect(await addPartitions(before, producer, 'bills')).toEqual([0])
    await before.close()

    const goesOn = await restarted()
    const again = { ...producer, sequences: new Map(producer.sequences) }
    expect(await produceOnly(goesOn, again, 'bills', 'after')).toBe(0)
    expect(await endTransaction(goesOn, again, { committed: true })).toBe(0)
    expect(await readCommitted(goesOn, 'bills')).toEqual(['t-0', 'after'])
    expect(await produceOnly(goesOn, again, 'bills', 'late')).toBe(ErrorCode.transactionAbortable)
    await goesOn.close()

    const givesUp = await restarted()
    expect(await endTransaction(givesUp, producer, { committed: false })).toBe(0)
    expect(await readCommitted(givesUp, 'bills')).toEqual(['t-0'])
    expect(givesUp.services.transactions.find('t').transaction.state).not.toBe('Ongoing')
    await givesUp.close()
  })

/** Whatever was open can be ended after the crash, and then holds nobody back. */
async function finish(
  node: TestNode,
  { producerId, producerEpoch, state }: { producerId: number; producerEpoch: number; state: string },
): Promise<void> {
  const owner = { transactionalId: 't', generation: 1, producerId, producerEpoch, sequences: new Map() } as const
  if (state === 'Ongoing') expect(await endTransaction(node, { ...owner }, { committed: false })).toBe(0)
  for (const topic of topics) {
    const partition = node.services.topics.get(topic)!.partitions[0]!
    expect(partition.hasOpenTransaction(producerId)).toBe(false)
    expect(partition.lastStableOffset).toBe(partition.highWatermark)
  }
}
