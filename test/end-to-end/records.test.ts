// Keys, headers, partitions, formats, JSON, and where to begin and end.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { faultsOf, type RunningNode, startNode, streamctl } from '../support/program.ts'

let node: RunningNode
beforeAll(async () => {
  node = await startNode({ data: 'ephemeral' })
  await run(['topic', 'create', 'ten'])
  await run(['produce', 'ten'], tenLines(0))
})
afterAll(async () => {
  await node.stop()
  expect(faultsOf(node)).toEqual([])
})

const tenLines = (from: number, to = 10): string =>
  Array.from({ length: 10 }, (_, i) => `r${i}\n`)
    .slice(from, to)
    .join('')

/** Runs a command that must succeed; returns its standard output. */
async function run(args: readonly string[], input?: string | Buffer): Promise<string> {
  const result = await streamctl(args, { input: input ?? '', environment: { STREAMCTL_BROKERS: node.address } })
  expect({ exitCode: result.exitCode, stderr: result.stderr }).toMatchObject({ exitCode: 0 })
  return result.stdout.toString()
}

const json = async (args: readonly string[]): Promise<unknown[]> =>
  (await run([...args, '--json']))
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line))

test('-o begins at start, end, an offset, an offset from the end, or a time', async () => {
  const from = (offset: string): Promise<string> => run(['consume', 'ten', '-e', '-o', offset])
  expect(await from('start')).toBe(tenLines(0))
  expect(await from('end')).toBe('')
  expect(await from('7')).toBe(tenLines(7))
  expect(await from('-3')).toBe(tenLines(7))
  expect(await from('-30')).toBe(tenLines(0))
  expect(await from('@0000000')).toBe(tenLines(0))
  expect(await from('@-1h')).toBe(tenLines(0))
  expect(await from('@2001-01-01')).toBe(tenLines(0))
  expect(await from('@2101-01-01T00:00:00Z')).toBe('')
})

test('-o @TIME begins at the first record that is not older', async () => {
  for (const [i, time] of [1000, 2000, 3000].entries())
    await run(
      ['produce', 'timed', '--json'],
      `${JSON.stringify({ value: `v${i}`, timestamp: 1_700_000_000_000 + time })}\n`,
    )
  const from = (time: number): Promise<string> => run(['consume', 'timed', '-e', '-o', `@${1_700_000_000_000 + time}`])
  expect(await from(0)).toBe('v0\nv1\nv2\n')
  expect(await from(2000)).toBe('v1\nv2\n')
  expect(await from(2001)).toBe('v2\n')
  expect(await from(3001)).toBe('')
})

test('-n stops after so many records', async () => {
  expect(await run(['consume', 'ten', '-n', '4'])).toBe(tenLines(0, 4))
  expect(await run(['consume', 'ten', '-o', '5', '-n', '2'])).toBe(tenLines(5, 7))
})

test('-g goes on behind what the group has committed', async () => {
  expect(await run(['consume', 'ten', '-g', 'readers', '-n', '4'])).toBe(tenLines(0, 4))
  expect(await run(['consume', 'ten', '-g', 'readers', '-n', '3'])).toBe(tenLines(4, 7))
  expect(await run(['consume', 'ten', '-g', 'readers', '-e'])).toBe(tenLines(7))
  expect(await run(['consume', 'ten', '-g', 'readers', '-e'])).toBe('')
})

test('keys, headers and partitions arrive', async () => {
  await run(['topic', 'create', 'parts', '-p', '3'])
  await run(['produce', 'parts', '-p', '2', '-k', 'key', '-H', 'a=1', '-H', 'b=x=y'], 'value\n')
  expect(await run(['consume', 'parts', '-e', '-f', '%t %p %o %k %v %h\\n'])).toBe('parts 2 0 key value a=1,b=x=y\n')
  expect(await run(['consume', 'parts', '-e', '-p', '1'])).toBe('')
})

test('-K splits each line into key and value at the first delimiter', async () => {
  await run(['produce', 'keyed', '-K', ':'], 'k1:v1\nk2:v:2\n')
  expect(await run(['consume', 'keyed', '-e', '-f', '%k=%v\\n'])).toBe('k1=v1\nk2=v:2\n')
})

test('records of one key stay in one partition and in order', async () => {
  await run(['topic', 'create', 'spread', '-p', '4'])
  const lines = Array.from({ length: 400 }, (_, i) => `key${i % 20}:${i}\n`).join('')
  await run(['produce', 'spread', '-K', ':'], lines)
  const seen = new Map<string, { partition: string; last: number }>()
  for (const line of (await run(['consume', 'spread', '-e', '-f', '%p %k %v\\n'])).trim().split('\n')) {
    const [partition = '', key = '', value = ''] = line.split(' ')
    const before = seen.get(key)
    expect(before?.partition ?? partition).toBe(partition)
    expect(Number(value)).toBeGreaterThan(before?.last ?? -1)
    seen.set(key, { partition, last: Number(value) })
  }
  expect(seen.size).toBe(20)
  expect(new Set([...seen.values()].map(({ partition }) => partition)).size).toBeGreaterThan(1)
})

const everything = [
  { key: 'k', value: 'text', headers: [{ key: 'h', value: 'v' }], timestamp: 1_700_000_000_000 },
  { key: null, value: null, headers: [], timestamp: 1_700_000_000_001 },
  { key: '', value: '', headers: [{ key: '', value: null }], timestamp: 1_700_000_000_002 },
  {
    key: { base64: '/wA=' },
    value: { base64: 'wyg=' },
    headers: [{ key: 'b', value: { base64: '/w==' } }],
    timestamp: 3,
  },
  {
    key: 'ü',
    value: 'line\nbreak "quoted" \u2028 😀',
    headers: [
      { key: 'x', value: '1' },
      { key: 'x', value: '2' },
    ],
    timestamp: 4,
  },
]

test('--json carries everything there and back: binary, null and empty values, repeated headers, times', async () => {
  await run(['produce', 'json', '--json'], everything.map(record => `${JSON.stringify(record)}\n`).join(''))
  expect(await json(['consume', 'json', '-e'])).toEqual(
    everything.map((record, offset) => ({ topic: 'json', partition: 0, offset, ...record })),
  )
})

test('consume --json into produce --json copies a topic', async () => {
  await run(['produce', 'original', '--json'], everything.map(record => `${JSON.stringify(record)}\n`).join(''))
  await run(['produce', 'copy', '--json'], await run(['consume', 'original', '-e', '--json']))
  const withoutTopic = (records: unknown[]): unknown[] => records.map(record => ({ ...(record as object), topic: '' }))
  expect(withoutTopic(await json(['consume', 'copy', '-e']))).toEqual(
    withoutTopic(await json(['consume', 'original', '-e'])),
  )
})

test('offsets and committed groups are the same after a restart', async () => {
  const first = await startNode()
  const environment = { STREAMCTL_BROKERS: first.address }
  await streamctl(['produce', 'kept'], { input: tenLines(0), environment })
  await streamctl(['consume', 'kept', '-g', 'g', '-n', '6'], { environment })
  await first.stop()
  const second = await first.restart()
  await streamctl(['produce', 'kept'], { input: 'new\n', environment })
  const last = await streamctl(['consume', 'kept', '-o', '-1', '-e', '-f', '%o %v\\n'], { environment })
  expect(last.stdout.toString()).toBe('10 new\n')
  const resumed = await streamctl(['consume', 'kept', '-g', 'g', '-e'], { environment })
  expect(resumed.stdout.toString()).toBe(`${tenLines(6)}new\n`)
  await second.stop()
})
