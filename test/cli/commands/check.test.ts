// check against a node in this process: what it says, and the exit codes of monitoring plugins.
import { createServer } from 'node:net'
import { beforeAll, expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { liveNode } from '../live-node.ts'

const node = liveNode()
const lines = (count: number): string => Array.from({ length: count }, (_, i) => `${i}\n`).join('')

beforeAll(async () => {
  await node.ok('topic', 'create', 'web', 'empty')
  await node.command(['produce', 'web'], { input: lines(100) })
  await node.ok('group', 'seek', 'billing', 'web', '--to', '60', '--execute')
})

test.each<[args: readonly string[], code: number, says: RegExp]>([
  [['broker'], 0, /^OK {8}1 broker\nOK {8}broker 1 at 127\.0\.0\.1:\d+ answers in .* ms\n$/],
  [['broker', '--expect', '2'], 2, /^CRITICAL {2}1 broker, 2 expected\n/],
  [['broker', '--critical', '~:0ms'], 2, /CRITICAL {2}broker 1/],
  [['topic', 'web'], 0, /^OK {8}topic 'web': 1 partition\n$/],
  [['topic'], 0, /topic 'empty'.*\n.*topic 'web'/],
  [['topic', 'web', 'nowhere'], 2, /^OK .*\nCRITICAL {2}topic 'nowhere' is not there\n$/],
  [['topic', 'web', '-w', '1h'], 0, /the newest record is .* old\n$/],
  [['topic', 'web', '-c', '0ms'], 2, /^OK .*\nCRITICAL {2}topic 'web': the newest record is/],
  [['topic', 'empty', '-w', '1h'], 3, /^OK .*\nUNKNOWN {3}topic 'empty' holds no record\n$/],
  [['topic', '-r', 'zzz'], 3, /^$/],
  [['lag', 'billing'], 0, /^OK {8}group 'billing' is 40 records, .* behind\n$/],
  [['lag', 'billing', '-w', '39', '-c', '100'], 1, /^WARNING {3}group 'billing' is 40 records/],
  [['lag', 'billing', '-w', '10', '-c', '39'], 2, /^CRITICAL/],
  [['lag', 'billing', '-w', '100', '-c', '0ms'], 2, /^CRITICAL/],
  [['lag', 'nobody'], 3, /^UNKNOWN {3}group 'nobody'/],
  [['lag', 'nobody', 'billing', '-c', '1'], 2, /^UNKNOWN .*\nCRITICAL/],
  [['lag', '-r', 'bill.*', '-w', '100'], 0, /^OK/],
  [['group', 'billing'], 2, /^CRITICAL {2}group 'billing' is Empty, with 0 members\n$/],
  [['group', 'billing', '-w', '1:'], 1, /^WARNING/],
  [['group', 'nobody'], 2, /^CRITICAL {2}group 'nobody' is not there\n$/],
])('check %j ends with %i', async (args, code, says) => {
  expect(await node.command(['check', ...args])).toEqual({ code, out: expect.stringMatching(says), err: '' })
})

test('a group with a member is fine', async () => {
  const reading = node.start(['consume', 'web', '-g', 'busy'])
  await until(() => reading.io.out().includes('99\n'))
  expect(await node.command(['check', 'group', 'busy', '-c', '1:'])).toMatchObject({
    code: 0,
    out: expect.stringContaining('is Stable, with 1 member\n'),
  })
  reading.io.signal('SIGINT')
  await reading.finished
})

test('every form says the same', async () => {
  const form = async (...args: string[]): Promise<string> =>
    (await node.command(['check', 'lag', 'billing', '-w', '39', ...args])).out
  expect(await form('--format', 'nagios')).toMatch(
    /^LAG WARNING - group 'billing' is 40 records, .* behind \| 'lag_records_billing'=40;39 'lag_billing'=\d+ms\n$/,
  )
  expect(await form('--format', 'prometheus')).toMatch(
    /streamctl_check_status\{check="lag"\} 1\n(?:.*\n)*streamctl_check_lag_records\{group="billing"\} 40\n(?:.*\n)*streamctl_check_lag_seconds\{group="billing"\} [\d.]+\n$/,
  )
  expect(JSON.parse(await form('--json'))).toMatchObject({
    check: 'lag',
    status: 'warning',
    findings: [
      { status: 'warning', metrics: [{ name: 'lag_records', value: 40, warning: '39' }, { name: 'lag_milliseconds' }] },
    ],
  })
})

test('a cluster that cannot be reached is critical where that is asked, else unknown', async () => {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise(resolve => server.close(resolve))
  const brokers = ['-b', `127.0.0.1:${port}`]
  expect(await node.command(['check', 'broker', ...brokers])).toMatchObject({
    code: 2,
    out: expect.stringContaining('CRITICAL  no broker answers'),
  })
  expect(await node.command(['check', 'lag', 'x', ...brokers])).toMatchObject({
    code: 3,
    out: expect.stringContaining('UNKNOWN   no broker answers'),
  })
  expect(await node.command(['check', 'topic', ...brokers])).toMatchObject({ code: 3 })
})

test.each([[['lag']], [['lag', 'billing', '-w', 'x']], [['quark']], [[]], [['broker', '--frmat', 'text']]])(
  'wrong usage %j is unknown, so that nobody takes it for a warning',
  async args => {
    const { code, out } = await node.command(['check', ...args])
    expect({ code, out }).toEqual({ code: 3, out: '' })
  },
)
