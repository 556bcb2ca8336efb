import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { HostFigures, HostStart } from './host.ts'

/** A node in a process of its own, and what the operating system and it say of it. */
export interface NodeProcess {
  readonly pid: number
  readonly host: string
  readonly port: number
  figures(): Promise<HostFigures>
  /** Forgets the event loop's delays so far. */
  reset(): void
  close(): Promise<void>
}

/** Whoever ends a benchmark in the middle ends its nodes, too. */
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** `environment` is added to this process's own. */
export async function startNode(start: HostStart, environment: NodeJS.ProcessEnv = {}): Promise<NodeProcess> {
  const child = fork(path.join(import.meta.dirname, 'host.ts'), [JSON.stringify(start)], {
    stdio: ['ignore', 2, 2, 'ipc'],
    env: { ...process.env, ...environment },
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  const [address] = (await answerOf(child)) as [{ host: string; port: number }]
  return {
    pid: child.pid!,
    ...address,
    reset: () => void child.send('reset'),
    async figures() {
      child.send('figures')
      const [figures] = (await answerOf(child)) as [HostFigures]
      return figures
    },
    async close() {
      child.send('close')
      await once(child, 'exit')
    },
  }
}

async function answerOf(child: ChildProcess): Promise<unknown[]> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the node ended with code ${code}`)
  })
  return Promise.race([once(child, 'message'), ended])
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
