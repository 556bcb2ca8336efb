import { expect, test } from 'vitest'
import { systemEnv } from '../../../src/base/system-env.ts'
import { run } from '../../../src/cli/program.ts'
import { recordingLog, seededRandom } from '../../support/simulated-env.ts'
import { until } from '../../support/until.ts'
import { fakeIo } from '../fake-io.ts'
import { liveNode } from '../live-node.ts'

const node = liveNode()

// The examples of the help as they stand there, and what is read behind each.
test.each<[string, string[], string, string]>([
  ["printf 'ann:3\\nbob:5\\n'", ['scores', '-K', ':'], 'ann:3\nbob:5\n', 'ann=3 bob=5 '],
  ["printf 'ann:\\n'", ['deleted', '-K', ':', '-Z'], 'ann:\n', 'ann= '],
  ['rows as JSON', ['people', '--csv', '--key-column', 'id'], 'id,name\n7,ann\n', '7={"id":"7","name":"ann"} '],
  ['the grammar of consume -f', ['grammar', '-f', '%k %v{json}\\n'], 'ann {"score": 3}\n', 'ann={"score":3} '],
  ['both records or none', ['parts', '-0', '--transactional-id', 'loader'], 'a\0b\0', '=a =b '],
  ['dmesg', ['log', '-z', 'zstd'], 'x\ny\n', '=x =y '],
  ['lengths', ['sized', '--length-prefix', 'big32'], '\0\0\0\x03a\nb', '=a\nb '],
  [
    'another partitioner',
    ['spread', '-k', 'key', '--partitioner', 'consistent_random', '--acks', '1'],
    'a\n',
    'key=a ',
  ],
])('%s', async (_, args, input, expected) => {
  const [topic = ''] = args
  expect(await node.command(['produce', ...args], { input })).toEqual({ code: 0, out: '', err: '' })
  expect(await node.ok('consume', topic, '-e', '-f', '%k=%v ')).toBe(expected)
})

test('a time-out is in seconds, or has a unit', async () => {
  for (const timeout of ['5', '5s', '1m30s']) {
    expect(await node.command(['produce', 'timed', '--timeout', timeout], { input: 'a' })).toMatchObject({ code: 0 })
  }
})

test('--tee hands the input on, --report tells where the records went', async () => {
  const result = await node.command(['produce', 'told', '--tee', '--report'], { input: 'one\ntwo' })
  expect(result).toEqual({ code: 0, out: 'one\ntwo', err: 'told [0]: 2 records, offsets 0 to 1\n' })
})

test.each<[string, string[], string, number, RegExp]>([
  ['half a record', ['bad', '--length-prefix', 'big32'], '\0\0\0\x05ab', 1, /ends in the middle of record 1/],
  ['a record that is too large', ['bad'], `ok\n${'x'.repeat(2_000_000)}\n`, 1, /1 record was not.*MESSAGE_TOO_LARGE/s],
  ['a partition that is not there', ['bad', '-p', '9'], 'a\n', 2, /topic 'bad' has no partition 9/],
  ['a file that is not there', ['bad', '-l', '/no/such/file'], '', 1, /\/no\/such\/file does not exist/],
  ['a transaction without acks', ['bad', '--transactional-id', 'x', '--acks', '1'], '', 2, /a transaction needs/],
  ['a time-out of nothing', ['bad', '--timeout', '0s'], 'a\n', 2, /time-out must be more than nothing/],
  ['a time-out in words', ['bad', '--timeout', 'soon'], 'a\n', 2, /time-out must be as 5s/],
  ['a name that no topic has', ['bad topic!'], 'a\n', 1, /INVALID_TOPIC_EXCEPTION.*hint: up to 249 ASCII letters/s],
  ['two formats', ['bad', '--json', '--csv'], '', 2, /exclude each other/],
  ['a rate that is none', ['bad', '--rate', 'fast'], '', 2, /'fast' is no rate/],
  [
    'a time-out that is too long',
    ['bad', '--transactional-id', 'x', '--transaction-timeout', '9999'],
    '',
    1,
    /INVALID_TR/,
  ],
])('%s: what is wrong, and the exit code', async (_, args, input, code, message) => {
  const result = await node.command(['produce', ...args], { input })
  expect(result).toEqual({ code, out: '', err: expect.stringMatching(message) })
})

