import { beforeAll, expect, test } from 'vitest'
import { systemEnv } from '../../src/base/system-env.ts'
import type { ClusterPicture } from '../../src/tui/data/cluster-source.ts'
import type { GroupRow } from '../../src/tui/data/group-rows.ts'
import type { GroupPicture } from '../../src/tui/data/group-source.ts'
import type { TailPicture } from '../../src/tui/data/record-questions.ts'
import type { Setting } from '../../src/tui/data/settings-source.ts'
import type { TopicRow } from '../../src/tui/data/topic-rows.ts'
import type { TopicPicture } from '../../src/tui/data/topic-source.ts'
import type { TransactionRow } from '../../src/tui/data/transactions-source.ts'
import type { Source } from '../../src/tui/source.ts'
import { sources } from '../../src/tui/sources.ts'
import type { SeekPlan } from '../../src/tui/works/group-works.ts'
import { works } from '../../src/tui/works.ts'
import { liveNode } from '../cli/live-node.ts'
import { openTransaction } from '../cli/open-transaction.ts'
import { recordingLog } from '../support/simulated-env.ts'
import { type RunningSource, runningSource } from './data/running-source.ts'

const node = liveNode()

beforeAll(async () => {
  await node.ok('topic', 'create', 'web', '-p', '2', '-c', 'retention.ms=5000')
  await node.command(['produce', 'web', '-K', ':'], {
    input: Array.from({ length: 50 }, (_, n) => `${n}:v${n}\n`).join(''),
  })
  await node.ok('group', 'seek', 'billing', 'web', '--to', 'start+5', '--execute')
})

const started = <Data>(question: Source): RunningSource<Data> =>
  runningSource<Data>(sources[question.kind]!, node.cluster, question)

async function picture<Data>(question: Source, isWanted: (data: Data) => boolean = () => true): Promise<Data> {
  const running = started<Data>(question)
  try {
    return await running.when(isWanted)
  } finally {
    await running.stop()
  }
}

const perform = (work: { readonly kind: string; readonly changes: boolean; readonly [about: string]: unknown }) =>
  works[work.kind]!({
    env: systemEnv({ log: recordingLog() }),
    cluster: node.cluster,
    work,
    signal: new AbortController().signal,
  })

test('topics: names at once, then records, size, settings and readers', async () => {
  const rows = await picture<readonly TopicRow[]>(
    { kind: 'topics' },
    found => found[0]?.lag === 40 && found[0].bytes !== null,
  )
  expect(rows).toMatchObject([{ name: 'web', partitions: 2, records: 50, groups: 1, lag: 40, retentionMs: 5_000 }])
})

test('one topic: partitions and readers', async () => {
  const found = await picture<TopicPicture>({ kind: 'topic', topic: 'web' }, ({ readers }) => readers !== null)
  expect(found.partitions.map(({ partition, leader, start }) => [partition, leader, start])).toEqual([
    [0, 1, 0],
    [1, 1, 0],
  ])
  expect(found.readers).toMatchObject([{ group: 'billing', state: 'Empty', partitions: 2, lag: 40 }])
})

test('a topic that is gone is said to be', async () => {
  await expect(picture({ kind: 'topic', topic: 'nowhere' })).rejects.toThrow("no topic 'nowhere'")
})

test('groups: state, lag, members', async () => {
  const rows = await picture<readonly GroupRow[]>({ kind: 'groups' }, found => found[0]?.members === 0)
  expect(rows).toMatchObject([{ group: 'billing', state: 'Empty', topics: 1, lag: 40, isApplication: false }])
})

test('one group: lag by partition in records and in time', async () => {
  const found = await picture<GroupPicture>({ kind: 'group', group: 'billing' })
  expect(found.lag).toBe(40)
  expect(found.lagMs).toBeGreaterThanOrEqual(0)
  expect(found.partitions.map(({ topic, committed }) => [topic, committed])).toEqual([
    ['web', 5],
    ['web', 5],
  ])
})

test('a group that is not there is an error that says so', async () => {
  await expect(picture({ kind: 'group', group: 'nobody' })).rejects.toThrow("group 'nobody'")
})

test('the cluster: brokers with versions, features', async () => {
  const found = await picture<ClusterPicture>({ kind: 'cluster' })
  expect(found.brokers).toMatchObject([{ broker: 1, isController: true, kafkaVersion: '4.2', led: 2, failure: null }])
  expect(found.features.map(({ feature }) => feature)).toContain('metadata.version')
})

