import { expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { liveNode } from '../live-node.ts'

const node = liveNode()
const other = liveNode()

/** Everything of a topic but its name and offsets. */
async function contentOf(topic: string, at = node): Promise<string[]> {
  const lines = (await at.ok('consume', topic, '-e', '--json')).trim().split('\n')
  return lines.map(line => line.replace(/"topic":"[^"]*",/, '').replace(/"offset":\d+,/, '')).sort()
}

const record = (at: number): string =>
  JSON.stringify({
    partition: at % 3,
    timestamp: 1_000_000_000_000 + at,
    key: at % 5 === 0 ? null : `k${at}`,
    value: at % 7 === 0 ? null : { base64: Buffer.from([at, 255]).toString('base64') },
    headers:
      at % 2 === 0
        ? []
        : [
            { key: 'h', value: null },
            { key: 'h', value: 'x' },
          ],
  })
const records = Array.from({ length: 200 }, (_, at) => `${record(at)}\n`).join('')

test('a copy keeps everything, makes the topic as it was, and goes on where it stopped', async () => {
  await node.ok('topic', 'create', 'source', '-p', '3', '-c', 'retention.ms=999999999999')
  expect(await node.command(['produce', 'source', '--json', '-z', 'zstd'], { input: records })).toMatchObject({
    code: 0,
  })
  const first = await node.command(['copy', 'source', '--to', other.address])
  expect(first).toEqual({
    ...{ code: 0, out: '' },
    err: "topic 'source' was created: 3 partitions, retention.ms=999999999999\n200 records copied\n",
  })
  expect(await contentOf('source', other)).toEqual(await contentOf('source'))
  await node.command(['produce', 'source', '-p', '1'], { input: 'more\n' })
  const second = await node.command(['copy', 'source', '--to', other.address])
  expect(second.err).toMatch(/^source: going on where an earlier run stopped, at 0=67, 1=67, 2=66\n1 records copied\n$/)
  expect(await contentOf('source', other)).toEqual(await contentOf('source'))
})

test('a filter and another name make a part of a topic, in the same cluster, too', async () => {
  const result = await node.command(['copy', 'source', '--to-topic', 'part', '--grep', 'k19.', '-o', '2=0:30'])
  expect(result).toMatchObject({ code: 0, err: expect.stringContaining('left out') })
  const keys = (await node.ok('consume', 'part', '-e', '-f', '%k ')).trim().split(' ').sort()
  expect(keys).toEqual(
    ['k191', 'k192', 'k193', 'k194', 'k196', 'k198', 'k199'].filter(key => Number(key.slice(1)) % 3 !== 2),
  )
})

test('without transactions at the destination a copy keeps its place as well', async () => {
  const args = ['copy', 'source', '--to', other.address, '--to-topic', 'plain', '--at-least-once']
  expect(await node.command(args)).toMatchObject({ code: 0, err: expect.stringContaining('201 records copied') })
  expect(await node.command(args)).toMatchObject({ code: 0, err: expect.stringContaining('0 records copied') })
  expect(await contentOf('plain', other)).toEqual(await contentOf('source'))
})

test('of two copies of the same name the older one is fenced', async () => {
  const args = ['copy', 'source', '--to', other.address, '--to-topic', 'twice', '--id', 'twin', '--follow']
  const older = node.start(args)
  while ((await contentOf('twice', other).catch(() => [])).length < 201);
  const newer = node.start(args)
  await until(() => newer.io.err().includes('going on'))
  await node.command(['produce', 'source'], { input: 'last\n' })
  expect(await older.finished).toBe(1)
  expect(older.io.err()).toContain('another producer with this id has taken over')
  while ((await contentOf('twice', other)).length < 202);
  newer.io.signal('SIGINT')
  expect(await newer.finished).toBe(130)
  expect(await contentOf('twice', other)).toEqual(await contentOf('source'))
})

test.each<[string, string[], number, RegExp]>([
  ['onto itself', ['source'], 2, /are the same topic of the same cluster/],
  ['a topic that is not there', ['nowhere', '--to-topic', 'x'], 1, /topic 'nowhere'/],
  ['two topics under one name', ['a', 'b', '--to-topic', 'x'], 2, /for a single topic/],
  ['to nobody', ['source', '--to', '127.0.0.1:1'], 4, /127\.0\.0\.1:1/],
  ['a filter that is none', ['source', '--to-topic', 'x', '--where', '1 +'], 2, /./],
  ['from what was stored', ['source', '--to-topic', 'x', '-o', 'stored'], 2, /leave it out/],
])('%s: what is wrong, and the exit code', async (_, args, code, message) => {
  const result = await node.command(['copy', ...args])
  expect(result).toMatchObject({ code, out: '', err: expect.stringMatching(message) })
})

test('a destination with fewer partitions is refused', async () => {
  await node.ok('topic', 'create', 'narrow')
  const result = await node.command(['copy', 'source', '--to-topic', 'narrow'])
  expect(result).toMatchObject({ code: 1, err: expect.stringContaining('has 1 partitions at the destination, but 3') })
})
