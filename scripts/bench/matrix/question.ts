import type { CalmRuns } from '../calm.ts'

/** What one measurement gave, by the key of its column; or in words why there is none. */
export type Figures = Readonly<Record<string, number | undefined>> | string

/** One line of a table as one run gave it. */
export interface Row {
  /** What was measured: one text for each of the question's labels. The same in every run. */
  readonly labels: readonly string[]
  readonly figures: Figures
}

export interface Column {
  readonly key: string
  /** With the unit, and in brackets the goal where there is one for the whole column. */
  readonly heading: string
  /** Digits behind the point; 0 by default. */
  readonly digits?: number
}

export interface Context {
  /** Makes the measurements. */
  readonly calm: CalmRuns
  /** On the disk that is measured; what a question puts there it takes away again. */
  readonly directory: string
  /** How long each cell is measured. */
  readonly seconds: number
  /** Where programs to compare with are found: the environment of this process. */
  readonly environment: NodeJS.ProcessEnv
}

/** A question that a table answers. */
export interface Question {
  readonly name: string
  readonly title: string
  /** Markdown that stands over the table: what was done, and what limits the figures. */
  readonly text: string
  readonly labels: readonly string[]
  readonly columns: readonly Column[]
  /** Measures everything once, one row after the other; ratios are within this one run. */
  measure(context: Context): AsyncGenerator<Row, void, void>
}
