// topic against a node in this process. What the executable does with it is in test/end-to-end.
import { beforeAll, describe, expect, test } from 'vitest'
import { liveNode } from '../live-node.ts'

const node = liveNode()
const lines = (count: number): string => Array.from({ length: count }, (_, i) => `${i}\n`).join('')

beforeAll(async () => {
  await node.ok('topic', 'create', 'web', 'web-2', 'orders')
  await node.command(['produce', 'web'], { input: lines(100) })
})

test('topics are listed by name and by pattern', async () => {
  expect(await node.ok('topic', 'list')).toBe('orders\t1\t1\nweb\t1\t1\nweb-2\t1\t1\n')
  expect(await node.ok('topic', 'list', 'web', 'nowhere')).toBe('web\t1\t1\n')
  expect(await node.ok('topic', 'list', '-r', 'web.*')).toBe('web\t1\t1\nweb-2\t1\t1\n')
  expect(await node.ok('topic', 'list', '-r', 'eb')).toBe('')
})

test('a wide list shows sizes, for people', async () => {
  const table = await node.ok('topic', 'list', 'web', '--format', 'wide')
  expect(table).toMatch(/^TOPIC {2}PARTITIONS {2}REPLICAS +SIZE/)
  expect(table).toMatch(/\nweb +1 +1 +\d+(\.\d)? (B|KiB) +0 +0 +no +\S{22}\n$/)
})

test('a topic is described as text, JSON and YAML with the same fields', async () => {
  const described = JSON.parse(await node.ok('topic', 'describe', 'web', '--json'))
  expect(described).toMatchObject({
    topic: 'web',
    internal: false,
    records: 100,
    partitions: [{ partition: 0, leader: 1, replicas: [1], inSync: [1], start: 0, end: 100 }],
  })
  const yaml = await node.ok('topic', 'describe', 'web', '--format', 'yaml')
  expect(Object.keys(described).every(name => yaml.includes(`${name}:`))).toBe(true)
  expect(await node.ok('topic', 'describe', 'web', '--format', 'text')).toContain('records  100\n')
})

test('topics that a pattern chooses are described, and one that is missing does not keep the others', async () => {
  const all = await node.ok('topic', 'describe', '-r', 'web.*', '--json')
  expect(
    all
      .trim()
      .split('\n')
      .map(line => JSON.parse(line).topic),
  ).toEqual(['web', 'web-2'])
  const { code, out, err } = await node.command(['topic', 'describe', 'nowhere', 'web', '--json'])
  expect({ code, topic: JSON.parse(out).topic }).toEqual({ code: 1, topic: 'web' })
  expect(err).toMatch(/^streamctl: topic 'nowhere': .*UNKNOWN_TOPIC_OR_PARTITION/)
})

test('partitions are added by how many more', async () => {
  await node.ok('topic', 'create', 'grows', '-p', '2')
  await node.ok('topic', 'add-partitions', 'grows', '-n', '3')
  expect(await node.ok('topic', 'list', 'grows')).toBe('grows\t5\t1\n')
  // The number has been taken for a topic.
  expect(await node.command(['topic', 'add-partitions', 'grows', '7'])).toMatchObject({ code: 1, out: '' })
  expect(await node.ok('topic', 'list', 'grows')).toBe('grows\t5\t1\n')
})

test('a dry run creates nothing, but finds what is wrong', async () => {
  const { code, err } = await node.command(['topic', 'create', 'never', '--dry-run'])
  expect({ code, err }).toEqual({ code: 0, err: "topic 'never' could be created\n" })
  expect(await node.ok('topic', 'list', 'never')).toBe('')
  expect(await node.command(['topic', 'create', 'a/b', '--dry-run'])).toMatchObject({ code: 1 })
})

