import type { Target } from './target.ts'

/** A conversation that is had with both sides. What it asks must depend on nothing but the answers. */
export interface Scenario {
  readonly name: string
  readonly about: string
  readonly run: (target: Target) => Promise<void>
}
