import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { root } from '../bundle.ts'
import type { CalmRuns } from './calm.ts'
import { createTopics } from './create-topic.ts'
import { cpuSeconds, type NodeProcess, startNode } from './node-process.ts'
import { markdownTable, median } from './table.ts'

interface Client {
  readonly name: string
  /** The command that pipes `file` (lines of 100 bytes) into the topic; undefined where it cannot be had. */
  readonly command: (node: NodeProcess, file: string) => readonly string[] | undefined
}

const records = 2_000_000
const lineBytes = 100
const node26 = path.join(root, 'node_modules', '.bin', 'node')

const clients: readonly Client[] = [
  {
    name: 'kcat (librdkafka), acks=all',
    command: ({ host, port }, file) =>
      available('kcat')
        ? ['kcat', '-P', '-b', `${host}:${port}`, '-t', 'load', '-X', 'acks=all', '-l', file]
        : undefined,
  },
  {
    name: '@platformatic/kafka',
    command: ({ host, port }, file) => [
      node26,
      path.join(import.meta.dirname, 'platformatic-producer.ts'),
      `${host}:${port}`,
      'load',
      file,
    ],
  },
  {
    name: 'streamctl produce',
    command: ({ host, port }, file) => [
      node26,
      path.join(root, 'dist', 'main.js'),
      'produce',
      'load',
      '-l',
      file,
      '-b',
      `${host}:${port}`,
    ],
  },
]

/** Whole client programs that pipe a file of 100-byte lines into the node: which of the two is busy? */
export async function clientTable(options: { directory: string; runs: number; calm: CalmRuns }): Promise<string> {
  const work = mkdtempSync(path.join(options.directory, 'clients-'))
  const file = path.join(work, 'lines')
  writeFileSync(file, `${'x'.repeat(lineBytes - 1)}\n`.repeat(records))
  try {
    const rows: string[][] = []
    for (const client of clients) {
      const runs = await options.calm.runs(options.runs, () => measure(client, work, file))
      rows.push(
        row(
          client,
          runs.filter(figures => figures !== undefined),
        ),
      )
    }
    return markdownTable(
      [
        'producer of 100-byte records',
        'k records/s',
        'processors, client',
        'processors, node',
        'client busier than node',
      ],
      rows,
    )
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

interface Figures {
  readonly seconds: number
  readonly client: number
  readonly node: number
}

function row({ name }: Client, runs: readonly Figures[]): string[] {
  if (runs.length === 0) return [name, 'not on this machine']
  const middle = (of: (run: Figures) => number): number => median(runs.map(of))
  const client = middle(run => run.client)
  const node = middle(run => run.node)
  const rate = middle(run => records / run.seconds / 1e3)
  return [name, rate.toFixed(0), client.toFixed(2), node.toFixed(2), node < client ? 'yes' : 'no']
}

async function measure(client: Client, work: string, file: string): Promise<Figures | undefined> {
  const data = mkdtempSync(path.join(work, 'node-'))
  const node = await startNode({ directory: data, durability: 'fsync', settings: {} })
  try {
    await createTopics(node, [{ name: 'load', partitions: 4 }])
    const command = client.command(node, file)
    if (!command) return undefined
    const before = cpuSeconds(node.pid)
    const begun = performance.now()
    const child = spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'ignore', 2] })
    let clientCpu = 0
    const watch = setInterval(() => {
      try {
        clientCpu = cpuSeconds(child.pid!)
      } catch {
        // It has just ended.
      }
    }, 20)
    const [code] = await once(child, 'exit')
    clearInterval(watch)
    if (code !== 0) throw new Error(`${client.name} ended with code ${code}`)
    const seconds = (performance.now() - begun) / 1e3
    return { seconds, client: clientCpu / seconds, node: (cpuSeconds(node.pid) - before) / seconds }
  } finally {
    await node.close()
    rmSync(data, { recursive: true, force: true })
  }
}

function available(command: string): boolean {
  return spawnSync(command, ['-V'], { stdio: 'ignore' }).error === undefined
}
