// The same command lines for Debian's kcat and for the applet: what they print must not differ in a byte.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { systemEnv } from '../../src/base/system-env.ts'
import { run as runProgram } from '../../src/cli/program.ts'
import { fakeIo } from '../cli/fake-io.ts'
import { kcat, kcatClient, testWith } from '../support/clients.ts'
import { clusterForFile, createTopic } from '../support/kafka-cluster.ts'
import { type Finished, run, temporaryDirectory } from '../support/processes.ts'
import { program } from '../support/program.ts'
import { recordingLog } from '../support/simulated-env.ts'

const cluster = clusterForFile()
const directory = temporaryDirectory()
let topic = ''
let odd = ''

const env = systemEnv({ log: recordingLog() })

/** The applet in this process: as the program runs it, without a process for each of many command lines. */
async function applet(args: readonly string[], input = ''): Promise<Pick<Finished, 'exitCode' | 'stdout' | 'stderr'>> {
  const io = fakeIo({ env, variables: { HOME: '/nonexistent' } })
  io.stdin.end(input)
  const exitCode = await runProgram(['kcat', ...args], io)
  return { exitCode, stdout: io.outBytes(), stderr: io.err() }
}

beforeAll(async () => {
  if (kcatClient.missing) return
  topic = cluster.uniqueName('applet')
  odd = cluster.uniqueName('odd')
  for (const name of [topic, odd]) await createTopic(cluster.brokers, name)
  const lines = 'a:{"n": 1}\nb:two\n:three\nc:\nplain\n'
  await kcat(
    ['-b', cluster.brokers, '-P', '-t', topic, '-K', ':', '-Z', '-H', 'trace=1', '-H', 'none', '-H', 'empty='],
    {
      input: lines,
    },
  )
  const bytes = Buffer.from('a/b\x7f\xff\x01\x1f"\\\t\b\f\r é', 'latin1')
  await kcat(['-b', cluster.brokers, '-P', '-t', odd, '-k', ''], { input: bytes })
  await kcat(['-b', cluster.brokers, '-P', '-t', odd, '-k', 'ü'], { input: 'grün' })
})

const reading: readonly (readonly string[])[] = [
  [],
  ['-J'],
  ['-J', '-Z', '-D', ';'],
  ['-K', ':'],
  ['-K', '\\t', '-D', '\\x2c\\n', '-Z'],
  ['-f', '%t|%p|%o|%k|%K|%s|%S|%R|%T|%h|%%\\n'],
  ['-f', '\\x41\\65\\xff\\075\\q\\r\\t%s'],
  ['-o', 'beginning', '-c', '2'],
  ['-o', 'end'],
  ['-o', '-2'],
  ['-o', '1', '-p', '0'],
  ['-o', 's@1', '-o', 'e@99999999999999'],
  ['-o', 'e@1'],
  ['-s', 'value=cc s', '-f', '%s\\n'],
  ['-s', 'key=B', '-s', 'value=>Hb', '-E', '-f', '%k %s\\n'],
  ['-s', 'value=qqqq'],
  ['-f', '%q'],
  ['-p', '7'],
  ['-q', '-X', 'isolation.level=read_uncommitted'],
]

test.each(reading.map(flags => [flags.join(' '), flags] as const))('-C -e %s', async (_, flags) => {
  if (kcatClient.missing) return
  await Promise.all([topic, odd].map(name => sameOutput(['-C', '-e', '-t', name, ...flags])))
})

const asking: readonly (readonly string[])[] = [
  ['-L', '-t', 'TOPIC'],
  ['-L', '-J', '-t', 'TOPIC'],
  ['-Q', '-t', 'TOPIC:0:0'],
  ['-Q', '-t', 'TOPIC:0:99999999999999'],
  ['-Q', '-t', 'TOPIC:0:-1'],
  ['-Q', '-J', '-t', 'TOPIC:0:-2'],
  ['-C', '-e', '-t', 'TOPIC-that-is-not-there', '-X', 'allow.auto.create.topics=false'],
  ['-C', '-e', '-t', 'TOPIC', '-X', 'no.such.property=1'],
  ['-Q', '-t', 'TOPIC'],
]

test.each(asking.map(args => [args.join(' '), args] as const))('%s', async (_, args) => {
  if (kcatClient.missing) return
  await sameOutput(args.map(word => word.replace('TOPIC', topic)))
})

/** Both print the same and end with the same code; but for what Debian's says about its library, also on stderr. */
async function sameOutput(args: readonly string[]): Promise<void> {
  const full = ['-b', cluster.brokers, ...args]
  const [theirs, ours] = await Promise.all([kcat(full), applet(full)])
  expect({ exitCode: ours.exitCode, stdout: ours.stdout.toString('latin1'), stderr: sorted(ours.stderr) }).toEqual({
    exitCode: theirs.exitCode,
    stdout: theirs.stdout.toString('latin1'),
    stderr: sorted(theirs.stderr),
  })
}

