// topic, group and the rest as scripts use them: output for pipes, exit codes, one sentence and a hint for people.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { faultsOf, type RunningNode, shell, startNode, startStreamctl, streamctl } from '../support/program.ts'

let node: RunningNode
beforeAll(async () => {
  node = await startNode({ data: 'ephemeral', flags: ['--set', 'auto.create.topics.enable=false'] })
  await run('topic', 'create', 'numbers')
  await streamctl(['produce', 'numbers'], { input: '1\n2\n3\n', environment: { STREAMCTL_BROKERS: node.address } })
})
afterAll(async () => {
  await node.stop()
  expect(faultsOf(node)).toEqual([])
})

async function outcome(
  args: readonly string[],
  input = '',
): Promise<{ exitCode: number | null; stdout: string; stderr: string }> {
  const { exitCode, stdout, stderr } = await streamctl(args, {
    input,
    environment: { STREAMCTL_BROKERS: node.address },
  })
  return { exitCode, stdout: stdout.toString(), stderr }
}

/** Runs a command that must succeed; returns its standard output. */
async function run(...args: string[]): Promise<string> {
  const result = await outcome(args)
  expect(result).toMatchObject({ exitCode: 0 })
  return result.stdout
}

test('a topic is created, listed, described, altered and deleted', async () => {
  await run('topic', 'create', 'life', '-p', '2', '-c', 'retention.ms=1000000')
  expect(await run('topic', 'list')).toBe('life\t2\t1\nnumbers\t1\t1\n')
  await run('topic', 'alter', 'life', '-p', '3', '-c', 'retention.ms=2000000')
  const description = JSON.parse(await run('topic', 'describe', 'life', '--json'))
  expect(description).toMatchObject({ topic: 'life', settings: { 'retention.ms': '2000000' } })
  expect(description.partitions).toHaveLength(3)
  await run('topic', 'alter', 'life', '-u', 'retention.ms')
  expect(JSON.parse(await run('topic', 'describe', 'life', '--json')).settings).toEqual({})
  await run('topic', 'delete', 'life')
  expect(await run('topic', 'list')).toBe('numbers\t1\t1\n')
})

test('a group is listed, described with its lag, and deleted', async () => {
  expect(await run('consume', 'numbers', '-g', 'counters', '-n', '2')).toBe('1\n2\n')
  expect(await run('group', 'list')).toContain('counters')
  const description = JSON.parse(await run('group', 'describe', 'counters', '--json'))
  expect(description.partitions).toMatchObject([{ topic: 'numbers', partition: 0, committed: 2, end: 3, lag: 1 }])
  await run('group', 'delete', 'counters')
  expect(await run('group', 'list')).not.toContain('counters')
})

test('tail follows what is produced', async () => {
  await run('topic', 'create', 'followed')
  const tail = startStreamctl(['tail', 'followed'], { environment: { STREAMCTL_BROKERS: node.address } })
  // It begins at the end: produce until the first record is seen.
  let seen = false
  const line = tail.line('stdout', /new/).then(() => {
    seen = true
  })
  while (!seen) await Promise.all([outcome(['produce', 'followed'], 'new\n'), Promise.race([line, tailSettles()])])
  tail.signal('SIGINT')
  expect((await tail.finished).exitCode).toBe(130)
})

const tailSettles = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 100))

const wrongUsage: Record<string, readonly string[]> = {
  'a command that does not exist': ['prodcue', 'numbers'],
  'an option that does not exist': ['consume', 'numbers', '--form-the-start'],
  'an argument that is missing': ['consume'],
  'an offset that is none': ['consume', 'numbers', '-o', 'somewhere'],
  'a count that is none': ['consume', 'numbers', '-n', 'three'],
  'a codec that does not exist': ['produce', 'numbers', '-z', 'brotli'],
  'a format verb that does not exist': ['consume', 'numbers', '-e', '-f', '%q'],
  'a format together with --json': ['consume', 'numbers', '-e', '-f', '%v', '--json'],
  'a broker address that is none': ['topic', 'list', '-b', 'not an address'],
}

for (const [what, args] of Object.entries(wrongUsage))
  test(`${what} is wrong usage: 2`, async () => {
    expect(await outcome(args)).toEqual({ exitCode: 2, stdout: '', stderr: expect.stringMatching(/^streamctl: .+\n/) })
  })

test('a line that is no JSON is named', async () => {
  const result = await outcome(['produce', 'numbers', '--json'], '{"value":"ok"}\nnot json\n')
  expect(result).toMatchObject({ stdout: '', stderr: expect.stringMatching(/not JSON/) })
  expect(result.exitCode).toBeGreaterThan(0)
})

test('a topic that does not exist fails with Kafka’s name for it: 1', async () => {
  for (const args of [
    ['consume', 'nowhere', '-e'],
    ['topic', 'describe', 'nowhere'],
    ['topic', 'delete', 'nowhere'],
  ])
    expect(await outcome(args)).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringMatching(/^streamctl: .*nowhere/),
    })
})

test('a topic that exists cannot be created again: 1, unless that is said to be fine', async () => {
  expect(await outcome(['topic', 'create', 'numbers'])).toMatchObject({ exitCode: 1, stdout: '' })
  await run('topic', 'create', 'numbers', '--if-not-exists')
})

test('a node that is not there is unreachable: 4', async () => {
  // A port that was free a moment ago.
  const gone = await startNode({ data: 'ephemeral' })
  await gone.stop()
  for (const args of [
    ['topic', 'list'],
    ['consume', 'numbers', '-e'],
  ]) {
    const { exitCode, stdout, stderr } = await streamctl([...args, '-b', gone.address])
    expect({ exitCode, stdout: stdout.toString(), stderr }).toEqual({
      exitCode: 4,
      stdout: '',
      stderr: expect.stringContaining(gone.address),
    })
  }
  const produced = await streamctl(['produce', 'numbers', '--timeout', '2', '-b', gone.address], { input: 'x\n' })
  expect(produced.exitCode).toBe(4)
})

test('--help goes to stdout with 0 and names every command', async () => {
  const { exitCode, stdout, stderr } = await outcome(['--help'])
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  for (const command of ['serve', 'produce', 'consume', 'tail', 'topic', 'group'])
    expect(stdout).toContain(`\n  ${command}`)
})

test('--version names the version', async () => {
  expect(await outcome(['--version'])).toEqual({
    exitCode: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    stderr: '',
  })
})

test('what goes to stdout is data only, so that it can be piped on', async () => {
  const { exitCode, stdout } = await shell(
    `streamctl consume numbers -e | awk '{ sum += $1 } END { print sum }'
     streamctl topic list --json | head -1`,
    { environment: { STREAMCTL_BROKERS: node.address } },
  )
  expect({ exitCode, lines: stdout.toString().split('\n').length }).toEqual({ exitCode: 0, lines: 3 })
  expect(stdout.toString().split('\n')[0]).toBe('6')
})
