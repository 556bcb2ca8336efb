import type { Verdict } from './record.ts'

export interface SuiteRun {
  /** Where the suite has been fetched and built; the project holds nothing of it. */
  readonly directory: string
  /** HOST:PORT of the node under test. */
  readonly node: string
  readonly tests: readonly string[]
  /** Only some tests are asked for. */
  readonly isPart: boolean
}

export interface Suite {
  readonly name: string
  /** What has to be in the directory, and what the node is started with. */
  readonly needs: string
  readonly run: (options: SuiteRun) => Promise<ReadonlyMap<string, Verdict>>
}
