import { Dice } from './dice.ts'
import { canaries } from './faults.ts'
import { History, type Violation } from './history.ts'
import { nemesis } from './nemesis.ts'
import { SimulatedNode } from './node.ts'
import { Scheduler } from './scheduler.ts'
import { Workload } from './workload.ts'
import { World } from './world.ts'

export interface SimulationOptions {
  readonly seed: number
  /** Events before everybody is asked to come to an end. */
  readonly steps: number
  /** The fault of this name is done to the node. */
  readonly canary?: string | undefined
  /** Gets every line of the history. */
  readonly print?: (line: string) => void
}

export interface SimulationResult {
  readonly violation: Violation | undefined
  /** The last lines of the history. */
  readonly newest: readonly string[]
  /** Equal for equal runs. */
  readonly fingerprint: string
  readonly steps: number
  readonly simulatedMs: number
  readonly requests: number
  readonly restarts: number
}

/** Events that the end of a run may take: beyond that somebody hangs. */
const endingStepsMax = 200_000

/** Runs a node with its clients and its troubles until a promise is broken or all is said and done. */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const simulation = new Simulation(options)
  try {
    await simulation.run()
    return simulation.result()
  } finally {
    simulation.remove()
  }
}

class Simulation {
  readonly #options: SimulationOptions
  readonly #scheduler = new Scheduler()
  readonly #history: History
  readonly #node: SimulatedNode
  readonly #world: World
  readonly #workload: Workload
  readonly #dice: Dice

  constructor(options: SimulationOptions) {
    this.#options = options
    const scheduler = this.#scheduler
    const dice = new Dice(`seed ${options.seed}`)
    const history = new History({ nowMs: () => scheduler.nowMs, print: options.print })
    const canary = options.canary === undefined ? undefined : canaries[options.canary]
    if (options.canary !== undefined && !canary) throw new Error(`there is no canary '${options.canary}'`)
    const fault = canary?.make(dice.of('fault'))
    this.#dice = dice
    this.#history = history
    this.#node = new SimulatedNode({ scheduler, history, dice, fault })
    this.#world = new World({ scheduler, history, dice, fault, node: this.#node })
    this.#workload = new Workload(this.#world, dice)
  }

  async run(): Promise<void> {
    this.#node.start()
    await this.#until(this.#workload.prepare(), this.#options.steps)
    const clients = Promise.all(this.#workload.clients())
    const troubles = nemesis({ world: this.#world, scheduler: this.#scheduler, dice: this.#dice.of('nemesis') })
    await this.#until(clients, this.#options.steps)
    this.#world.isStopping = true
    await this.#until(Promise.all([clients, troubles]), endingStepsMax, 'the clients do not come to an end')
    await this.#until(this.#finish(), endingStepsMax, 'the last reading does not come to an end')
  }

  result(): SimulationResult {
    const { violation, newest } = this.#history
    return {
      ...{ violation, newest, fingerprint: this.#history.fingerprint() },
      ...{ steps: this.#scheduler.steps, simulatedMs: this.#scheduler.nowMs },
      ...{ requests: this.#history.operations, restarts: this.#node.restarts },
    }
  }

  remove(): void {
    this.#node.remove()
  }

  async #finish(): Promise<void> {
    // Transactions that were left open are overdue now.
    this.#node.setClock(60 * 60_000)
    await this.#world.sleep(2_000)
    if (this.#dice.percent(50)) this.#node.crash()
    await this.#workload.finish()
    this.#world.isOver = true
    await this.#node.stop()
  }

  /** Lets time pass until the promise is settled, so many events have run, or a promise of the node is broken. */
  async #until(promise: Promise<unknown>, stepsMax: number, tooLong?: string): Promise<void> {
    let isSettled = false
    promise.then(
      () => {
        isSettled = true
      },
      error => this.#history.violate(error instanceof Error ? (error.stack ?? error.message) : String(error), error),
    )
    for (let step = 0; step < stepsMax && !isSettled && !this.#history.violation; step++) {
      if (!(await this.#scheduler.step())) break
    }
    if (!isSettled && tooLong !== undefined) this.#history.violate(tooLong)
  }
}
