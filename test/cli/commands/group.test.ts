// group against a node in this process.
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { temporaryDirectory } from '../../support/processes.ts'
import { until } from '../../support/until.ts'
import { liveNode } from '../live-node.ts'

const node = liveNode()
const lines = (count: number): string => Array.from({ length: count }, (_, i) => `${i}\n`).join('')

beforeAll(async () => {
  await node.ok('topic', 'create', 'web', 'orders')
  await node.command(['produce', 'web'], { input: lines(100) })
  await node.command(['produce', 'orders'], { input: lines(10) })
  await node.ok('group', 'seek', 'billing', 'web', '--to', '60', '--execute', '-q')
})

/** Committed offset and lag of the first partition. */
async function lagOf(group: string): Promise<Record<string, unknown>> {
  return JSON.parse((await node.ok('group', 'lag', group, '--json')).split('\n')[0] ?? '')
}

test('groups are listed by name, pattern and state', async () => {
  await node.ok('group', 'seek', 'audit', 'web', '--to', 'end', '--execute', '-q')
  expect(await node.ok('group', 'list')).toMatch(/^audit\tEmpty\t.*\nbilling\tEmpty\t/)
  expect((await node.ok('group', 'list', '-r', 'bil.*', '--json')).match(/"group"/g)).toHaveLength(1)
  expect(await node.ok('group', 'list', '--state', 'stable')).toBe('')
  expect((await node.ok('group', 'list', '--state', 'empty', '--json')).match(/"group"/g)).toHaveLength(2)
})

test('lag is counted in records and in time', async () => {
  const lag = await lagOf('billing')
  expect(lag).toMatchObject({ group: 'billing', topic: 'web', partition: 0, committed: 60, end: 100, lag: 40, lost: 0 })
  expect(lag.lagMs).toBeGreaterThan(0)
  expect(lag.lagMs).toBeLessThan(3_600_000)
  expect(await lagOf('audit')).toMatchObject({ lag: 0, lagMs: 0 })
})

test('the table of lag is for people', async () => {
  const table = await node.ok('group', 'lag', 'billing', '--format', 'text')
  expect(table).toMatch(
    /^GROUP {4}TOPIC {2}PARTITION {2}COMMITTED {2}END {2}LAG {2} *LAG TIME\nbilling {2}web +0 +60 {2}100 {3}40 +[\d.]+ (ms|s)\n$/,
  )
})

test('records that were deleted unread are lost, and no lag', async () => {
  await node.ok('topic', 'create', 'short')
  await node.command(['produce', 'short'], { input: lines(20) })
  await node.ok('group', 'seek', 'late', 'short', '--to', '5', '--execute')
  await node.ok('topic', 'trim', 'short', '--before', '12')
  expect(await lagOf('late')).toMatchObject({ committed: 5, start: 12, end: 20, lag: 8, lost: 7 })
})

test('offsets of a topic that is gone stay without an end', async () => {
  await node.ok('topic', 'create', 'gone')
  await node.ok('group', 'seek', 'orphan', 'gone', 'web', '--to', 'start', '--execute')
  const { code, out } = await node.command(['topic', 'delete', 'gone'])
  expect({ code, out }).toEqual({ code: 0, out: '' })
  const { partitions } = JSON.parse(await node.ok('group', 'describe', 'orphan', '--json'))
  expect(partitions).toContainEqual(expect.objectContaining({ topic: 'web', lag: 100 }))
})

test('--watch asks again until it is interrupted, and says when', async () => {
  const watching = node.start(['group', 'lag', 'billing', '--watch', '1', '--json'])
  await until(() => watching.io.out().split('\n').length > 2)
  watching.io.signal('SIGINT')
  expect(await watching.finished).toBe(130)
  const [first, second] = watching.io
    .out()
    .split('\n')
    .map(line => (line === '' ? {} : JSON.parse(line)))
  expect(second.atMs).toBeGreaterThan(first.atMs)
})