function sorted(text: string): readonly string[] {
  return text
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('%3|') && !line.startsWith('%4|') && !line.startsWith('%5|'))
    .sort()
}

const writing: readonly (readonly [flags: readonly string[], input: string])[] = [
  [[], 'a\n\nb\nlast'],
  [['-K', ':', '-k', 'fixed'], 'k:v\n:v\nv\nk:\n'],
  [['-K', '::', '-Z', '-H', 'a=1', '-H', 'b'], 'k::v\n::\nk::\n'],
  [['-D', ';;', '-c', '2', '-T'], 'a;;b;;c'],
  [['-z', 'gzip', '-p', '0', '-X', 'acks=1'], 'x\n'],
  [['-X', 'transactional.id=ID'], 'in a transaction\n'],
]

test.each(writing.map(([flags, input]) => [flags.join(' '), flags, input] as const))(
  '-P %s writes the same records',
  async (_, flags, input) => {
    if (kcatClient.missing) return
    const written = await Promise.all(
      [applet, (args: readonly string[]) => kcat(args, { input })].map(async write => {
        const name = cluster.uniqueName('written')
        await createTopic(cluster.brokers, name)
        const given = flags.map(flag => flag.replace('=ID', `=${name}`))
        const { exitCode, stdout } = await write(['-b', cluster.brokers, '-P', '-t', name, ...given], input)
        const format = '%p|%o|%K|%k|%S|%s|%h;'
        const records = await kcat(['-b', cluster.brokers, '-C', '-q', '-e', '-t', name, '-f', format])
        return { exitCode, stdout: stdout.toString(), records: records.stdout.toString() }
      }),
    )
    expect(written[0]).toEqual(written[1])
    expect(written[0]?.records).not.toBe('')
  },
)

testWith(kcatClient, 'whole files, and those that are not there', async () => {
  const file = path.join(directory, 'whole')
  writeFileSync(file, 'one\ntwo\n')
  const results = await Promise.all(
    [applet, kcat].map(async write => {
      const name = cluster.uniqueName('files')
      await createTopic(cluster.brokers, name)
      const { exitCode, stderr } = await write(['-b', cluster.brokers, '-P', '-t', name, file, `${file}-gone`])
      const { stdout } = await kcat(['-b', cluster.brokers, '-C', '-q', '-e', '-t', name, '-D', '|'])
      return { exitCode, stderr, records: stdout.toString() }
    }),
  )
  expect(results[0]).toEqual(results[1])
  expect(results[0]?.records).toBe('one\ntwo\n|')
})

testWith(kcatClient, '-G reads as a member of a group, commits, and goes on from there', async () => {
  const group = cluster.uniqueName('group')
  const args = ['-b', cluster.brokers, '-X', 'auto.offset.reset=earliest', '-q', '-e', '-f', '%o ', '-G', group, topic]
  const first = await applet(args)
  expect({ exitCode: first.exitCode, stdout: first.stdout.toString() }).toEqual({ exitCode: 0, stdout: '0 1 2 3 4 ' })
  expect((await kcat(args)).stdout.toString()).toBe('')
  await kcat(['-b', cluster.brokers, '-P', '-t', topic], { input: 'more\n' })
  expect((await applet(args)).stdout.toString()).toBe('5 ')
})

testWith(kcatClient, 'a program that is called kcat is kcat', async () => {
  const bin = path.join(directory, 'bin')
  mkdirSync(bin)
  const name = path.join(bin, 'kcat')
  symlinkSync(program.at(-1) as string, name)
  const command = program.length > 1 ? [program[0], name] : [name]
  const { exitCode, stdout } = await run(command[0] as string, [
    ...command.slice(1),
    '-b',
    cluster.brokers,
    '-L',
    '-t',
    topic,
  ])
  expect({ exitCode, stdout: stdout.toString() }).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining(`topic "${topic}" with 1 partitions:`),
  })
})

test('a broker that is not there, and a command line that cannot be read, end with 1', async () => {
  const gone = await applet(['-b', '127.0.0.1:1', '-L', '-m', '1'])
  expect({ exitCode: gone.exitCode, stderr: gone.stderr }).toEqual({
    exitCode: 1,
    stderr: expect.stringContaining('% ERROR: Failed to acquire metadata: Local: Broker transport failure'),
  })
  const wrong = await applet(['-C', '-t', 'x'])
  expect({ exitCode: wrong.exitCode, stderr: wrong.stderr }).toEqual({
    exitCode: 1,
    stderr: expect.stringMatching(/^Error: -b <broker,..> missing\n\nUsage: kcat/),
  })
})