test('settings come with their sources and what they are for', async () => {
  const found = await picture<readonly Setting[]>({ kind: 'settings', ownerKind: 'topic', owner: 'web' })
  expect(found.find(({ name }) => name === 'retention.ms')).toMatchObject({ value: '5000', source: 'topic' })
  expect(found.find(({ name }) => name === 'retention.bytes')).toMatchObject({ source: 'default' })
})

test('transactions: nobody has used any', async () => {
  expect(await picture<readonly TransactionRow[]>({ kind: 'transactions' })).toEqual([])
})

test('an open transaction says for how long and what it holds up, and can be aborted', async () => {
  await openTransaction(node.cluster, 'pay', 'web')
  const [open] = await picture<readonly TransactionRow[]>({ kind: 'transactions' })
  expect(open).toMatchObject({ transactionalId: 'pay', state: 'Ongoing', partitions: ['web [0]'] })
  expect(open?.startedAtMs).toBeGreaterThan(0)
  await perform({ kind: 'abortTransaction', changes: true, transactionalId: 'pay' })
  const running = started<readonly TransactionRow[]>({ kind: 'transactions' })
  const hurrying = setInterval(() => running.hurry(), 20)
  await running.when(([row]) => row?.startedAtMs === null)
  clearInterval(hurrying)
  await running.stop()
})

test('the tail begins with what is there and goes on with what comes, and never holds more than it is asked for', async () => {
  const tail = started<TailPicture>({ kind: 'tail', topic: 'web', count: 20, where: '' })
  const first = await tail.when(({ rows }) => rows.length === 20)
  expect(first.seen).toBe(0)
  await node.command(['produce', 'web'], { input: Array.from({ length: 200 }, (_, n) => `late ${n}\n`).join('') })
  const last = await tail.when(({ seen }) => seen === 200)
  expect(last.rows).toHaveLength(20)
  expect(last.rows.every(({ value }) => value?.startsWith('late'))).toBe(true)
  await tail.stop()
})

test('a filter decides what the tail keeps', async () => {
  const tail = started<TailPicture>({ kind: 'tail', topic: 'web', count: 20, where: 'value === "needle"' })
  await tail.when(() => true)
  await node.command(['produce', 'web'], { input: 'hay\nneedle\nhay\n' })
  const found = await tail.when(({ rows }) => rows.length > 0)
  expect(found.rows.map(({ value }) => value)).toEqual(['needle'])
  await tail.stop()
})

test('a plan says what a seek would change, and changes nothing', async () => {
  const { result } = await perform({ kind: 'planSeek', changes: false, group: 'planned', to: 'end-3', topics: 'web:0' })
  const { moves, members } = result as SeekPlan
  expect([moves.map(({ partition, committed }) => [partition, committed]), members]).toEqual([[[0, null]], 0])
  await expect(picture({ kind: 'group', group: 'planned' })).rejects.toThrow()
  await perform({ kind: 'seek', changes: true, group: 'planned', moves })
  const { partitions } = await picture<GroupPicture>({ kind: 'group', group: 'planned' })
  expect(partitions.map(({ lag }) => lag)).toEqual([3])
  await perform({ kind: 'deleteGroup', changes: true, group: 'planned' })
  await expect(picture({ kind: 'group', group: 'planned' })).rejects.toThrow()
})

test.each([
  ['nonsense', '', 'no place to seek to'],
  ['+1', 'web', 'nothing there to move from'],
  ['start', 'nowhere', "topic 'nowhere'"],
  ['start', 'web:9', 'no partition 9'],
])("a seek to '%s' of '%s' is refused with a reason", async (to, topics, reason) => {
  await expect(perform({ kind: 'planSeek', changes: false, group: 'other', to, topics })).rejects.toThrow(reason)
})

test('a setting is changed and taken back', async () => {
  const value = async () => {
    const found = await picture<readonly Setting[]>({ kind: 'settings', ownerKind: 'topic', owner: 'web' })
    return found.find(({ name }) => name === 'segment.bytes')?.source
  }
  const work = { kind: 'alterSetting', changes: true, ownerKind: 'topic', owner: 'web', name: 'segment.bytes' }
  await perform({ ...work, value: '1048576' })
  expect(await value()).toBe('topic')
  await perform({ ...work, value: null })
  expect(await value()).toBe('default')
})