describe('seek', () => {
  test('shows the plan and changes nothing until it is told to', async () => {
    const plan = await node.command(['group', 'seek', 'billing', '--to', 'start'])
    expect(plan).toEqual({
      code: 0,
      out: 'web\t0\t60\t0\t-60\t\n',
      err: 'nothing was changed: add --execute to do it\n',
    })
    expect(await lagOf('billing')).toMatchObject({ committed: 60 })
  })

  test.each([
    ['start', 0],
    ['end', 100],
    ['end-1', 99],
    ['+1', 61],
    ['-10', 50],
    ['-1000', 0],
    ['7', 7],
    ['@-1h', 0],
    ['@2099-01-01', 100],
  ])('--to %s', async (to, committed) => {
    await node.ok('group', 'seek', 'mover', 'web', '--to', '60', '--execute')
    await node.ok('group', 'seek', 'mover', '--to', to, '--execute')
    expect(await lagOf('mover')).toMatchObject({ committed })
  })

  test('to where another group is, and to a file of what was before', async () => {
    const file = path.join(temporaryDirectory(), 'offsets')
    writeFileSync(file, await node.ok('group', 'lag', 'billing', '--json'))
    await node.ok('group', 'seek', 'copy', '--to-group', 'billing', '--execute')
    expect(await lagOf('copy')).toMatchObject({ committed: 60 })
    await node.ok('group', 'seek', 'copy', '--to', 'start', '--execute')
    await node.ok('group', 'seek', 'copy', '--to-file', file, '--execute')
    expect(await lagOf('copy')).toMatchObject({ committed: 60 })
    const piped = await node.command(['group', 'seek', 'copy', '--to-file', '-', '--execute'], { input: 'web 0 33\n' })
    expect(piped).toMatchObject({ code: 0 })
    expect(await lagOf('copy')).toMatchObject({ committed: 33 })
  })

  test('a group with members is refused, and they are named', async () => {
    const reading = node.start(['consume', 'web', '-g', 'busy'])
    await until(() => reading.io.out().includes('99\n'))
    const refused = await node.command(['group', 'seek', 'busy', 'web', '--to', 'start', '--execute'])
    expect(refused).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(/group 'busy' has members: streamctl at 127\.0\.0\.1/),
    })
    expect(JSON.parse(await node.ok('group', 'describe', 'busy', '--json'))).toMatchObject({
      state: 'Stable',
      members: [{ clientId: 'streamctl', partitions: [{ topic: 'web', partition: 0 }] }],
    })
    expect(await node.command(['group', 'delete', 'busy'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('NON_EMPTY_GROUP'),
    })
    reading.io.signal('SIGINT')
    await reading.finished
  })

  test.each<[string, readonly string[], number, string]>([
    ['nowhere to go', ['billing'], 2, 'say where to'],
    ['two places', ['billing', '--to', 'start', '--to-group', 'x'], 2, 'say where to'],
    ['a place that is none', ['billing', '--to', 'there'], 2, "'there' is no place"],
    ['a group that has committed nothing', ['nobody', '--to', 'start'], 1, "group 'nobody' has committed nothing"],
    [
      'another group that has committed nothing',
      ['billing', '--to-group', 'nobody'],
      1,
      "group 'nobody' has committed nothing",
    ],
    ['a topic that is not there', ['billing', 'nowhere', '--to', 'start'], 1, "topic 'nowhere'"],
    ['a partition that is not there', ['billing', 'web:9', '--to', 'start'], 1, "topic 'web' has no partition 9"],
    ['a move from nothing', ['billing', 'orders', '--to', '+1'], 1, 'nothing there to move from'],
    ['a file that is not there', ['billing', '--to-file', '/nonexistent/file'], 2, "cannot read '/nonexistent/file'"],
  ])('%s is refused in one line', async (_what, args, code, message) => {
    const refused = await node.command(['group', 'seek', ...args, '--execute'])
    expect(refused).toMatchObject({ code, out: '', err: expect.stringMatching(/^streamctl: .*\n( {2}hint: .*\n)?$/) })
    expect(refused.err).toContain(message)
  })
})

test('only what is behind is shown, and one line for each group', async () => {
  await node.ok('group', 'seek', 'two', 'web', '--to', '90', '--execute')
  await node.ok('group', 'seek', 'two', 'orders', '--to', 'end', '--execute')
  expect((await node.ok('group', 'lag', 'two')).trim().split('\n')).toHaveLength(2)
  expect(await node.ok('group', 'lag', 'two', '--behind')).toMatch(/^two\tweb\t.*\n$/)
  expect(await node.ok('group', 'lag', 'two', '--sum')).toMatch(/^two\tEmpty\t0\t2\t10\t\d+\n$/)
  await node.ok('group', 'seek', 'two', 'web', '--to', 'end', '--execute')
  expect(await node.ok('group', 'lag', 'two', '--sum', '--behind')).toBe('')
})

test('offsets of single topics are deleted, also of those that are gone', async () => {
  await node.ok('group', 'seek', 'three', 'web', 'orders', '--to', 'start', '--execute')
  await node.ok('group', 'delete', 'three', '--topic', 'web:0')
  expect(await node.ok('group', 'lag', 'three')).toMatch(/^three\torders\t.*\n$/)
  const again = await node.command(['group', 'delete', 'three', '--topic', 'web'])
  expect(again).toMatchObject({ code: 1, err: expect.stringContaining("group 'three' has committed nothing for web") })
  expect(await node.ok('group', 'list', 'three')).not.toBe('')
})

test('groups are deleted after a question, by name or pattern', async () => {
  await node.ok('group', 'seek', 'tmp-1', 'web', '--to', 'end', '--execute')
  await node.ok('group', 'seek', 'tmp-2', 'web', '--to', 'end', '--execute')
  expect(await node.command(['group', 'delete', 'tmp-1'], { terminal: true, input: '\n' })).toMatchObject({ code: 1 })
  expect(await node.command(['group', 'delete', '-r', 'tmp-.*'])).toMatchObject({ code: 2 })
  expect(await node.ok('group', 'list', '-r', 'tmp-.*')).toMatch(/tmp-1.*\ntmp-2/)
  await node.ok('group', 'delete', '-r', 'tmp-.*', '--yes')
  expect(await node.ok('group', 'list', '-r', 'tmp-.*')).toBe('')
  expect(await node.command(['group', 'delete', 'tmp-1'])).toMatchObject({
    code: 1,
    err: expect.stringContaining('GROUP_ID_NOT_FOUND'),
  })
  expect(await node.command(['group', 'describe', 'tmp-1'])).toMatchObject({
    code: 1,
    err: expect.stringContaining("group 'tmp-1'"),
  })
})
