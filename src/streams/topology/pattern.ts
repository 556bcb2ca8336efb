import { OperatorError } from '../../base/errors.ts'
import type { UserFunction } from '../operators/operator.ts'
import { type Duration, durationMs } from './duration.ts'

/** One named part of a sequence. */
export interface PatternStep {
  readonly name: string
  /** `where(value, matched so far)`. */
  readonly where: UserFunction
  readonly min: number
  readonly max: number
  /** Whether its first record must come right behind what is before, or others may lie between. */
  readonly strict: boolean
  /** None of these may come between the step before and this one: `where(value, matched so far)`. */
  readonly not: readonly UserFunction[]
}

/** A sequence of records of one key. */
export interface Pattern {
  readonly steps: readonly PatternStep[]
  /** None of these may come after the last step until the time is over. */
  readonly notAfter: readonly UserFunction[]
  /** How long after its first record the last one may come, in milliseconds; Infinity without limit. */
  readonly withinMs: number
  readonly afterMatch: 'past-last' | 'to-next'
}

const noSteps: readonly PatternStep[] = []

/** A pattern under construction: what the script's types `PatternStart` and `Pattern` stand for. Immutable. */
export class PatternBuilder {
  readonly #steps: readonly PatternStep[]
  readonly #not: readonly UserFunction[]
  readonly #withinMs: number
  readonly #afterMatch: Pattern['afterMatch']

  constructor(pattern: Partial<Omit<Pattern, 'notAfter'>> & { not?: readonly UserFunction[] } = {}) {
    this.#steps = pattern.steps ?? noSteps
    this.#not = pattern.not ?? []
    this.#withinMs = pattern.withinMs ?? Number.POSITIVE_INFINITY
    this.#afterMatch = pattern.afterMatch ?? 'past-last'
  }

  begin(name: string, where: UserFunction): PatternBuilder {
    return this.#step(name, where, false)
  }

  next(name: string, where: UserFunction): PatternBuilder {
    return this.#step(name, where, true)
  }

  followedBy(name: string, where: UserFunction): PatternBuilder {
    return this.#step(name, where, false)
  }

  notFollowedBy(where: UserFunction): PatternBuilder {
    return this.#with({ not: [...this.#not, where] })
  }

  times(count: number | { min: number; max?: number }): PatternBuilder {
    const { min, max = Number.POSITIVE_INFINITY } = typeof count === 'number' ? { min: count, max: count } : count
    if (!Number.isInteger(min) || min < 1 || max < min) {
      throw new OperatorError(`a step of a pattern cannot come ${JSON.stringify(count)} times`, {
        hint: 'min must be 1 or more, max at least min',
      })
    }
    const last = this.#steps.at(-1)!
    return this.#with({ steps: [...this.#steps.slice(0, -1), { ...last, min, max }] })
  }

  within(duration: Duration): PatternBuilder {
    return this.#with({ withinMs: durationMs(duration, 'within') })
  }

  afterMatch(afterMatch: Pattern['afterMatch']): PatternBuilder {
    return this.#with({ afterMatch })
  }

  finish(): Pattern {
    if (this.#not.length > 0 && !Number.isFinite(this.#withinMs)) {
      throw new OperatorError('a pattern that ends with notFollowedBy() never ends', {
        hint: "say how long to wait: .within('10m')",
      })
    }
    const { steps, notAfter } = { steps: this.#steps, notAfter: this.#not }
    return { steps, notAfter, withinMs: this.#withinMs, afterMatch: this.#afterMatch }
  }

  #step(name: string, where: UserFunction, strict: boolean): PatternBuilder {
    if (this.#steps.some(step => step.name === name)) {
      throw new OperatorError(`two steps of a pattern are called ${name}`)
    }
    const step: PatternStep = { name, where, min: 1, max: 1, strict, not: this.#not }
    return this.#with({ steps: [...this.#steps, step], not: [] })
  }

  #with(changed: ConstructorParameters<typeof PatternBuilder>[0]): PatternBuilder {
    const { steps, not, withinMs, afterMatch } = {
      steps: this.#steps,
      not: this.#not,
      withinMs: this.#withinMs,
      afterMatch: this.#afterMatch,
      ...changed,
    }
    return new PatternBuilder({ steps, not, withinMs, afterMatch })
  }
}