/** Records with whatever may stand in one: null, empty, binary, headers that come twice, times. */
function strangeRecords(count: number, partitions: number): string {
  const random = seededRandom(7)
  const bytes = (): unknown => {
    const kind = random.below(5)
    if (kind === 0) return null
    if (kind === 1) return ''
    if (kind === 2) return `text ${random.below(1000)} \u{1F600}"\\\n\t\0`
    return { base64: random.bytes(random.below(40)).toString('base64') }
  }
  const records = Array.from({ length: count }, (_, at) => ({
    partition: random.below(partitions),
    timestamp: 1_700_000_000_000 + random.below(1_000_000) - at,
    key: bytes(),
    value: bytes(),
    headers: Array.from({ length: random.below(4) }, () => ({ key: ['a', 'b', ''][random.below(3)], value: bytes() })),
  }))
  return records.map(record => `${JSON.stringify(record)}\n`).join('')
}

test('consume --json | produce --json loses nothing, whatever the records are', async () => {
  await node.ok('topic', 'create', 'strange', 'again', '-p', '3')
  expect(await node.command(['produce', 'strange', '--json'], { input: strangeRecords(500, 3) })).toMatchObject({
    code: 0,
  })
  const first = await node.ok('consume', 'strange', '-e', '--json')
  expect(await node.command(['produce', 'again', '--json'], { input: first })).toMatchObject({ code: 0 })
  const sorted = (lines: string): string[] => lines.trim().split('\n').sort()
  const second = (await node.ok('consume', 'again', '-e', '--json')).replaceAll('"topic":"again"', '"topic":"strange"')
  expect(sorted(first)).toHaveLength(500)
  expect(sorted(second)).toEqual(sorted(first))
})

test('Ctrl-C or bad input in a transaction leave nothing; what comes next is written', async () => {
  const io = fakeIo({ env: systemEnv({ log: recordingLog() }), variables: { STREAMCTL_BROKERS: node.address } })
  const finished = run(['produce', 'atomic', '--transactional-id', 'tx'], io)
  io.stdin.write('lost\n')
  const isOngoing = async (): Promise<boolean> => (await node.ok('txn', 'list')).includes('Ongoing')
  while (!(await isOngoing()));
  io.signal('SIGINT')
  expect(await finished).toBe(130)
  expect(io.err()).toContain('aborted: nothing was written')
  const bad = await node.command(['produce', 'atomic', '--csv', '--transactional-id', 'tx'], { input: 'a\nlost\n"lo' })
  expect(bad).toMatchObject({ code: 1, err: expect.stringContaining('line 3: the input ends within quotes') })
  expect(await node.command(['produce', 'atomic', '--transactional-id', 'tx'], { input: 'kept\n' })).toEqual({
    ...{ code: 0, out: '', err: '' },
  })
  expect(await node.ok('consume', 'atomic', '-e')).toBe('kept\n')
})

test('who is fenced says so and has written nothing', async () => {
  const io = fakeIo({ env: systemEnv({ log: recordingLog() }), variables: { STREAMCTL_BROKERS: node.address } })
  const finished = run(['produce', 'fenced', '--transactional-id', 'one'], io)
  io.stdin.write('old\n')
  while (!(await node.ok('txn', 'list')).includes('Ongoing'));
  expect(await node.command(['produce', 'fenced', '--transactional-id', 'one'], { input: 'new\n' })).toMatchObject({
    code: 0,
  })
  io.stdin.end('old as well\n')
  expect(await finished).toBe(1)
  expect(io.err()).toMatch(/another producer with this id has taken over/)
  expect(await node.ok('consume', 'fenced', '-e')).toBe('new\n')
})

test('a rate spreads the input over time', async () => {
  const io = fakeIo({ env: systemEnv({ log: recordingLog() }), variables: { STREAMCTL_BROKERS: node.address } })
  const finished = run(['produce', 'slow', '--rate', '0.001'], io)
  io.stdin.end('1\n2\n3\n')
  await until(() => io.stdin.readableEnded)
  io.signal('SIGINT')
  expect(await finished).toBe(130)
  expect((await node.ok('consume', 'slow', '-e')).split('\n').length).toBeLessThan(4)
})
