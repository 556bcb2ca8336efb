// bench against a node in this process: what it measures, and what it leaves behind.
import { expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { liveNode } from '../live-node.ts'

const node = liveNode()
const topics = (): Promise<string> => node.ok('topic', 'list')

test.each([
  ['produce', ['-n', '2000', '--warmup', '0', '--partitions', '3'], 2000],
  ['produce', ['-n', '50', '--warmup', '0', '--rate', '5000', '-z', 'lz4', '--linger', '0'], 50],
  ['consume', ['-n', '2000', '--partitions', '2'], 2000],
  ['latency', ['-n', '50', '--warmup', '0', '--rate', '2000'], 50],
] as const)('%s %j measures and removes its topic', async (bench, args, records) => {
  const result = JSON.parse(await node.ok('bench', bench, ...args, '--json', '-q'))
  expect(result).toMatchObject({ bench, records, failed: 0, bytes: records * 100 })
  expect(result.seconds).toBeGreaterThan(0)
  const { min, p50, p99, max } = result.timesMs
  expect([min, p50, p99, max].toSorted((a: number, b: number) => a - b)).toEqual([min, p50, p99, max])
  const counted = result.histogram.reduce((sum: number, { count }: { count: number }) => sum + count, 0)
  expect(counted).toBe(result.times)
  if (bench !== 'consume') expect(result.times).toBe(records)
  expect(await topics()).toBe('')
})

test('a topic that is named stays', async () => {
  await node.ok('topic', 'create', 'mine')
  await node.ok('bench', 'produce', 'mine', '-n', '10', '--warmup', '0', '-q')
  expect(JSON.parse(await node.ok('bench', 'consume', 'mine', '--json'))).toMatchObject({ topic: 'mine', records: 10 })
  expect(await topics()).toContain('mine')
  await node.ok('topic', 'delete', 'mine')
})

test('an interrupted one shows what it has and removes its topic', async () => {
  const running = node.start(['bench', 'produce', '-d', '1h', '--warmup', '0', '--rate', '1000'])
  let listed = ''
  void (async () => {
    while (!listed.includes('streamctl-bench-')) listed = await topics()
  })()
  await until(() => listed.includes('streamctl-bench-'))
  running.io.signal('SIGINT')
  expect(await running.finished).toBe(130)
  expect(running.io.out()).toMatch(/records\/s/)
  expect(await topics()).toBe('')
})

test.each([
  [['bench', 'consume', 'nowhere'], 1, /topic 'nowhere'/],
  [['bench', 'produce', '--rate', '5MB'], 2, /records a second/],
  [['bench', 'produce', '-s', '3'], 2, /the size must be a whole number from 16/],
])('%j is refused in one line', async (args, code, message) => {
  const outcome = await node.command(args)
  expect(outcome).toMatchObject({ code, out: '', err: expect.stringMatching(message) })
})
