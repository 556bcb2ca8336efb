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
  /** Kills an instance so often, on average. */
  readonly killEveryMs: number
}

/** What an instance is told: the wall clock of an application. */
export interface ClockMessage {
  readonly name: string
  readonly nowMs: number
}

/** Processes of node-instance.ts that are killed with SIGKILL at random moments and come back. */
export class KilledInstances {
  readonly #options: InstancesOptions
  readonly #running = new Set<ChildProcess>()
  readonly #clocks = new Map<string, number>()
  #stopped = false
  /** Kills wait while this is above 0. */
  #spared = 0
  #timer: NodeJS.Timeout | undefined
  kills = 0

  constructor(options: InstancesOptions) {
    this.#options = options
  }

  start(): void {
    for (let index = 0; index < this.#options.instances; index++) this.#add()
    this.#next()
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
    child.once('exit', () => {
      this.#running.delete(child)
      if (!this.#stopped) this.#add()
    })
  }

  #next(): void {
    const { killEveryMs } = this.#options
    this.#timer = setTimeout(
      () => {
        const all = [...this.#running]
        const victim = all[Math.floor(Math.random() * all.length)]
        if (victim && this.#spared === 0) {
          this.kills++
          victim.kill('SIGKILL')
        }
        this.#next()
      },
      killEveryMs * (0.3 + Math.random() * 1.4),
    )
  }
}
