// npm run bench:streams -- [--only raw,q0,count,join,session,interval,restore,latency,keys] [--records N] [--keys N]
//   [--interval MS] [--runs N] [--partitions N] [--cores N] [--memory MIB] [--rest SECONDS] [--profile] [--write]
// Runs scripts through a node of our own, with exactly-once, and prints medians. `raw` is a client by hand that consumes,
// parses, writes, produces and commits in transactions. Every run rests before it begins, and is repeated, a few times at
// most, while the host takes more than 5 % of the processors. --write keeps the tables in scripts/streams-results.md with
// the machine described. Node, script and benchmark share --cores processors. Data goes below build/, on the checkout's disk.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { root } from './bundle.ts'
import { measureCalmly, type Run } from './stream-bench/measure.ts'
import { measurements, rowsOf } from './stream-bench/measurements.ts'
import { resultTables } from './stream-bench/tables.ts'

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: 'raw,q0,count,join,session,interval,restore,latency,keys' },
    records: { type: 'string', default: '500000' },
    keys: { type: 'string', default: '10000000' },
    interval: { type: 'string', default: '100' },
    runs: { type: 'string', default: '3' },
    partitions: { type: 'string', default: '2' },
    cores: { type: 'string', default: '2' },
    memory: { type: 'string', default: '256' },
    rest: { type: 'string', default: '5' },
    profile: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
})
// So that what was started is ended, and what was written is deleted.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
const names = options.only.split(',')
for (const name of names) {
  if (!measurements[name])
    throw new Error(`no measurement '${name}': there are ${Object.keys(measurements).join(', ')}`)
}
const settings = {
  records: Number(options.records),
  keys: Number(options.keys),
  intervalMs: Number(options.interval),
  partitions: Number(options.partitions),
  memoryMebibytes: Number(options.memory),
  directory: path.join(root, 'build', 'bench'),
  profile: options.profile,
}
mkdirSync(settings.directory, { recursive: true })
// Whatever is started from here on is bound to the same processors.
const cores = Math.min(Number(options.cores), cpus().length)
execFileSync('taskset', ['-acp', `0-${cores - 1}`, String(process.pid)])

const found = new Map<string, Run[]>()
for (let round = 0; round < Number(options.runs); round++) {
  for (const row of names.flatMap(name => rowsOf(name, settings))) {
    // It takes minutes, and what it asks is not how fast.
    if (row.isLong && round > 0) continue
    const run = await measureCalmly(row, settings, Number(options.rest))
    process.stderr.write(`${row.name}: ${JSON.stringify(run)}\n`)
    found.set(row.name, [...(found.get(row.name) ?? []), run])
  }
}
const text = `${machine()}\n\n${resultTables(found)}`
process.stdout.write(`${text}\n`)
if (options.write) writeResults(text)

function machine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor'
  const memory = (totalmem() / 2 ** 30).toFixed(0)
  const load = `${settings.records} events of some 200 bytes in ${settings.partitions} partitions`
  return `${cores} of ${cpus().length} x ${model}, ${memory} GiB, Linux ${release()}, Node ${process.versions.node}. ${load}, commits every ${settings.intervalMs} ms. Medians of ${options.runs} runs.`
}

/** The tables stand between two marks; what the figures mean is written by hand around them. */
function writeResults(tables: string): void {
  const file = path.join(root, 'scripts', 'streams-results.md')
  const page = readFileSync(file, 'utf8')
  writeFileSync(file, page.replace(/(<!-- tables -->)[\s\S]*(<!-- \/tables -->)/, `$1\n\n${tables}\n\n$2`))
}
