import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll } from 'vitest'

/** How a process ended and all that it wrote. */
export interface Finished {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: Buffer
  readonly stderr: string
}

export interface StartOptions {
  /** Written to standard input, which is then closed. Without it, standard input is empty. */
  readonly input?: Buffer | string
  /** Standard input comes straight from this file. */
  readonly inputFile?: string
  /** Standard output goes straight to this file. */
  readonly outputFile?: string
  /** Standard input stays open until `closeInput`. */
  readonly keepInputOpen?: boolean
  /** Added to the environment of this process; undefined removes a name. */
  readonly environment?: NodeJS.ProcessEnv
  readonly directory?: string
  /** The process is killed and the test fails after this time. */
  readonly timeoutMs?: number
}

/** A process that a test has started. It is gone when the test file ends, at the latest. */
export interface RunningProcess {
  readonly pid: number
  /** All of its standard error so far. */
  readonly stderr: () => string
  /** All of its standard output so far. */
  readonly stdout: () => Buffer
  readonly finished: Promise<Finished>
  readonly write: (text: string | Buffer) => void
  readonly closeInput: () => void
  readonly signal: (signal: NodeJS.Signals) => void
  /** Calls `action` for each whole line of standard output, also for those that are there already. */
  readonly onLine: (stream: 'stdout' | 'stderr', action: (line: string) => void) => void
  /** The first line of a stream that matches; rejects when the process ends without one. */
  readonly line: (stream: 'stdout' | 'stderr', pattern: RegExp, timeoutMs?: number) => Promise<RegExpMatchArray>
}

const running = new Set<ChildProcess>()
const directories: string[] = []

process.on('exit', cleanUp)
afterAll(cleanUp)

/** A new empty directory that is removed when the test file ends. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'streamctl-test-'))
  directories.push(directory)
  return directory
}

function cleanUp(): void {
  for (const child of running) child.kill('SIGKILL')
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true, maxRetries: 3 })
}

/** Starts a program and keeps what it writes. */
export function start(command: string, args: readonly string[], options: StartOptions = {}): RunningProcess {
  const standardInput = options.inputFile === undefined ? 'pipe' : openSync(options.inputFile, 'r')
  const standardOutput = options.outputFile === undefined ? 'pipe' : openSync(options.outputFile, 'w')
  const child = spawn(command, args, {
    cwd: options.directory,
    env: { ...process.env, ...options.environment },
    stdio: [standardInput, standardOutput, 'pipe'],
  })
  for (const file of [standardInput, standardOutput]) if (typeof file === 'number') closeSync(file)
  running.add(child)
  const output: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] }
  child.stdout?.on('data', (chunk: Buffer) => output.stdout.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => output.stderr.push(chunk))
  // A program may end before it has read everything.
  child.stdin?.on('error', () => {})
  if (!options.keepInputOpen) child.stdin?.end(options.input ?? '')
  const textOf = (stream: 'stdout' | 'stderr'): string => Buffer.concat(output[stream]).toString()
  const name = `${path.basename(command)} ${args.join(' ')}`
  const finished = whenFinished(child, name, output, options.timeoutMs ?? 180_000)
  // Nobody may be waiting yet when a process fails.
  finished.catch(() => {})

  const onLine = (stream: 'stdout' | 'stderr', action: (line: string) => void): void => {
    let rest = textOf(stream)
    const take = (): void => {
      const lines = rest.split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) action(line)
    }
    take()
    child[stream]?.on('data', (chunk: Buffer) => {
      rest += chunk.toString()
      take()
    })
  }
  return {
    pid: child.pid ?? 0,
    stderr: () => textOf('stderr'),
    stdout: () => Buffer.concat(output.stdout),
    finished,
    write: text => void child.stdin?.write(text),
    closeInput: () => void child.stdin?.end(),
    signal: signal => void child.kill(signal),
    onLine,
    line: (stream, pattern, timeoutMs = 120_000) =>
      new Promise((resolve, reject) => {
        const fail = (why: string): void =>
          reject(
            new Error(
              `${name}: ${why} without a line like ${pattern} in ${stream}:\n${textOf(stream)}${textOf('stderr')}`,
            ),
          )
        const timer = setTimeout(() => fail(`waited ${timeoutMs} ms`), timeoutMs)
        onLine(stream, line => {
          const match = line.match(pattern)
          if (match) resolve(match)
        })
        finished.then(
          ({ exitCode }) => fail(`ended with ${exitCode}`),
          error => reject(error),
        )
        finished.finally(() => clearTimeout(timer)).catch(() => {})
      }),
  }
}

function whenFinished(
  child: ChildProcess,
  name: string,
  output: Record<'stdout' | 'stderr', Buffer[]>,
  timeoutMs: number,
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`${name}: still running after ${timeoutMs} ms\n${Buffer.concat(output.stderr).toString()}`))
    }, timeoutMs)
    child.on('error', error => {
      clearTimeout(timer)
      running.delete(child)
      reject(error)
    })
    child.on('close', (exitCode, signal) => {
      clearTimeout(timer)
      running.delete(child)
      resolve({
        exitCode,
        signal,
        stdout: Buffer.concat(output.stdout),
        stderr: Buffer.concat(output.stderr).toString(),
      })
    })
  })
}

/** Runs a program to its end. */
export function run(command: string, args: readonly string[], options: StartOptions = {}): Promise<Finished> {
  return start(command, args, options).finished
}

/** As `run`, but rejects with what the program had to say unless it exits with 0. */
export async function runWell(command: string, args: readonly string[], options: StartOptions = {}): Promise<Finished> {
  const result = await run(command, args, options)
  if (result.exitCode !== 0)
    throw new Error(`${command} ${args.join(' ')} exited with ${result.exitCode ?? result.signal}:\n${result.stderr}`)
  return result
}
