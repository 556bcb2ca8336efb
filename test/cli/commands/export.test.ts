import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../../support/processes.ts'
import { until } from '../../support/until.ts'
import { liveNode } from '../live-node.ts'

const node = liveNode()
const other = liveNode()
const directory = temporaryDirectory()
const fileOf = (name: string): string => path.join(directory, name)

async function contentOf(topic: string, at = node): Promise<string[]> {
  const lines = (await at.ok('consume', topic, '-e', '--json')).trim().split('\n')
  return lines.map(line => line.replace(/"topic":"[^"]*",/, '').replace(/"offset":\d+,/, '')).sort()
}

const lines = Array.from({ length: 300 }, (_, at) => `k${at}:value ${at}\n`).join('')

test('an archive brings topics, settings and groups back, elsewhere and under other names', async () => {
  await node.ok('topic', 'create', 'web', '-p', '3', '-c', 'retention.ms=99999999999')
  await node.command(['produce', 'web', '-K', ':', '-z', 'lz4', '--transactional-id', 'x'], { input: lines })
  await node.command(['produce', 'few'], { input: 'a\nb\n' })
  await node.ok('group', 'seek', 'readers', 'web', '--to', '7', '--execute')
  expect(await node.command(['export', fileOf('web.archive'), 'web', 'few'])).toEqual({
    ...{ code: 0, out: '', err: `302 records of 2 topics written to ${fileOf('web.archive')}\n` },
  })
  await other.ok('import', fileOf('web.archive'))
  await other.ok('import', fileOf('web.archive'), 'web', '--rename', 'web=renamed', '--no-groups')
  const content = await contentOf('web')
  expect(content).toHaveLength(300)
  expect(await contentOf('web', other)).toEqual(content)
  expect(await contentOf('renamed', other)).toEqual(content)
  const groups = JSON.parse(await other.ok('group', 'describe', 'readers', '--json'))
  expect(groups.partitions.map((place: { committed: number }) => place.committed)).toEqual([7, 7, 7])
  expect(await node.ok('import', fileOf('web.archive'), '--check')).toBe(
    'web\t3\t300\tretention.ms=99999999999\treaders\nfew\t1\t2\t-\t-\n',
  )
})

test('an import that ran already is refused, unless its records are to be added', async () => {
  const again = await other.command(['import', fileOf('web.archive'), 'few'])
  expect(again).toMatchObject({ code: 1, err: expect.stringContaining('--append') })
  await other.ok('import', fileOf('web.archive'), 'few', '--append', '--no-transaction')
  expect(await other.ok('consume', 'few', '-e')).toBe('a\nb\na\nb\n')
})

test('a filter, a range and a pipe', async () => {
  const args = ['export', fileOf('part'), 'web', '--where', "key.endsWith('7')", '-o', '0:50', '-q']
  expect(await node.command(args)).toEqual({ code: 0, out: '', err: '' })
  await other.ok('import', fileOf('part'), '--rename', 'web=part', '--no-groups')
  expect((await contentOf('part', other)).every(line => /"key":"k\d*7"/.test(line))).toBe(true)
  const piped = node.start(['export', '-', 'few'])
  expect(await piped.finished).toBe(0)
  writeFileSync(fileOf('piped'), piped.io.outBytes())
  expect(await node.ok('import', fileOf('piped'), '--check')).toBe('few\t1\t2\t-\t-\n')
})

test('an archive that is damaged or cut short changes nothing', async () => {
  const bytes = readFileSync(fileOf('web.archive'))
  bytes[bytes.length >> 1]! ^= 1
  for (const damaged of [bytes, bytes.subarray(0, bytes.length >> 2), Buffer.from('something else')]) {
    writeFileSync(fileOf('damaged'), damaged)
    const result = await other.command(['import', fileOf('damaged'), '--rename', 'web=never'])
    expect(result).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/damaged|no archive/) })
  }
  expect(await other.ok('topic', 'list')).not.toContain('never')
})

test('an interrupted export leaves no file, an interrupted import no topic', async () => {
  const place = temporaryDirectory()
  const exporting = node.start(['export', path.join(place, 'a'), 'web', '--rate', '0.1'])
  await until(() => readdirSync(place).length > 0)
  exporting.io.signal('SIGINT')
  expect(await exporting.finished).toBe(130)
  expect(readdirSync(place)).toEqual([])
  const importing = other.start(['import', fileOf('web.archive'), '--rename', 'web=half', 'web', '--rate', '0.1'])
  while (!(await other.ok('topic', 'list')).includes('half'));
  importing.io.signal('SIGINT')
  expect(await importing.finished).toBe(130)
  expect(await other.ok('topic', 'list')).not.toContain('half')
})

test.each<[string, string[], number, RegExp]>([
  ['over a file that is there', ['export', fileOf('web.archive'), 'web'], 2, /is there already/],
  ['over a device', ['export', '/dev/null', 'web', '--force'], 2, /is there already, and no file/],
  ['into a directory that is not there', ['export', '/no/such/a', 'web'], 1, /cannot write .*directory does not exist/],
  ['a topic that is not there', ['export', fileOf('x'), 'nowhere'], 1, /topic 'nowhere'/],
  ['a file that is not there', ['import', '/no/such/a'], 1, /does not exist/],
  ['a topic that is not in it', ['import', fileOf('web.archive'), 'nowhere'], 1, /the archive has no topic 'nowhere'/],
])('%s: what is wrong, and the exit code', async (_, args, code, message) => {
  expect(await node.command(args)).toMatchObject({ code, out: '', err: expect.stringMatching(message) })
})
