import { spawn } from 'node:child_process'
import type { Env } from '../../base/env.ts'
import { OperatorError } from '../../base/errors.ts'

export interface CommandRun {
  readonly env: Env
  readonly command: readonly [string, ...string[]]
  readonly input: Buffer | null
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly timeoutMs: number
  /** What the command says on its stderr. */
  readonly onMessage: (bytes: Buffer) => void
}

export interface CommandResult {
  readonly output: Buffer
  /** undefined if it ended well; else in words: `exit code 3`. */
  readonly problem: string | undefined
}

/** An answer is held in memory as a whole, and no broker takes a larger one as a record by default. */
const outputBytesMax = 64 * 1024 * 1024

/** Runs a command with `input` on its stdin and answers with its stdout. Throws `OperatorError` if there is no such command. */
export async function runCommand(run: CommandRun): Promise<CommandResult> {
  const { command, input, variables, timeoutMs, env, onMessage } = run
  const [name, ...args] = command
  const child = spawn(name, args, { env: { ...variables }, stdio: ['pipe', 'pipe', 'pipe'] })
  let problem: string | undefined
  const kill = (why: string): void => {
    problem ??= why
    child.kill('SIGKILL')
  }
  const timer = env.clock.after(timeoutMs, () => kill(`no end after ${timeoutMs / 1000} s`))
  const chunks: Buffer[] = []
  let bytes = 0
  child.stdout.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > outputBytesMax) kill(`more than ${outputBytesMax / 1024 / 1024} MiB of output`)
  })
  child.stderr.on('data', onMessage)
  // A command may not care for its input.
  child.stdin.on('error', () => {})
  child.stdin.end(input ?? undefined)
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  child.on('error', error => reject(startError(name, error)))
  child.on('close', (code, signal) => {
    if (signal) problem ??= `ended by ${signal}`
    else if (code !== 0) problem ??= `exit code ${code}`
    resolve()
  })
  try {
    await promise
  } finally {
    timer.cancel()
  }
  return { output: Buffer.concat(chunks), problem }
}

function startError(name: string, error: Error): OperatorError {
  const { code } = error as NodeJS.ErrnoException
  const reason =
    code === 'ENOENT' ? 'there is no such command' : code === 'EACCES' ? 'it may not be run' : error.message
  return new OperatorError(`cannot run '${name}': ${reason}`, {
    hint: "a command line for the shell: streamctl reply TOPIC -- sh -c '…'",
    cause: error,
  })
}
