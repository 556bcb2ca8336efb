import { type ChildProcess, execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { root } from '../bundle.ts'

export interface NodeStart {
  readonly directory: string
  readonly durability: 'fsync' | 'os'
  readonly settings: Readonly<Record<string, string>>
}

/** What a node says of itself (monitor.mjs). */
export interface NodeFigures {
  /** Milliseconds by which the event loop came late. */
  readonly eventLoopP99: number
  readonly residentBytes: number
  /** What is left of the JavaScript heap after a garbage collection. */
  readonly liveBytes: number
}

/** A node in a process of its own, and what the operating system and it say of it. */
export interface NodeProcess {
  readonly pid: number
  readonly host: string
  readonly port: number
  figures(): Promise<NodeFigures>
  /** Forgets the event loop's delays so far. */
  reset(): void
  close(): Promise<void>
}

/** Whoever ends a benchmark in the middle ends its nodes, too. */
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/**
 * Starts the built program, as users have it, after building it once. `environment` is added to this process's own.
 */
export async function startNode(start: NodeStart, environment: NodeJS.ProcessEnv = {}): Promise<NodeProcess> {
  const { directory, durability, settings } = start
  const flags = ['--data', directory, '--listen', '127.0.0.1:0', '--durability', durability]
  const set = Object.entries(settings).flatMap(([name, value]) => ['--set', `${name}=${value}`])
  const child = fork(builtProgram(), ['serve', ...flags, ...set], {
    execArgv: ['--min-semi-space-size=8', '--import', path.join(import.meta.dirname, 'monitor.mjs')],
    stdio: ['ignore', 'pipe', 2, 'ipc'],
    env: { ...process.env, STREAMCTL_LOG: 'warn', ...environment },
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  const address = await readyAddress(child)
  return {
    pid: child.pid!,
    ...address,
    reset: () => void child.send('reset'),
    async figures() {
      child.send('figures')
      const [figures] = (await orEnd(child, once(child, 'message'))) as [NodeFigures]
      return figures
    },
    async close() {
      child.kill('SIGTERM')
      if (child.exitCode === null) await once(child, 'exit')
    },
  }
}

/** Its only line says where it listens. */
async function readyAddress(child: ChildProcess): Promise<{ host: string; port: number }> {
  const [line] = (await orEnd(child, once(child.stdout!, 'data'))) as [Buffer]
  const ready = /^streamctl is ready: (?<host>[\d.]+):(?<port>\d+) /.exec(line.toString())
  if (!ready) throw new Error(`the node says: ${line}`)
  return { host: ready.groups!.host!, port: Number(ready.groups!.port) }
}

async function orEnd<T>(child: ChildProcess, answer: Promise<T>): Promise<T> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the node ended with code ${code}`)
  })
  return Promise.race([answer, ended])
}

const program = path.join(root, 'dist', 'main.js')
let isBuilt = false

function builtProgram(): string {
  if (!isBuilt) execFileSync(process.execPath, [path.join(root, 'scripts', 'build.ts')], { stdio: ['ignore', 2, 2] })
  isBuilt = true
  return program
}

/** Seconds of processor time that a process has used, all threads together. Linux only. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  const ticksPerSecond = 100
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

/** Bytes that a process has caused to be written to the disk. Linux only. */
export function writtenBytes(pid: number): number {
  return Number(/write_bytes: (\d+)/.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))![1])
}

/** Resident memory of a process, bytes. Linux only. */
export function residentBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024
}

/** The most memory that a process has had since `forgetPeak`, bytes. Linux only. */
export function peakBytes(pid: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024
}

/** From now on a process's peak is what it has from now on. */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}
