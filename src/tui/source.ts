import type { Env } from '../base/env.ts'
import type { Cluster } from '../client/cluster.ts'

/**
 * What a screen wants to be told, as data: a kind (a line of src/tui/sources.ts) and what that kind must know. Two screens
 * with the same words share one; other words are another source.
 */
export interface Source {
  readonly kind: string
  readonly [about: string]: string | number | boolean | null | undefined
}

/** What a source works with. */
export interface SourceContext<Question extends Source, Data> {
  readonly env: Env
  readonly cluster: Cluster
  readonly question: Question
  /** Tells the screens. The last value of each turn counts where several come: give whole pictures, not differences. */
  readonly emit: (data: Data) => void
  /** Aborts when nobody wants it any more. */
  readonly signal: AbortSignal
  /** Resolves after so long, or when somebody wants news now (ctrl-r); rejects never. */
  readonly pause: (milliseconds: number) => Promise<void>
}

/**
 * Tells until the signal aborts. Where it rejects, people see why and it is started again after a pause, so that no source
 * has to care for brokers that are down.
 */
export type RunSource = (context: SourceContext<Source, unknown>) => Promise<void>

/** Types a source's function. */
export function defineSource<Question extends Source, Data>(
  run: (context: SourceContext<Question, Data>) => Promise<void>,
): RunSource {
  return run as unknown as RunSource
}

/** Which source it is: the same words, the same source. */
export function sourceKey(source: Source): string {
  return JSON.stringify(source)
}
