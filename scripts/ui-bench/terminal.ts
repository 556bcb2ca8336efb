import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

const program = path.resolve(import.meta.dirname, '../../dist/main.js')

/** The built program in a terminal of its own (script of util-linux), and what it has written to it. */
export class Terminal {
  static readonly #open = new Set<Terminal>()
  readonly #child: ChildProcess
  readonly startMs = performance.now()
  #written = ''
  #wake = Promise.withResolvers<void>()
  #ended = false
  /** Bytes that it has written so far. */
  bytes = 0

  constructor(args: readonly string[], { columns = 120, rows = 40 } = {}) {
    const command = `stty cols ${columns} rows ${rows}; exec ${process.execPath} ${program} ${args.join(' ')}`
    this.#child = spawn('script', ['-qefc', command, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, TERM: 'xterm-256color', LANG: 'C.UTF-8', NO_COLOR: '1' },
    })
    this.#child.stdout?.setEncoding('utf8')
    this.#child.stdout?.on('data', (text: string) => {
      this.bytes += text.length
      // Only what is new is looked at: it may run for minutes.
      this.#written = (this.#written + text).slice(-1_000_000)
      this.#wake.resolve()
      this.#wake = Promise.withResolvers()
    })
    Terminal.#open.add(this)
    this.#child.on('exit', () => {
      Terminal.#open.delete(this)
      this.#ended = true
      this.#wake.resolve()
    })
  }

  /** Ends what is still open, after a failure. */
  static killAll(): void {
    for (const terminal of Terminal.#open) process.kill(descendant(terminal.#child.pid ?? 0), 'SIGKILL')
  }

  type(keys: string): void {
    this.#child.stdin?.write(keys)
  }

  /** Forgets what was written; milliseconds from now until something that matches is. */
  async until(pattern: RegExp, { limitMs = 30_000, fromMs = performance.now() } = {}): Promise<number> {
    const timer = setInterval(() => this.#wake.resolve(), 1_000)
    try {
      while (!pattern.test(this.#written)) {
        if (this.#ended) throw new Error(`the browser has ended: ${plain(this.#written).slice(-2_000)}`)
        if (performance.now() - fromMs > limitMs)
          throw new Error(`no ${pattern} in:\n${plain(this.#written).slice(-3_000)}`)
        await this.#wake.promise
      }
      return performance.now() - fromMs
    } finally {
      clearInterval(timer)
    }
  }

  /** What is waited for next must be written from now on. */
  forget(): void {
    this.#written = ''
  }

  /** Types keys; milliseconds until the answer stands on the screen. */
  async answer(keys: string, pattern: RegExp): Promise<number> {
    this.forget()
    const fromMs = performance.now()
    this.type(keys)
    return this.until(pattern, { fromMs })
  }

  /** Resident memory in MiB, of the program itself. */
  memoryMiB(): number {
    const status = readFileSync(`/proc/${descendant(this.#child.pid ?? 0)}/status`, 'utf8')
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024
  }

  /** Milliseconds of processor time so far. */
  processorMs(): number {
    const stat = readFileSync(`/proc/${descendant(this.#child.pid ?? 0)}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) * 10
  }

  async close(): Promise<void> {
    const ended = new Promise(resolve => this.#child.once('exit', resolve))
    this.type('\u0003')
    await ended
  }
}

/** The process at the end of the chain: script, shell, program. */
function descendant(pid: number): number {
  const tasks = readdirSync(`/proc/${pid}/task`)
  const children = tasks.flatMap(task =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8')
      .split(' ')
      .filter(child => child !== ''),
  )
  return children[0] === undefined ? pid : descendant(Number(children[0]))
}

function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what terminals are told.
  return text.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '\n')
}
