import { randomUUID } from 'node:crypto'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import path from 'node:path'
import type { CalmRuns } from '../calm.ts'
import { createTopics } from '../create-topic.ts'
import type { Context, Figures, Question, Row } from '../matrix/question.ts'
import { type NodeProcess, startNode } from '../node-process.ts'
import { median } from '../table.ts'
import { type PipeProgram, pipePrograms } from './programs.ts'
import { firstByteMs, makeFifo, type Watched, watch, watchPiped } from './watched.ts'

const lineBytes = 100
const partitions = 4
const firstTimes = 5

/** Whole programs that carry a file of lines into a topic and out of it. */
export function pipes(megabytes: number): readonly Question[] {
  return [
    {
      name: 'pipes',
      title: `${megabytes} MB of lines of ${lineBytes} bytes`,
      text: `One node (fsync) for all programs, topics of ${partitions} partitions. \`produce\` reads the file by lines, idempotent and with acks=all on both sides;
\`consume\` writes each value and a newline into a pipe, from which \`wc -c\` reads and checks that everything came. Times are of whole processes, start
included; processor seconds are the client's own. The first record is the first byte on the output of a consumer that was told to end after one record: the
median of ${firstTimes} starts in each run. A Node program needs about 40 ms to start and 60 MB to be there; the executable unpacks more than \`dist/\` has to.`,
      labels: ['', 'program'],
      columns: [
        { key: 'seconds', heading: 'seconds', digits: 2 },
        { key: 'megabytes', heading: 'MB/s' },
        { key: 'ratio', heading: "of kcat's rate (>= 1)", digits: 2 },
        { key: 'cpu', heading: 'processor s', digits: 2 },
        { key: 'peak', heading: 'peak MB (< 250)' },
        { key: 'firstMs', heading: 'first record ms (< 150)' },
      ],
      measure: context => measure(context, megabytes),
    },
  ]
}

async function* measure(context: Context, megabytes: number): AsyncGenerator<Row, void, void> {
  const file = path.join(context.directory, 'lines')
  writeLines(file, megabytes)
  const fifo = path.join(context.directory, 'pipe')
  makeFifo(fifo)
  const programs = pipePrograms(context.environment)
  if (!programs.some(({ isOurs }) => !isOurs))
    yield { labels: ['-', 'kcat'], figures: 'not here: neither KCAT nor PATH has it' }
  if (!programs.some(({ isOurs }) => isOurs))
    yield { labels: ['-', 'streamctl'], figures: 'not built: npm run setup, npm run package' }
  const data = mkdtempSync(path.join(context.directory, 'node-'))
  const node = await startNode({ directory: data, durability: 'fsync', settings: {} })
  try {
    // Each program reads what it has written itself: batches are as large as it made them.
    const carried: Carried = { node, file, megabytes, fifo, topics: new Map() }
    const asked = { programs, calm: context.calm }
    yield* against({ ...asked, task: 'produce' }, program => produced(carried, program))
    yield* against({ ...asked, task: 'consume' }, program => consumed(carried, program))
    yield* against({ ...asked, task: 'first record' }, program => first(carried, program))
  } finally {
    await node.close()
    rmSync(data, { recursive: true, force: true })
  }
}

interface Carried {
  readonly node: NodeProcess
  readonly file: string
  readonly megabytes: number
  readonly fifo: string
  /** What each program has written last. */
  readonly topics: Map<PipeProgram, string>
}

/** A row for each program; the first one, kcat where it is there, is what the others are set against. */
async function* against(
  { programs, calm, task }: { programs: readonly PipeProgram[]; calm: CalmRuns; task: string },
  run: (program: PipeProgram) => Promise<Exclude<Figures, string>>,
): AsyncGenerator<Row, void, void> {
  let kcatRate: number | undefined
  for (const program of programs) {
    const figures = await calm.run(() => run(program))
    if (!program.isOurs) kcatRate = figures.megabytes
    const ratio = kcatRate && figures.megabytes ? figures.megabytes / kcatRate : undefined
    yield { labels: [task, program.name], figures: { ...figures, ratio } }
  }
}

async function produced({ node, file, megabytes, topics }: Carried, program: PipeProgram) {
  const topic = `lines-${randomUUID()}`
  topics.set(program, topic)
  await createTopics(node, [{ name: topic, partitions }])
  return figuresOf(await watch(program.produce(addressOf(node), topic, file)), megabytes)
}

async function consumed({ node, fifo, megabytes, topics }: Carried, program: PipeProgram) {
  const watched = await watchPiped(program.consume(addressOf(node), topics.get(program)!), fifo)
  const wanted = linesOf(megabytes) * lineBytes
  if (watched.bytes !== wanted) throw new Error(`${program.name} gave ${watched.bytes} bytes of ${wanted}`)
  return figuresOf(watched, megabytes)
}

async function first({ node, topics }: Carried, program: PipeProgram) {
  const times: number[] = []
  for (let time = 0; time < firstTimes; time++)
    times.push(await firstByteMs(program.first(addressOf(node), topics.get(program)!)))
  return { firstMs: median(times) }
}

function figuresOf({ seconds, cpu, peak }: Watched, megabytes: number): Record<string, number> {
  return { seconds, cpu, peak, megabytes: megabytes / seconds }
}

const addressOf = ({ host, port }: NodeProcess): string => `${host}:${port}`
const linesOf = (megabytes: number): number => Math.round((megabytes * 1e6) / lineBytes)

function writeLines(file: string, megabytes: number): void {
  const line = `${'streamctl '.repeat(lineBytes).slice(0, lineBytes - 1)}\n`
  const block = Buffer.from(line.repeat(10_000))
  const descriptor = openSync(file, 'w')
  for (let left = linesOf(megabytes) * lineBytes; left > 0; left -= block.length)
    writeSync(descriptor, block, 0, Math.min(left, block.length))
  closeSync(descriptor)
}
