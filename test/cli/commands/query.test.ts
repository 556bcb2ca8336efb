import { afterAll, beforeAll, expect, test } from 'vitest'
import { applicationInstances } from '../../../src/client/application-instances.ts'
import { GroupMember } from '../../../src/client/group-member.ts'
import { encodeAssignment, encodeSubscription } from '../../../src/client/group-protocol.ts'
import type { GroupStrategy } from '../../../src/client/group-strategy.ts'
import { hopping, int64, json, streams, string, topic } from '../../../src/streams/script.ts'
import { type ApplicationServer, serveApplication } from '../../../src/streams/serving/application-server.ts'
import { fakeRunning } from '../../streams/serving/fake-running.ts'
import { until } from '../../support/until.ts'
import { liveNode } from '../live-node.ts'

const live = liveNode()
const clicks = topic('clicks', { key: string, value: json<{ page: string; ms: number }>() })
const topology = streams('clicks-app', builder => {
  const stream = builder.stream(clicks)
  stream.groupByKey().count({ store: 'counts', value: int64 })
  stream.toTable({ store: 'last-click' })
  stream
    .groupByKey()
    .windowedBy(hopping({ size: '1m', advance: '30s', grace: 0 }))
    .count({ store: 'per-minute', retention: '1d' })
})
const instances = [
  fakeRunning(topology, { partition: 0, partitions: 2 }),
  fakeRunning(topology, { partition: 1, partitions: 2, state: 'restoring', lag: 7 }),
]
const minute = Date.parse('2026-01-01T00:01:00Z')
instances[0]!.pipe(clicks, 'ann', { page: '/a', ms: 5 }, minute)
instances[0]!.pipe(clicks, 'ann', { page: '/b', ms: 15 }, minute + 1)
instances[1]!.pipe(clicks, 'bob', { page: '/a', ms: 30 }, minute + 45_000)

const servers: ApplicationServer[] = []
const members: { readonly member: GroupMember; readonly ended: Promise<void> }[] = []

/** A member that is found as an instance; what it processes is not asked of it. */
function join(group: string, data: object | undefined): void {
  const userData = data === undefined ? null : Buffer.from(JSON.stringify(data))
  const strategy: GroupStrategy = {
    names: ['range'],
    subscription: () => encodeSubscription(['clicks'], userData),
    assign: async (_name, joined) => new Map(joined.map(({ memberId }) => [memberId, encodeAssignment([])])),
    hasChanged: async () => false,
    onAssigned: async () => {},
  }
  const member = new GroupMember(live.cluster.sibling(), { group, strategy, onRevoked: async () => {} })
  members.push({ member, ended: member.run().catch(() => {}) })
}

beforeAll(async () => {
  await live.ok('topic', 'create', 'clicks', '--partitions', '2')
  for (const [at, running] of instances.entries()) {
    const server = await serveApplication({ running, cluster: live.cluster })
    servers.push(server)
    join('clicks-app', { streamctl: 1, process: `process-${at}`, endpoint: server.endpoint })
  }
  join('others', undefined)
  let found = 0
  while (found < 2) {
    await until(() => members.every(({ member }) => member.memberId !== ''))
    found = (await applicationInstances(live.cluster, 'clicks-app')).length
  }
})
afterAll(async () => {
  for (const { member } of members) member.stop()
  await Promise.all(members.map(({ ended }) => ended))
  for (const server of servers) await server.close()
})

const lines = (text: string): unknown[] =>
  text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))

test('whichever instance has the key answers, with its position and lag', async () => {
  const { code, out, err } = await live.command(['query', 'clicks-app', 'counts', '--key', 'ann', '--json'])
  expect(code).toBe(0)
  const positions = [{ topic: 'clicks', partition: 0, offset: 12, end: 12 }]
  const known = { partition: 0, state: 'running', lag: 0, positions }
  expect(lines(out)).toEqual([{ key: 'ann', value: 2, timestamp: minute + 1, ...known }])
  expect(err).toContain(`counts: clicks/0 at 12, lag 0, from ${servers[0]!.endpoint}`)
})

test('state that is being restored answers and says so', async () => {
  const { out, err } = await live.command(['query', 'clicks-app', 'counts', '-k', 'bob'])
  expect(out).toBe(`bob\t1\t${minute + 45_000}\n`)
  expect(err).toContain('lag 7')
  expect(err).toContain('partition 1 comes from a restoring task: 50 % are restored, more may follow')
})

test('all of a store is what all instances have', async () => {
  const out = await live.ok('query', 'clicks-app', 'counts', '--from', 'a', '--json')
  expect(lines(out).map(line => (line as { key: string }).key)).toEqual(['ann', 'bob'])
  expect(lines(await live.ok('query', 'clicks-app', 'counts', '-n', '1', '--json'))).toHaveLength(1)
})

