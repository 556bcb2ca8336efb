// consume, tail and kcat as their users type them, against a node in this process.
import { expect, test } from 'vitest'
import { allCommands } from '../../../src/cli/commands/registry.ts'
import { until } from '../../support/until.ts'
import { liveNode } from '../live-node.ts'

const commands = await allCommands()

const node = liveNode()

async function topic(name: string, lines: string, partitions = 1, ...flags: string[]): Promise<void> {
  await node.ok('topic', 'create', name, '-p', String(partitions))
  await node.command(['produce', name, ...flags], { input: lines })
}

const read = async (...args: string[]): Promise<string> =>
  (await node.ok('consume', ...args)).trim().replace(/\n/g, ' ')

/** The words of the first command of a line, as a shell reads them. */
function wordsOf(line: string): readonly string[] {
  const words = [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([all, single, double]) => ({
    all,
    word: single ?? double ?? all,
  }))
  const end = words.findIndex(({ all }) => all === '|' || all === '>')
  return words.slice(1, end < 0 ? undefined : end).map(({ word }) => word)
}

/** Whoever follows a topic begins at some time: it is produced to until it is seen. */
async function produceUntil(name: string, input: string, isSeen: () => boolean): Promise<void> {
  while (!isSeen()) {
    await node.command(['produce', name], { input })
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

const examples = commands
  .filter(({ name }) => ['consume', 'tail', 'kcat'].includes(name))
  .flatMap(({ examples: given = [] }) => given.map(({ command }) => command))

test('every example of the help works', async () => {
  await topic('web', '{"amount":500}\n'.repeat(210))
  await topic('audit', 'x\n')
  expect(examples.length).toBeGreaterThan(12)
  for (const command of examples) {
    const args = wordsOf(command.replace('127.0.0.1:9092', node.address)).map(word => (word === '5s' ? '100ms' : word))
    const goesOn = args[0] === 'tail'
    const { io, finished } = node.start(args)
    if (goesOn) {
      await produceUntil('web', '{"error":"came"}\n', () => io.out().includes('came'))
      io.signal('SIGINT')
    }
    expect({ command, code: await finished, err: io.err().match(/^streamctl: .*/m)?.[0] }).toEqual({
      command,
      code: goesOn ? 130 : 0,
      err: undefined,
    })
  }
})

test('ranges: where to begin and to stop, for all partitions and for single ones', async () => {
  await topic('ten', '0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n')
  expect(await read('ten', '-o', '2:5')).toBe('2 3 4')
  expect(await read('ten', '-o', '7:+2')).toBe('7 8')
  expect(await read('ten', '-o', ':3')).toBe('0 1 2')
  expect(await read('ten', '-o', '-3', '-e')).toBe('7 8 9')
  expect(await read('ten', '-o', '+8', '-e')).toBe('8 9')
  expect(await read('ten', '-o', '5:-3')).toBe('5 6')
  expect(await read('ten', '-o', '8:end')).toBe('8 9')
  expect(await read('ten', '-o', '0=4:6')).toBe('4 5')
  expect(await read('ten', '-o', 's@1', '-e', '-n', '2')).toBe('0 1')
  expect(await read('ten', '-o', '@:-1h')).toBe('')
  expect(await read('ten', '-o', '@-1h:end')).toBe('0 1 2 3 4 5 6 7 8 9')
  expect(await read('ten', '--until', '3')).toBe('0 1 2')
  expect(await read('ten', '--tail', '2')).toBe('8 9')
  expect(await read('ten', '--tail', '2', '-w', 'value < 5')).toBe('3 4')
  expect(await read('ten', '-o', '8', '--wait', '50ms')).toBe('8 9')
})

test('a beginning behind the end is said to be there', async () => {
  await topic('short', '0\n1\n')
  const result = await node.command(['consume', 'short', '-o', '9', '-e'])
  expect(result).toEqual({ code: 0, out: '', err: 'short [0]: nothing to read from offset 9 on, the end being 2\n' })
})

test('a group and a partition exclude each other; what to do instead is said', async () => {
  const result = await node.command(['consume', 'short', '-g', 'audit', '-p', '0'])
  expect(result).toMatchObject({
    code: 2,
    out: '',
    err: expect.stringContaining('group seek audit TOPIC:0 --to OFFSET'),
  })
})

test('an end that is yet to come ends the reading when it has come', async () => {
  await topic('coming', 'a\n')
  const inOneSecond = new Date(Date.now() + 1_000).toISOString()
  expect(await read('coming', '--until', inOneSecond)).toBe('a')
})

test('a group begins where -o says, else where it has committed, and says which won', async () => {
  await topic('grouped', '0\n1\n2\n3\n')
  const read2 = await node.command(['consume', 'grouped', '-g', 'g', '-n', '2'])
  expect(read2).toMatchObject({
    code: 0,
    out: '0\n1\n',
    err: expect.stringContaining('1 from the start, nothing being committed'),
  })
  const rest = await node.command(['consume', 'grouped', '-g', 'g', '-e'])
  expect(rest).toMatchObject({ out: '2\n3\n', err: expect.stringContaining('1 from the committed offset') })
  const again = await node.command(['consume', 'grouped', '-g', 'g', '-o', '1:3'])
  expect(again).toMatchObject({
    out: '1\n2\n',
    err: expect.stringContaining('1 from offset 1, not the committed offset'),
  })
  expect(await read('grouped', '-g', 'g', '-o', 'stored', '-e')).toBe('3')
  expect(await read('grouped', '-g', 'fresh', '--reset', 'end', '-e')).toBe('')
})

test('Ctrl-C commits what was printed, says so and ends with 130', async () => {
  await topic('stopped', 'a\nb\n')
  const { io, finished } = node.start(['consume', 'stopped', '-g', 'stopping'])
  await until(() => io.out() === 'a\nb\n')
  io.signal('SIGINT')
  expect(await finished).toBe(130)
  expect(io.err()).toContain("interrupted after 2 records; group 'stopping' goes on at stopped [0] 2")
  expect(await read('stopped', '-g', 'stopping', '-e')).toBe('')
})

test('JSON lines hold all of a record: headers in their order, null, bytes', async () => {
  await node.ok('topic', 'create', 'whole')
  const line =
    '{"key":null,"value":{"base64":"/wA="},"headers":[{"key":"a","value":"1"},{"key":"a","value":null}],"timestamp":5,"partition":0}\n'
  await node.command(['produce', 'whole', '--json'], { input: `${line}{"key":"k","value":null,"timestamp":6}\n` })
  const first = await node.ok('consume', 'whole', '-e', '--json')
  await node.ok('topic', 'create', 'copied')
  await node.command(['produce', 'copied', '--json'], { input: first })
  expect((await node.ok('consume', 'copied', '-e', '--json')).replaceAll('"copied"', '"whole"')).toBe(first)
  expect(first.split('\n')[0]).toBe(
    `{"topic":"whole","partition":0,"offset":0,"timestamp":5,${line.slice(1).replace(',"timestamp":5,"partition":0', '').trim()}`,
  )
})

test('what one format prints, produce reads with the same', async () => {
  const format = '%K %V %H %d{hex64}%k%v%h{%K %V %k%v}%p{hex4}\\n'
  const bytes = await node.ok('consume', 'ten', '-e', '-f', format)
  await node.ok('topic', 'create', 'again')
  expect(await node.command(['produce', 'again', '-f', format], { input: bytes })).toMatchObject({ code: 0 })
  expect(await node.ok('consume', 'again', '-e', '-f', format)).toBe(bytes)
})

test.each([
  [
    ['consume', 'bad', '-e', '-f', '%v{json}\\n'],
    1,
    /^streamctl: bad \[0\] at offset 1: the value is not JSON: "plain"$/m,
  ],
  [['consume', 'bad', '-e', '-w', 'value.a.b'], 1, /^streamctl: bad \[0\] at offset 0: --where: /m],
  [['consume', 'bad', '-e', '-w', 'value.'], 2, /^streamctl: --where: 'value\.' is no expression/m],
  [['consume', 'bad', '-o', 'stored'], 2, /-g/],
  [['consume', 'bad', '-p', '3'], 2, /no partition 3/],
  [['consume', 'bad', '-o', '7=1', '-e'], 2, /no partition 7/],
  [['consume', 'bad', '-o', '1:2', '--until', '3'], 2, /both/],
  [['consume', 'bad', '--tail', '1', '-g', 'g'], 2, /--tail/],
  [['consume', 'bad', '--wait', '5'], 2, /5s/],
  [['consume', 'nowhere', '-e'], 1, /nowhere/],
  [['tail', 'nowhere'], 1, /nowhere/],
  [['tail', 'bad', '--since', '1h', '-n', '1'], 2, /--since/],
] as const)('%j ends with %d and says why', async (args, code, message) => {
  await node.command(['topic', 'create', 'bad', '--if-not-exists'])
  if ((await node.ok('consume', 'bad', '-e')) === '')
    await node.command(['produce', 'bad'], { input: '{"c":1}\nplain\n' })
  const outcome = await node.command(args)
  expect(outcome.code).toBe(code)
  expect(outcome.err).toMatch(message)
})

test('--on-error skip goes on behind records that cannot be shown, and names them', async () => {
  expect(await node.command(['consume', 'bad', '-e', '-f', '%v{json}\\n', '--on-error', 'skip'])).toEqual({
    code: 0,
    out: '{"c":1}\n',
    err: 'bad [0] at offset 1: the value is not JSON: "plain": left out\n',
  })
})

test('tail shows the last of each topic with its name, by pattern, filtered, and since a time', async () => {
  await topic('log-a', 'a1\na2\n')
  await topic('log-b', 'b1\nb2\n')
  const tailed = async (...args: string[]): Promise<string> => {
    const { io, finished } = node.start(['tail', ...args])
    await produceUntil('log-b', 'b-end\n', () => io.out().includes('b-end'))
    io.signal('SIGINT')
    await finished
    return io.out().replace(/(log-b\t)?b-end\n/g, '')
  }
  expect(await tailed('log-*', '-n', '1', '--grep', '/^a2|b/')).toMatch(/^log-a\ta2\n/)
  expect(await tailed('log-a', 'log-b', '-n', '0')).toBe('')
  expect(await tailed('log-?', '--since', '1h', '-w', 'value === "a1" || value === "b-end"')).toBe('log-a\ta1\n')
})
