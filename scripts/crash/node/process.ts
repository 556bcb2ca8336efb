import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Violation } from '../../simulate/history.ts'
import { changedEnvironment, changedSourceFlags } from '../changed-source.ts'

const root = path.resolve(import.meta.dirname, '../../..')

/** As in the simulation: short times, so that all that comes due does so in a few seconds; little memory, so that reads go to the disk. */
const settings = {
  'group.min.session.timeout.ms': '100',
  'group.initial.rebalance.delay.ms': '50',
  'log.cleaner.backoff.ms': '300',
  'log.retention.check.interval.ms': '200',
  'offsets.retention.check.interval.ms': '5000',
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '500',
  'streamctl.cache.bytes': '1048576',
}

/** No machine is so slow. */
const patienceMs = 120_000

/** `streamctl serve` from its source. */
export class NodeProcess {
  readonly #child: ChildProcess
  readonly exited: Promise<unknown>
  #stdout = ''
  #stderr = ''

  constructor(options: {
    readonly data: string
    readonly environment: NodeJS.ProcessEnv
    readonly sourceChanges: readonly string[]
    readonly flags?: readonly string[]
  }) {
    const { data, environment, sourceChanges, flags = [] } = options
    const set = Object.entries(settings).flatMap(([name, value]) => ['--set', `${name}=${value}`])
    const args = ['serve', '--data', data, '--listen', '127.0.0.1:0', ...set, ...flags]
    const inherited = Object.entries(process.env).filter(([name]) => !/^(STREAMCTL|XDG|NODE)_/.test(name))
    this.#child = spawn(process.execPath, [...changedSourceFlags, path.join(root, 'src/main.ts'), ...args], {
      env: { ...Object.fromEntries(inherited), ...environment, ...changedEnvironment(sourceChanges) },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child.stdout!.on('data', chunk => {
      this.#stdout += chunk
    })
    this.#child.stderr!.on('data', chunk => {
      this.#stderr += chunk
    })
    this.exited = once(this.#child, 'close')
  }

  get pid(): number {
    return this.#child.pid!
  }

  get hasExited(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  get exitCode(): number | null {
    return this.#child.exitCode
  }

  get stderr(): string {
    return this.#stderr
  }

  /** Where it listens; undefined if it ended before it was ready. */
  async ready(): Promise<{ readonly host: string; readonly port: number } | undefined> {
    for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += 2) {
      const match = /^streamctl is ready: (\S+):(\d+) /m.exec(this.#stdout)
      if (match) return { host: match[1]!, port: Number(match[2]) }
      if (this.hasExited) return undefined
      await Promise.race([this.exited, sleep(2)])
    }
    this.#child.kill('SIGKILL')
    throw new Violation(`the node does not come up: ${this.#stderr}`)
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.exited
  }

  /** Whether it ends by itself in this time. */
  async endsWithin(ms: number): Promise<boolean> {
    await Promise.race([this.exited, sleep(ms, undefined, { ref: false })])
    return this.hasExited
  }

  /** Ends it in good order. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM')
    if (!(await this.endsWithin(patienceMs))) await this.kill()
    if (this.exitCode !== 0) throw new Violation(`the node ended with ${this.exitCode}: ${this.#stderr}`)
  }

  /** After an end with a fault of the disk: one sentence and a hint must say what is wrong, and nothing may look like a fault of ours. */
  checkExplained(): void {
    const lines = this.#stderr.trimEnd().split('\n')
    const [sentence = '', hint = ''] = lines.slice(-2)
    const isExplained = sentence.startsWith('streamctl: ') && hint.startsWith('  hint: ')
    const isOurs = lines.some(line => /^\S+Z error /.test(line))
    if (this.exitCode !== 74 || !isExplained || isOurs)
      throw new Violation(`the node ended with ${this.exitCode} and this explanation: ${this.#stderr}`)
  }
}
