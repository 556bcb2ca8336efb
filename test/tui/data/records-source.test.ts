import { beforeAll, expect, test } from 'vitest'
import type { RecordsPage, RecordsQuestion } from '../../../src/tui/data/record-questions.ts'
import { recordsSource } from '../../../src/tui/data/records-source.ts'
import { liveNode } from '../../cli/live-node.ts'
import { runningSource } from './running-source.ts'

const node = liveNode()
const count = 600
/** Record n: partition n mod 3, time 1000 n. */
beforeAll(async () => {
  await node.ok('topic', 'create', 'web', '-p', '3')
  await node.ok('topic', 'create', 'empty')
  const lines = Array.from({ length: count }, (_, n) =>
    JSON.stringify({ partition: n % 3, timestamp: 1_000 * (n + 1), value: JSON.stringify({ n }) }),
  )
  const { code, err } = await node.command(['produce', 'web', '--json'], { input: `${lines.join('\n')}\n` })
  expect([code, code === 0 ? '' : err]).toEqual([0, ''])
})

const question = (changes: Partial<RecordsQuestion>): RecordsQuestion => ({
  ...{ kind: 'records', topic: 'web', from: '', direction: 'older', count: 10, where: '' },
  ...changes,
})

async function page(changes: Partial<RecordsQuestion>): Promise<RecordsPage> {
  const running = runningSource<RecordsPage>(recordsSource, node.cluster, question(changes))
  try {
    return await running.when(({ progress }) => progress.isDone)
  } finally {
    await running.stop()
  }
}

const numbers = ({ rows }: RecordsPage): readonly number[] => rows.map(({ timestamp }) => timestamp / 1_000 - 1)
const down = (from: number, length: number): readonly number[] => Array.from({ length }, (_, at) => from - at)

test('the newest records over all partitions come first', async () => {
  const newest = await page({})
  expect(numbers(newest)).toEqual(down(599, 10))
  expect(newest.rows[0]).toMatchObject({ partition: 2, offset: 199, value: '{"n":599}', valueBytes: 9, key: null })
  expect(newest.newer).toBeNull()
})

test('page follows page without gap or repetition, both ways', async () => {
  const first = await page({ count: 50 })
  const second = await page({ from: first.older!, count: 50 })
  expect(numbers(second)).toEqual(down(549, 50))
  const back = await page({ from: second.newer!, direction: 'newer', count: 50 })
  expect(numbers(back)).toEqual(numbers(first))
  expect(back.newer).toBeNull()
})

test('the last page ends', async () => {
  const all = await page({ count: 1_000 })
  expect(numbers(all)).toEqual(down(599, 600))
  expect(all.older).toBeNull()
})

test.each([
  ['start', down(9, 10), 9],
  ['@250000', down(253, 10), 4],
  ['100', down(304, 10), 4],
  ['1=100', down(305, 10), 4],
  ['end', down(599, 10), 0],
] as const)('a jump to %s', async (from, expected, focus) => {
  const jumped = await page({ from })
  expect([numbers(jumped), jumped.focus]).toEqual([expected, focus])
})

test('a filter searches back until the page is full, and goes on from there', async () => {
  const where = 'value.n % 100 === 7'
  const first = await page({ where, count: 4 })
  expect(numbers(first)).toEqual([507, 407, 307, 207])
  const second = await page({ where, count: 4, from: first.older! })
  expect(numbers(second)).toEqual([107, 7])
  expect([second.older, second.progress.looked > 0]).toEqual([null, true])
})

test('what a filter cannot judge is left out and told', async () => {
  const { rows, progress } = await page({ where: 'value.missing.n', count: 4 })
  expect(rows).toEqual([])
  expect([progress.failed, progress.failure]).toEqual([count, expect.stringContaining('web [')])
})

test('records that come in are counted', async () => {
  const running = runningSource<RecordsPage>(recordsSource, node.cluster, question({ topic: 'empty' }))
  expect((await running.when(({ progress }) => progress.isDone)).rows).toEqual([])
  await node.command(['produce', 'empty'], { input: 'a\nb\n' })
  running.hurry()
  await running.when(({ arrived }) => arrived === 2)
  await running.stop()
})

test('a topic that is not there is an error that says so', async () => {
  await expect(page({ topic: 'nowhere' })).rejects.toThrow("topic 'nowhere'")
})
