// npm run bench:ui -- [--topics N] [--groups N] [--seconds N] [--records N]: how fast and how small the browser is, in a real
// terminal against a real node: the first screen with so many topics, keys while 50,000 records a second arrive, memory in a
// long and fast tail, jumps through a topic of a million records. The goals are those of the README. Needs script(1).
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { systemEnv } from '../src/base/system-env.ts'
import { parseBrokerList } from '../src/client/address.ts'
import { Cluster } from '../src/client/cluster.ts'
import { commitForGroup } from '../src/client/group-admin.ts'
import { createTopic } from '../src/client/topic-admin.ts'
import { Terminal } from './ui-bench/terminal.ts'

const { values: options } = parseArgs({
  options: {
    topics: { type: 'string', default: '1000' },
    groups: { type: 'string', default: '2000' },
    seconds: { type: 'string', default: '30' },
    records: { type: 'string', default: '1000000' },
    times: { type: 'string', default: '5' },
  },
})

/** Nobody types faster. */
const keyPauseMs = 80

const program = path.resolve(import.meta.dirname, '../dist/main.js')
const results: { readonly what: string; readonly measured: string; readonly goal: string; readonly isMet: boolean }[] =
  []

const node = spawn(process.execPath, [program, 'serve', '--ephemeral', '--listen', '127.0.0.1:0'], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
try {
  const address = await addressOf(node)
  await fill(address)
  await firstScreen(address)
  await fastTail(address)
  await jumps(address)
  for (const { what, measured, goal, isMet } of results) {
    process.stdout.write(`${isMet ? 'ok  ' : 'MISS'} ${what.padEnd(58)} ${measured.padStart(22)}   goal ${goal}\n`)
  }
  process.exitCode = results.every(({ isMet }) => isMet) ? 0 : 1
} finally {
  Terminal.killAll()
  node.kill('SIGKILL')
}

async function addressOf(server: ChildProcess): Promise<string> {
  let stdout = ''
  for await (const chunk of server.stdout!) {
    stdout += chunk
    const address = /ready: (\S+)/.exec(stdout)?.[1]
    if (address) return address
  }
  throw new Error('the node did not start')
}

/** Topics, groups that have read some of them, and a large topic. */
async function fill(address: string): Promise<void> {
  process.stderr.write(`making ${options.topics} topics, ${options.groups} groups, ${options.records} records\n`)
  const env = systemEnv({ log: { debug() {}, info() {}, warn() {}, error() {} } })
  const cluster = new Cluster({ env, brokers: parseBrokerList(address) })
  const names = Array.from({ length: Number(options.topics) }, (_, at) => `topic-${String(at).padStart(5, '0')}`)
  for (const [at, name] of names.entries()) await createTopic(cluster, { name, partitions: 1 + (at % 4) })
  await createTopic(cluster, { name: 'aaa-tail', partitions: 3 })
  await createTopic(cluster, { name: 'aaa-large', partitions: 4 })
  for (let at = 0; at < Number(options.groups); at++) {
    const topic = names[at % names.length]!
    await commitForGroup(cluster, `group-${at}`, [{ topic, partition: 0, offset: 0 }])
  }
  cluster.close()
  const filled = spawnSync(
    process.execPath,
    [program, 'bench', 'produce', 'aaa-large', '-n', options.records, '-b', address, '-q'],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  if (filled.status !== 0) throw new Error('the large topic was not filled')
}

async function firstScreen(address: string): Promise<void> {
  const times: number[] = []
  let sampled = 0
  for (let time = 0; time < Number(options.times); time++) {
    const terminal = new Terminal(['ui', '-b', address])
    times.push(await terminal.until(/topic-00010/, { fromMs: terminal.startMs }))
    if (time === 0) {
      await pause(10_000)
      const before = terminal.processorMs()
      await pause(10_000)
      sampled = (terminal.processorMs() - before) / 100
    }
    await terminal.close()
  }
  times.sort((a, b) => a - b)
  const median = times[Math.floor(times.length / 2)]!
  process.stderr.write(`(an empty program takes ${bareStartMs().toFixed(0)} ms to start and end)\n`)
  note(
    `first screen with ${options.topics} topics, median of ${times.length}`,
    `${median.toFixed(0)} ms`,
    '400 ms',
    median <= 400,
  )
  note('processor while it shows them, of one core', `${sampled.toFixed(1)} %`, '20 %', sampled <= 20)
}

/** What starting Node takes here and now, the median of a few: the machine may be busy. */
function bareStartMs(): number {
  const times = Array.from({ length: Number(options.times) }, () => {
    const startMs = performance.now()
    spawnSync(process.execPath, ['-e', '0'])
    return performance.now() - startMs
  })
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]!
}

/** Keys while records pour in, then memory while they do so as fast as the machine can. */
async function fastTail(address: string): Promise<void> {
  const terminal = new Terminal(['ui', 'aaa-tail', '-b', address])
  await terminal.until(/aaa-tail/)
  terminal.type('l')
  const steady = load(address, ['--rate', '50000', '-d', '25s'])
  await pause(5_000)
  const times: number[] = []
  for (let time = 0; time < 20; time++) {
    const word = `q${time}zx`
    times.push(await terminal.answer(':', /: *\S?/))
    for (let at = 1; at <= word.length; at++) {
      await pause(keyPauseMs)
      times.push(await terminal.answer(word[at - 1]!, new RegExp(word.slice(0, at))))
    }
    terminal.type('\u001b')
    // An escape character alone is only told from a sequence by the silence behind it.
    await pause(4 * keyPauseMs)
  }
  times.sort((a, b) => a - b)
  const p99 = times[Math.floor(times.length * 0.99)]!
  const middle = times[Math.floor(times.length / 2)]!
  const what = `${times.length} keys at 50,000 records/s: median, 99th percentile`
  note(what, `${middle.toFixed(0)} ms, ${p99.toFixed(0)} ms`, '50 ms', p99 <= 50)
  await steady
  const fast = load(address, ['-d', `${options.seconds}s`])
  let most = 0
  const bytesBefore = terminal.bytes
  const timer = setInterval(() => {
    most = Math.max(most, terminal.memoryMiB())
  }, 250)
  const records = await fast
  clearInterval(timer)
  const written = (terminal.bytes - bytesBefore) / Number(options.seconds) / 1024
  note(
    `memory at most, while ${records} records arrived in ${options.seconds} s`,
    `${most.toFixed(0)} MiB`,
    '250 MiB',
    most < 250,
  )
  note('written to the terminal meanwhile', `${written.toFixed(0)} KiB/s`, '1000 KiB/s', written < 1_000)
  await terminal.close()
}

/** How many records were written. */
async function load(address: string, args: readonly string[]): Promise<number> {
  const child = spawn(
    process.execPath,
    [program, 'bench', 'produce', 'aaa-tail', '-b', address, '-q', '--json', ...args],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  let stdout = ''
  child.stdout.on('data', chunk => {
    stdout += chunk
  })
  await once(child, 'exit')
  return (JSON.parse(stdout) as { records: number }).records
}

async function jumps(address: string): Promise<void> {
  const terminal = new Terminal(['ui', 'aaa-large', '-b', address])
  await terminal.until(/aaa-large/)
  const share = Math.floor(Number(options.records) / 4)
  const times: number[] = []
  for (let time = 1; time <= 20; time++) {
    const offset = Math.floor((share * ((time * 7) % 20)) / 20) + 5
    terminal.type('o')
    await pause(100)
    times.push(await terminal.answer(`0=${offset}\r`, new RegExp(`0 +${offset} `)))
  }
  times.sort((a, b) => a - b)
  const median = times[Math.floor(times.length / 2)]!
  const slowest = times.at(-1)!
  const what = `20 jumps through ${options.records} records: median, slowest`
  note(what, `${median.toFixed(0)} ms, ${slowest.toFixed(0)} ms`, '500 ms', slowest <= 500)
  note('memory behind them', `${terminal.memoryMiB().toFixed(0)} MiB`, '250 MiB', terminal.memoryMiB() < 250)
  await terminal.close()
}

function pause(milliseconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, milliseconds))
}

function note(what: string, measured: string, goal: string, isMet: boolean): void {
  results.push({ what, measured, goal, isMet })
  process.stderr.write(`${what}: ${measured}\n`)
}
