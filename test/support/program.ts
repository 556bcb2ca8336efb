import { chmodSync, existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type Finished, type RunningProcess, run, type StartOptions, start, temporaryDirectory } from './processes.ts'

const root = path.resolve(import.meta.dirname, '../..')

/** The program under test: the executable named by STREAMCTL_BIN, else the built program of this checkout. */
export const program: readonly [string, ...string[]] = process.env.STREAMCTL_BIN
  ? [path.resolve(process.env.STREAMCTL_BIN)]
  : [path.join(root, 'node_modules/.bin/node'), path.join(root, 'bin/streamctl.js')]

if (!existsSync(program.at(-1) as string)) throw new Error(`${program.at(-1)} does not exist`)

const home = temporaryDirectory()

/** The user's own settings and data must not reach a test, nor a test's the user's. */
function isolated(environment: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const inherited = Object.keys(process.env).filter(name => /^(STREAMCTL|XDG)_/.test(name))
  return {
    ...Object.fromEntries(inherited.map(name => [name, undefined])),
    HOME: home,
    // Colours and progress are for terminals; a test that wants them sets this itself.
    NO_COLOR: '1',
    ...environment,
  }
}

/** Runs `streamctl ARGS` to its end. */
export function streamctl(args: readonly string[], options: StartOptions = {}): Promise<Finished> {
  return run(program[0], [...program.slice(1), ...args], { ...options, environment: isolated(options.environment) })
}

/** Starts `streamctl ARGS`. */
export function startStreamctl(args: readonly string[], options: StartOptions = {}): RunningProcess {
  return start(program[0], [...program.slice(1), ...args], { ...options, environment: isolated(options.environment) })
}

/** Runs a script in bash, where `streamctl` is the program under test and a failing part of a pipe fails the whole. */
export function shell(script: string, options: StartOptions = {}): Promise<Finished> {
  const environment = isolated({ PATH: `${programDirectory()}:${process.env.PATH}`, ...options.environment })
  return run('bash', ['-c', `set -euo pipefail\n${script}`], { ...options, environment })
}

let directory: string | undefined

/** A directory with an executable `streamctl`, for PATH. */
export function programDirectory(): string {
  if (directory) return directory
  directory = temporaryDirectory()
  const file = path.join(directory, 'streamctl')
  writeFileSync(file, `#!/bin/sh\nexec ${program.map(part => `'${part}'`).join(' ')} "$@"\n`)
  chmodSync(file, 0o755)
  return directory
}

export interface NodeOptions {
  /** The data directory; a new one by default, none with 'ephemeral'. */
  readonly data?: string
  readonly host?: string
  /** A free one by default. */
  readonly port?: number
  /** Further flags of `streamctl serve`. */
  readonly flags?: readonly string[]
  readonly environment?: NodeJS.ProcessEnv
}

/** A running `streamctl serve`. */
export interface RunningNode {
  /** HOST:PORT, as the ready line says it. */
  readonly address: string
  readonly host: string
  readonly port: number
  readonly pid: number
  readonly data: string
  readonly readyLine: string
  readonly stdout: () => string
  readonly stderr: () => string
  readonly finished: Promise<Finished>
  /** Asks it to end; resolves when it has. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<Finished>
  /** SIGKILL: nothing is flushed, nothing is closed. */
  readonly crash: () => Promise<void>
  /** Starts it again on the same data, host and port. */
  readonly restart: () => Promise<RunningNode>
}

const readyPattern = /^streamctl is ready: ((\S+):(\d+)) data=(.+) durability=(\w+)$/

/** Starts a node and waits for its ready line. */
export async function startNode(options: NodeOptions = {}): Promise<RunningNode> {
  const { host = '127.0.0.1', port = 0, flags = [] } = options
  const data = options.data ?? path.join(temporaryDirectory(), 'data')
  const where = data === 'ephemeral' ? ['--ephemeral'] : ['--data', data]
  const child = startStreamctl(['serve', ...where, '--listen', `${host}:${port}`, ...flags], {
    environment: options.environment ?? {},
    timeoutMs: 3_600_000,
  })
  const ready = await child.line('stdout', readyPattern)
  const actualPort = Number(ready[3])
  return {
    address: ready[1] as string,
    host,
    port: actualPort,
    pid: child.pid,
    data,
    readyLine: ready[0],
    stdout: () => child.stdout().toString(),
    stderr: child.stderr,
    finished: child.finished,
    stop(signal = 'SIGTERM') {
      child.signal(signal)
      return child.finished
    },
    async crash() {
      child.signal('SIGKILL')
      await child.finished
    },
    restart: () => startNode({ ...options, data, port: actualPort }),
  }
}

/** What the node complains about as a fault of its own: lines of level `error`. A test that did not provoke any must find none. */
export function faultsOf(node: { stderr: () => string }): string[] {
  return node
    .stderr()
    .split('\n')
    .filter(line => /^\S+Z error /.test(line))
}
