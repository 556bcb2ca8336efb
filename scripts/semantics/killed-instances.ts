import { type ChildProcess, spawn } from 'node:child_process'
import path from 'node:path'

export interface InstancesOptions {
  /** Host and port of a running node or cluster. */
  readonly address: string
  /** Where the cases are. */
  readonly directory: string
  /** Where the processes keep their state. */
  readonly state: string
  /** What each of them runs: NAME=FILE#CASE. */
  readonly named: readonly string[]
  /** Processes that run the same applications. */
  readonly instances: number
  /** Kills an instance so long, on average, after all have had their tasks. */
  readonly killAfterMs: number
  /** No more kills than this; without it as many as there is time for. */
  readonly killsMax?: number
}

/** What an instance is told: the wall clock of an application. */
export interface ClockMessage {
  readonly name: string
  readonly nowMs: number
}

/** What an instance says once it has its tasks. */
export const readyMessage = 'ready'

/** Whether all are there again is looked at so often. */
const lookMs = 20

/**
 * Processes of node-instance.ts that are killed with SIGKILL at random moments and come back. All get their tasks before the
 * next one is killed: on a slow machine they would never come to work otherwise.
 */
export class KilledInstances {
  readonly #options: InstancesOptions
  readonly #running = new Set<ChildProcess>()
  /** Those that have their tasks. */
  readonly #ready = new Set<ChildProcess>()
  readonly #clocks = new Map<string, number>()
  #stopped = false
  /** Kills wait while this is above 0. */
  #spared = 0
  #timer: NodeJS.Timeout | undefined
  kills = 0

  constructor(options: InstancesOptions) {
    this.#options = options
  }

  /** Resolves once all have their tasks: the first of them may be killed from then on. */
  async start(): Promise<void> {
    for (let index = 0; index < this.#options.instances; index++) this.#add()
    while (this.#isBusy && !this.#stopped) await new Promise(resolve => setTimeout(resolve, lookMs))
    if (!this.#stopped) this.#next()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    const exits = [...this.#running].map(child => new Promise(resolve => child.once('exit', resolve)))
    for (const child of this.#running) child.kill('SIGKILL')
    await Promise.all(exits)
  }

  /**
   * Moves the wall clock of an application to a time, at all instances, and answers once each has looked at it. Nobody is
   * killed meanwhile: what is due by the wall clock is counted from the start of a process, in Kafka Streams too.
   */
  async moveClock(name: string, nowMs: number): Promise<void> {
    this.#spared++
    this.#clocks.set(name, nowMs)
    const message: ClockMessage = { name, nowMs }
    await Promise.all(
      [...this.#running].map(child => {
        const looked = new Promise<void>(resolve => {
          const listener = (answer: unknown): void => {
            if ((answer as ClockMessage).name !== name) return
            child.off('message', listener)
            resolve()
          }
          child.on('message', listener)
          child.once('exit', () => resolve())
        })
        child.send(message)
        return looked
      }),
    )
    this.#spared--
  }

  #add(): void {
    const { address, state, directory, named } = this.#options
    const script = path.join(import.meta.dirname, 'node-instance.ts')
    const child = spawn(process.execPath, [script, address, state, directory, ...named], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    for (const [name, nowMs] of this.#clocks) child.send({ name, nowMs })
    this.#running.add(child)
    child.on('message', (message: ClockMessage | typeof readyMessage) => {
      if (message === readyMessage) this.#ready.add(child)
    })
    child.once('exit', () => {
      this.#running.delete(child)
      this.#ready.delete(child)
      if (!this.#stopped) this.#add()
    })
  }

  get #isBusy(): boolean {
    return this.#spared > 0 || this.#ready.size < this.#options.instances
  }

  #next(): void {
    if (this.kills >= (this.#options.killsMax ?? Number.POSITIVE_INFINITY)) return
    const waitMs = this.#options.killAfterMs * (0.3 + Math.random() * 1.4)
    const isBusy = this.#isBusy
    this.#timer = setTimeout(
      () => {
        if (!isBusy) this.#kill()
        this.#next()
      },
      isBusy ? lookMs : waitMs,
    )
  }

  #kill(): void {
    const all = [...this.#ready]
    const victim = all[Math.floor(Math.random() * all.length)]
    if (!victim || this.#isBusy) return
    this.kills++
    this.#ready.delete(victim)
    victim.kill('SIGKILL')
  }
}
