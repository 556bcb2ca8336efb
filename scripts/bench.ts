// npm run bench [-- --only produce,start,clients,topics,rebalance,transactions,cleaning,scan] [--runs N] [--seconds N] [--write]
// Prints tables; --write keeps them in scripts/bench-results.md with the machine described. Data goes below build/, on the
// disk of the checkout. Run it on a quiet machine: each busy neighbour costs every fsync a slice of the scheduler. It rests before
// each run, and makes runs again during which the host of a virtual machine took too much (bench/calm.ts).
//
// npm run bench -- --only matrix [--questions grid,disk,...] [--runs N] [--seconds N] [--write]
// A page of its own, one table a question: build/bench/matrix.md while it runs, scripts/bench-matrix.md with --write, where
// --questions replaces their tables and leaves the others. Other
// servers are measured beside ours where they are found: REDIS_SERVER, NATS_SERVER and KLITE name programs (or PATH has
// them), KAFKA_HOME the directory of an Apache Kafka.
//
// npm run bench -- --only pipes [--megabytes 1000] [--runs N] [--write]
// The command line beside kcat, whole processes: build/bench/pipes.md, scripts/bench-pipes.md with --write.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { CalmRuns } from './bench/calm.ts'
import { cleaningTable } from './bench/cleaning.ts'
import { clientTable } from './bench/clients.ts'
import { matrixPage } from './bench/matrix/matrix.ts'
import type { Question } from './bench/matrix/question.ts'
import { questions } from './bench/matrix/registry.ts'
import { pipes } from './bench/pipes/pipes.ts'
import { produceTable } from './bench/produce.ts'
import { rebalanceTable } from './bench/rebalance.ts'
import { scanTable } from './bench/scan.ts'
import { startTable } from './bench/start.ts'
import { topicTable } from './bench/topics.ts'
import { transactionTable } from './bench/transactions.ts'
import { root } from './bundle.ts'

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: 'produce,start,clients,topics,rebalance,transactions,cleaning,scan' },
    runs: { type: 'string', default: '5' },
    seconds: { type: 'string' },
    questions: { type: 'string' },
    megabytes: { type: 'string', default: '1000' },
    write: { type: 'boolean', default: false },
  },
})
// So that what was started is ended, and what was written is deleted.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
const directory = path.join(root, 'build', 'bench')
mkdirSync(directory, { recursive: true })
const runs = Number(options.runs)
const seconds = Number(options.seconds ?? (options.only === 'matrix' ? 1 : 2))
const calm = new CalmRuns()

const tables: Record<string, () => Promise<string>> = {
  produce: () => produceTable({ directory, runs, seconds, calm }),
  start: () => startTable({ directory, runs, calm }),
  clients: () => clientTable({ directory, runs, calm }),
  topics: () => topicTable({ directory, runs, seconds, calm }),
  rebalance: () => rebalanceTable({ directory, runs, calm }),
  transactions: () => transactionTable({ directory, runs, calm }),
  cleaning: () => cleaningTable({ directory, runs, seconds, calm }),
  scan: () => scanTable({ directory, runs, seconds, calm }),
}

if (options.only === 'matrix') {
  const how = `Made by \`npm run bench -- --only matrix --write\`. All figures of a row come from one run, ratios from the same run; a cell is the
median of the runs. Goals stand in brackets. Every row starts a server with an empty directory, warms it for a second (Apache Kafka, which has to
compile itself, for 6 s) and measures it for a second or so: long enough for ratios, too short for what shows after minutes.`
  await writePage('matrix', 'Benchmarks as a matrix', questions, how)
  process.exit(0)
}
if (options.only === 'pipes') {
  const how = `Made by \`npm run bench -- --only pipes --write\`. A cell is the median of the runs, each of which runs the programs in turn.`
  await writePage('pipes', 'The command line beside kcat', pipes(Number(options.megabytes)), how)
  process.exit(0)
}

const parts: string[] = []
for (const name of options.only.split(',')) {
  const measure = tables[name]
  if (!measure) throw new Error(`no benchmark '${name}': there are ${Object.keys(tables).join(', ')}`)
  parts.push(await measure())
  process.stdout.write(`${parts.at(-1)}\n\n`)
}
process.stdout.write(`${calm.summary()}\n`)
if (options.write) writeResults([`${machine()} Medians of ${runs} runs.`, calm.summary(), ...parts].join('\n\n'))

/** A page of its own, written to build/bench after each table; for good only when it is whole. */
async function writePage(name: string, title: string, asked: readonly Question[], how: string): Promise<void> {
  const written = path.join(root, 'scripts', `bench-${name}.md`)
  const text = await matrixPage({
    ...{ directory, runs, seconds, title, questions: asked },
    wanted: options.questions?.split(','),
    preface: [how, machine()],
    page: path.join(directory, `${name}.md`),
    before: options.write && options.questions && existsSync(written) ? readFileSync(written, 'utf8') : '',
  })
  process.stdout.write(text)
  if (options.write) writeFileSync(written, text)
}

function machine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor'
  const memory = (totalmem() / 2 ** 30).toFixed(0)
  return `${cpus().length} x ${model}, ${memory} GiB, Linux ${release()}, Node ${process.versions.node}.`
}

/** The tables stand between two marks; what the figures mean is written by hand around them. */
function writeResults(text: string): void {
  const file = path.join(root, 'scripts', 'bench-results.md')
  const page = readFileSync(file, 'utf8')
  writeFileSync(file, page.replace(/(<!-- tables -->)[\s\S]*(<!-- \/tables -->)/, `$1\n\n${text}\n\n$2`))
}