test('windows are asked for by time', async () => {
  const args = ['query', 'clicks-app', 'per-minute', '--window', '2026-01-01T00:02:00Z', '--json']
  expect(lines(await live.ok(...args))).toMatchObject([
    { key: 'bob', window: { start: minute + 30_000, end: minute + 90_000 }, value: 1 },
  ])
  const { out } = await live.command(['query', 'clicks-app', 'per-minute', '--key', 'ann', '--format', 'text'])
  expect(out).toContain('2026-01-01 00:01:00.000Z')
})

test('stores are SQL tables over all instances', async () => {
  const sql = 'select page, count(*) n, sum(ms) total from last_click group by page order by page'
  expect(lines(await live.ok('query', 'clicks-app', '--sql', sql, '--json'))).toEqual([
    { page: '/a', n: 1, total: 30 },
    { page: '/b', n: 1, total: 15 },
  ])
  const join = 'select c.key, value from counts c join "last-click" l on l.key = c.key'.replace(
    'value',
    'c.value, l.page',
  )
  expect(await live.ok('query', 'clicks-app', '--sql', join)).toBe('ann\t2\t/b\nbob\t1\t/a\n')
})

test('without a store, the stores are listed', async () => {
  expect(await live.ok('query', 'clicks-app')).toContain('counts\tkey-value\t2\t-')
})

const wrong: [args: string[], code: number, message: string, hint?: string][] = [
  [['clicks-ap', 'counts'], 2, "there is no application 'clicks-ap'", 'did you mean clicks-app?'],
  [['others', 'counts'], 2, "'others' is a group of 1 other consumers"],
  [['clicks-app', 'count'], 2, "clicks-app has no store 'count'", 'did you mean counts?'],
  [['clicks-app', 'counts', '--key', 'nobody'], 1, 'counts has nothing for key "nobody"'],
  [['clicks-app', 'counts', '--window', 'now'], 2, 'the store counts has no windows'],
  [['clicks-app', 'counts', '--window', 'never'], 2, "'never' is no time"],
  [['clicks-app', '--key', 'a'], 2, 'which store?'],
  [['clicks-app', 'counts', '--key', 'a', '--from', 'b'], 2, '--key asks for one key'],
  [['clicks-app', '--sql', 'select * from nothing'], 2, 'names no store', 'counts, last_click, per_minute'],
  [['clicks-app', '--sql', 'select nope from counts'], 2, 'SQL: no such column: nope', 'counts(key, window_start'],
  [['clicks-app', '--sql', 'delete from counts'], 2, 'SQL: '],
  [['clicks-app', '--sql', "attach 'x' as counts"], 2, 'SQL: only SELECT can be asked'],
]

test.each(wrong)('query %j ends with %i: %s', async (args, code, message, hint) => {
  const ended = await live.command(['query', ...args])
  expect([ended.code, ended.out]).toEqual([code, ''])
  expect(ended.err).toContain(message)
  if (hint) expect(ended.err).toContain(hint)
})

test('a store of which a part is nowhere is not shown as if it were whole, but what is found is', async () => {
  const gone = { streamctl: 1, process: 'gone', endpoint: '127.0.0.1:1' }
  const half = await serveApplication({ running: instances[0]! })
  servers.push(half)
  join('half-app', { streamctl: 1, process: 'half', endpoint: half.endpoint })
  join('half-app', gone)
  let found = 0
  while (found < 2) found = (await applicationInstances(live.cluster, 'half-app')).length
  const all = await live.command(['query', 'half-app', 'counts'])
  expect([all.code, all.out]).toEqual([4, ''])
  expect(all.err).toContain('the instance at 127.0.0.1:1 cannot be asked')
  expect((await live.command(['query', 'half-app', 'counts', '--sql', 'select * from counts'])).code).toBe(4)
  expect((await live.command(['query', 'half-app', 'counts', '-k', 'bob'])).code).toBe(4)
  const known = await live.command(['query', 'half-app', 'counts', '-k', 'ann', '-q'])
  expect([known.code, known.out]).toEqual([0, `ann\t2\t${minute + 1}\n`])
})

test('changes are told as they are committed, after what there is', async () => {
  await live.ok('topic', 'create', 'clicks-app-counts-changelog', '--partitions', '2')
  const following = live.start(['query', 'clicks-app', 'counts', '--key', 'ann', '--follow', '--json'])
  await until(() => following.io.out().includes('"ann"'))
  for (const [key, count] of [
    ['bob', 5],
    ['ann', 3],
  ] as const) {
    const value = Buffer.from(int64.encode(count)).toString('base64')
    const record = JSON.stringify({ key, value: { base64: value } })
    const produced = await live.command(['produce', 'clicks-app-counts-changelog', '--json'], { input: `${record}\n` })
    expect(produced.code).toBe(0)
  }
  await until(() => following.io.out().includes('"value":3'))
  following.io.signal('SIGINT')
  await following.finished
  expect(lines(following.io.out())).toMatchObject([
    { key: 'ann', value: 2 },
    { key: 'ann', value: 3 },
  ])
})
