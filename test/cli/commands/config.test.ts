// config against a node in this process.
import { beforeAll, expect, test } from 'vitest'
import { liveNode } from '../live-node.ts'

const node = liveNode()
beforeAll(async () => {
  await node.ok('topic', 'create', 'web', 'web-2')
})

test('settings are set, extended, shown with their source, and taken back', async () => {
  await node.ok('config', 'set', 'topic', 'web', 'retention.ms=1000000', 'cleanup.policy+=compact')
  expect(await node.ok('config', 'describe', 'topic', 'web')).toBe(
    'web\tcleanup.policy\tdelete,compact\ttopic\nweb\tretention.ms\t1000000\ttopic\n',
  )
  await node.ok('config', 'set', 'topic', 'web', 'cleanup.policy-=delete')
  expect(await node.ok('config', 'describe', 'topic', 'web', 'cleanup.policy')).toContain('\tcompact\ttopic\n')
  await node.ok('config', 'unset', 'topic', 'web', 'retention.ms', 'cleanup.policy')
  expect(await node.ok('config', 'describe', 'topic', 'web')).toBe('')
  expect(await node.ok('config', 'describe', 'topic', 'web', 'retention.ms')).toBe(
    'web\tretention.ms\t604800000\tdefault\n',
  )
})

test('JSON has the fields that the help names', async () => {
  await node.ok('config', 'set', 'topic', 'web-2', 'retention.ms=5')
  const [line = ''] = (await node.ok('config', 'describe', 'topic', 'web-2', '--json', '--docs')).split('\n')
  expect(JSON.parse(line)).toEqual({
    kind: 'topic',
    name: 'web-2',
    setting: 'retention.ms',
    value: '5',
    source: 'topic',
    sensitive: false,
    readOnly: false,
    type: 'long',
    synonyms: expect.arrayContaining([{ name: 'retention.ms', value: '5', source: 'topic' }]),
    documentation: expect.any(String),
  })
})

test('one setting of all topics', async () => {
  const all = await node.ok('config', 'describe', 'topic', '-r', '.*', 'segment.bytes')
  expect(all).toMatch(/^web\tsegment\.bytes\t\d+\tdefault\nweb-2\t/)
})

test('brokers have values of their own and share values', async () => {
  await node.ok('config', 'set', 'broker', 'default', 'log.retention.bytes=1000000')
  expect(await node.ok('config', 'describe', 'broker', 'default')).toBe(
    'default\tlog.retention.bytes\t1000000\tcluster\n',
  )
  for (const broker of [['1'], []]) {
    const described = await node.ok('config', 'describe', 'broker', ...broker)
    expect(described).toContain('1\tlog.retention.bytes\t1000000\tcluster\n')
    expect(described).not.toContain('\tdefault\n')
  }
  expect(await node.ok('config', 'describe', 'topic', 'web', 'retention.bytes')).toContain('\t1000000\tcluster\n')
  await node.ok('config', 'unset', 'broker', 'default', 'log.retention.bytes')
  expect(await node.ok('config', 'describe', 'broker')).not.toContain('log.retention.bytes')
})

test('a dry run changes nothing', async () => {
  await node.ok('config', 'set', 'topic', 'web', 'retention.ms=7', '--dry-run')
  expect(await node.ok('config', 'describe', 'topic', 'web')).toBe('')
  expect(await node.command(['config', 'set', 'topic', 'web', 'retention.ms=x', '--dry-run'])).toMatchObject({
    code: 1,
  })
})

test('all of the settings are changed or none', async () => {
  const { code } = await node.command(['config', 'set', 'topic', 'web', 'retention.ms=9', 'segment.bytes=x'])
  expect(code).toBe(1)
  expect(await node.ok('config', 'describe', 'topic', 'web')).toBe('')
})

test.each<[readonly string[], number, string]>([
  [['describe', 'zoo', 'x'], 2, "'zoo' has no settings"],
  [['describe', 'topic'], 2, 'which topic?'],
  [['describe', 'topic', 'nowhere'], 1, "topic 'nowhere'"],
  [['describe', 'topic', 'web', 'retentoin.ms'], 1, 'did you mean retention.ms?'],
  [['describe', 'broker', 'one'], 2, "'one' is no broker"],
  [['set', 'topic', 'web', 'retention.ms'], 2, "a setting must be name=value, not 'retention.ms'"],
  [['set', 'topic', 'web', 'retention.ms=soon'], 1, 'INVALID_CONFIG'],
  [['set', 'topic', 'web', 'no.such.thing=1'], 1, 'no.such.thing'],
  [['set', 'topic', 'nowhere', 'retention.ms=1'], 1, "topic 'nowhere'"],
  [['unset', 'topic', 'web', 'retentoin.ms'], 1, 'did you mean retention.ms?'],
])('config %j is refused', async (args, code, message) => {
  const refused = await node.command(['config', ...args])
  expect(refused).toMatchObject({ code, out: '', err: expect.stringMatching(/^streamctl: .*\n( {2}hint: .*\n)?$/) })
  expect(refused.err).toContain(message)
})
