import { type ProcessorTimes, processorTimes, stolenShare } from './stolen.ts'
import { median } from './table.ts'

export interface CalmOptions {
  /** A run is made again when a larger share (0 to 1) of the processor time was stolen meanwhile, … */
  readonly stolenMax: number
  /** … but not more often than this. */
  readonly attemptsMax: number
  /** Before each run; hosts take more from those who were busy a moment ago. */
  readonly restMs: number
  /** How long to wait in all until the host takes nothing any more. */
  readonly restMsMax: number
}

export const calmDefaults: CalmOptions = { stolenMax: 0.03, attemptsMax: 4, restMs: 3000, restMsMax: 20_000 }

/** What the machine is asked; other than the real one in tests. */
export interface Machine {
  times(): ProcessorTimes
  pass(ms: number): Promise<void>
}

/**
 * Makes measurements while the host of a virtual machine leaves it alone, as far as it does: rests before each, makes it
 * again when too much was stolen, and says how much that was in those that count.
 */
export class CalmRuns {
  readonly #options: CalmOptions
  readonly #machine: Machine
  readonly #stolen: number[] = []
  #repeated = 0

  constructor(options: Partial<CalmOptions> = {}, machine: Machine = thisMachine) {
    this.#options = { ...calmDefaults, ...options }
    this.#machine = machine
  }

  /**
   * Measures once, or again until little was stolen and the result is `steady`. If it never was: the attempt in which
   * least was stolen, steady ones first.
   */
  async run<T>(measure: () => Promise<T>, isSteady: (result: T) => boolean = () => true): Promise<T> {
    const { attemptsMax, stolenMax } = this.#options
    const attempts: { readonly result: T; readonly stolen: number; readonly steady: boolean }[] = []
    while (attempts.length < attemptsMax) {
      await this.#rest()
      const before = this.#machine.times()
      const result = await measure()
      const attempt = { result, stolen: stolenShare(before, this.#machine.times()), steady: isSteady(result) }
      attempts.push(attempt)
      if (attempt.steady && attempt.stolen <= stolenMax) break
    }
    attempts.sort((a, b) => Number(b.steady) - Number(a.steady) || a.stolen - b.stolen)
    const [best] = attempts as [(typeof attempts)[number]]
    this.#repeated += attempts.length - 1
    this.#stolen.push(best.stolen)
    return best.result
  }

  /** `count` such results. */
  async runs<T>(count: number, measure: () => Promise<T>, isSteady?: (result: T) => boolean): Promise<T[]> {
    const results: T[] = []
    while (results.length < count) results.push(await this.run(measure, isSteady))
    return results
  }

  /** A sentence for the page: what the host took while the results were measured. */
  summary(): string {
    if (this.#stolen.length === 0) return ''
    const percent = (fraction: number): string => `${(fraction * 100).toFixed(0)} %`
    const most = percent(Math.max(...this.#stolen))
    const middle = percent(median(this.#stolen))
    return `While they ran the host took ${middle} of the processor time (median; ${most} at most); ${this.#repeated} runs were made again because it took more, or because the disk changed meanwhile.`
  }

  async #rest(): Promise<void> {
    const { restMs, restMsMax, stolenMax } = this.#options
    await this.#machine.pass(restMs)
    for (let rested = restMs; rested < restMsMax; rested += 1000) {
      const before = this.#machine.times()
      await this.#machine.pass(1000)
      if (stolenShare(before, this.#machine.times()) <= stolenMax) return
    }
  }
}

const thisMachine: Machine = {
  times: processorTimes,
  pass: ms => new Promise(resolve => setTimeout(resolve, ms)),
}

/** Whether the disk was about as fast after a measurement as before it. */
export function isSteadyDisk(before: number | undefined, after: number | undefined): boolean {
  if (!before || !after) return true
  return Math.max(before, after) <= 1.5 * Math.min(before, after)
}
