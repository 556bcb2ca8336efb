/** How one test ended. Plain data: it comes out of the thread that ran it. */
export interface TestResult {
  /** With the names of the suites around it. */
  readonly name: readonly string[]
  readonly outcome: 'passed' | 'failed' | 'skipped' | 'todo'
  readonly durationMs: number
  /** What went wrong, without its place. */
  readonly message?: string
  readonly place?: {
    /** Absolute path. */
    readonly file: string
    readonly line: number
    readonly column: number
    /** The line, with a mark below it. */
    readonly picture: string
  }
}

export interface FileResult {
  /** As it was asked for. */
  readonly file: string
  readonly tests: readonly TestResult[]
  /** The file itself could not be run: what to tell instead of tests. */
  readonly failure?: string
  /** Files of the user's own that took part, as absolute paths. */
  readonly sources: readonly string[]
}

/** What a test thread is given, and what it says when it is done. */
export interface TestThreadData {
  readonly file: string
  /** Only tests whose names match one of these, as regular expressions. */
  readonly names: readonly string[]
}

export type TestThreadAnswer = Pick<FileResult, 'tests' | 'sources'> & { readonly failure?: string }
