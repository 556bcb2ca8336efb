import { compileFilter, type RecordFilter } from '../../client/where/filter.ts'

/** What a filter could not judge and left out. */
export interface FilterFailures {
  /** Records that it could not judge. */
  readonly failed: number
  /** What was wrong with the first of them. */
  readonly failure: string | null
}

/** The filter that a user has typed, and how often it failed. */
export interface CountedFilter extends RecordFilter {
  readonly failures: FilterFailures
}

/** Compiles an expression; an empty one lets everything pass. Throws `OperatorError` for what cannot be compiled. */
export function countedFilter(where: string): CountedFilter {
  let failures: FilterFailures = { failed: 0, failure: null }
  const { matches } = compileFilter({
    ...(where === '' ? {} : { where }),
    onError: 'skip',
    onNotice: text => {
      failures = { failed: failures.failed + 1, failure: failures.failure ?? text }
    },
  })
  return {
    matches,
    get failures() {
      return failures
    },
  }
}