test('a setting that the broker does not take is told in its words', async () => {
  const { code, err } = await node.command(['topic', 'create', 'odd', '-c', 'retention.ms=soon'])
  expect({ code, err }).toEqual({
    code: 1,
    err: expect.stringMatching(/^streamctl: topic 'odd': .*retention\.ms.*\(INVALID_CONFIG\)\n/),
  })
})

describe('trim', () => {
  test('shows what would go, and deletes it', async () => {
    await node.ok('topic', 'create', 'trimmed')
    await node.command(['produce', 'trimmed'], { input: lines(50) })
    expect(await node.command(['topic', 'trim', 'trimmed', '--before', '20', '--dry-run'])).toEqual({
      code: 0,
      out: 'trimmed\t0\t0\t20\t20\n',
      err: 'nothing was changed\n',
    })
    await node.ok('topic', 'trim', 'trimmed:0', '--before', '20')
    expect(JSON.parse(await node.ok('topic', 'describe', 'trimmed', '--json')).records).toBe(30)
    await node.ok('topic', 'trim', 'trimmed', '--before', 'end-10')
    expect(JSON.parse(await node.ok('topic', 'describe', 'trimmed', '--json')).records).toBe(10)
    expect(await node.command(['topic', 'trim', 'trimmed', '--before', '@-1h'])).toMatchObject({
      code: 0,
      err: 'there is nothing to delete\n',
    })
  })

  test.each([
    [['topic', 'trim', 'web'], 2, 'say what is to go'],
    [['topic', 'trim', 'web', '--before', '+5'], 2, 'relative to a group'],
    [['topic', 'trim', 'web:7', '--before', '5'], 1, "topic 'web' has no partition 7"],
    [['topic', 'trim', 'nowhere', '--before', '5'], 1, "topic 'nowhere'"],
  ])('%j is refused', async (args, code, message) => {
    expect(await node.command(args)).toMatchObject({ code, out: '', err: expect.stringContaining(message) })
  })
})

describe('delete', () => {
  test('on a terminal shows what would be lost, and asks', async () => {
    await node.ok('topic', 'create', 'doomed')
    await node.command(['produce', 'doomed'], { input: lines(3) })
    const refused = await node.command(['topic', 'delete', 'doomed'], { terminal: true, input: 'no\n' })
    expect(refused).toEqual({
      code: 1,
      out: '',
      err: "would delete topic 'doomed': 1 partition, 3 records\nDelete topic 'doomed'? [y/N] nothing was changed\n",
    })
    expect(await node.ok('topic', 'list', 'doomed')).not.toBe('')
    const agreed = await node.command(['topic', 'delete', 'doomed'], { terminal: true, input: 'y\n' })
    expect(agreed).toMatchObject({ code: 0, err: expect.stringMatching(/topic 'doomed' deleted\n$/) })
    expect(await node.ok('topic', 'list', 'doomed')).toBe('')
  })

  test('in a script what a pattern chose needs --yes, what was named does not', async () => {
    await node.ok('topic', 'create', 'test-1', 'test-2', 'not-a-test-3')
    const refused = await node.command(['topic', 'delete', '-r', 'test-.*'])
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining("would delete topic 'test-2'") })
    expect(await node.ok('topic', 'list', '-r', '.*test.*')).toBe('not-a-test-3\t1\t1\ntest-1\t1\t1\ntest-2\t1\t1\n')
    expect(await node.ok('topic', 'delete', '-r', 'test-.*', '--yes', '--json')).toBe(
      '{"topic":"test-1","outcome":"deleted"}\n{"topic":"test-2","outcome":"deleted"}\n',
    )
    await node.ok('topic', 'delete', 'not-a-test-3')
    expect(await node.ok('topic', 'list', '-r', '.*test.*')).toBe('')
  })

  test('a pattern that matches nothing, and one that cannot be read, are told', async () => {
    expect(await node.command(['topic', 'delete', '-r', 'zzz'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('no topic matches zzz'),
    })
    expect(await node.command(['topic', 'delete', '-r', '*'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('no regular expression'),
    })
  })
})
