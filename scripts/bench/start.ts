import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import path from 'node:path'
import { root } from '../bundle.ts'
import type { CalmRuns } from './calm.ts'
import { residentBytes } from './node-process.ts'
import { markdownTable, median } from './table.ts'

interface Started {
  readonly pid: number
  readonly port: number
  readonly readyMs: number
  stop(): Promise<void>
}

const executable = path.join(root, 'build', 'streamctl')
const built = [path.join(root, 'node_modules', '.bin', 'node'), path.join(root, 'dist', 'main.js')]
const programs: readonly { readonly name: string; readonly command: readonly string[] }[] = [
  { name: 'executable', command: [executable] },
  { name: 'dist/ under Node 26', command: built },
]
const connectionsWanted = 10_000
const settleMs = 3_000

/** From the start of the process to its ready line, and what it holds in memory when it has nothing to do. */
export async function startTable(options: { directory: string; runs: number; calm: CalmRuns }): Promise<string> {
  const rows: string[][] = []
  for (const { name, command } of programs.filter(program => existsSync(program.command[0]!))) {
    const runs = await options.calm.runs(options.runs, () =>
      started(command, options.directory, async node => {
        await pass(settleMs)
        return { readyMs: node.readyMs, idleBytes: residentBytes(node.pid) }
      }),
    )
    const { count, bytes } = await started(command, options.directory, withIdleConnections)
    const ready = median(runs.map(run => run.readyMs))
    const idle = median(runs.map(run => run.idleBytes))
    rows.push([name, ready.toFixed(0), (idle / 1e6).toFixed(0), String(count), (bytes / 1e6).toFixed(0)])
  }
  return markdownTable(
    ['start', 'ready ms (<= 200)', 'resident MB idle (< 150)', 'idle connections', 'resident MB with them'],
    rows,
  )
}

/** Uses a node with an empty data directory. */
async function started<T>(
  command: readonly string[],
  directory: string,
  use: (node: Started) => Promise<T>,
): Promise<T> {
  const data = mkdtempSync(path.join(directory, 'start-'))
  const node = await start(command, data)
  try {
    return await use(node)
  } finally {
    await node.stop()
    rmSync(data, { recursive: true, force: true })
  }
}

async function start(command: readonly string[], data: string): Promise<Started> {
  const begun = performance.now()
  const [program, ...given] = [...command, 'serve', '--data', data, '--listen', '127.0.0.1:0']
  const child = spawn(program!, given, { stdio: ['ignore', 'pipe', 2] })
  let line = ''
  while (!line.includes('\n')) {
    const [chunk] = (await once(child.stdout!, 'data')) as [Buffer]
    line += chunk
  }
  const readyMs = performance.now() - begun
  const port = Number(/:(\d+) data=/.exec(line)![1])
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
  return { pid: child.pid!, port, readyMs, stop }
}

/** Opens connections that say nothing, as many as this process may have. */
async function withIdleConnections({ pid, port }: Started): Promise<{ count: number; bytes: number }> {
  const limit = Number(/Max open files\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))![1])
  const count = Math.min(connectionsWanted, limit - 200)
  const sockets: Socket[] = []
  while (sockets.length < count) {
    const batch = Array.from({ length: Math.min(500, count - sockets.length) }, () => connect(port, '127.0.0.1'))
    await Promise.all(batch.map(socket => once(socket, 'connect')))
    sockets.push(...batch)
  }
  await pass(settleMs)
  const bytes = residentBytes(pid)
  for (const socket of sockets) socket.destroy()
  return { count, bytes }
}

function pass(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
