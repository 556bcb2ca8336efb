import { ExitCode, OperatorError } from '../../base/errors.ts'
import type { FetchedRecord } from '../fetched-records.ts'
import { compileExpression } from './expression.ts'
import { compileGrep } from './grep.ts'

/** Which records are wanted, as `--where` and `--grep` say. */
export interface FilterOptions {
  /** A TypeScript or JavaScript expression: see `compileExpression`. */
  readonly where?: string
  /** A regular expression for key and value: see `compileGrep`. */
  readonly grep?: string
  /** What an expression that throws does: end with an error, or leave that record out and go on. */
  readonly onError: 'stop' | 'skip'
  /** Told about records that were left out because of an error. */
  readonly onNotice?: (text: string) => void
}

/** Where a record was read. */
export interface FilterPlace {
  readonly topic: string
  readonly partition: number
}

export interface RecordFilter {
  /** Whether the record is wanted. Throws `OperatorError` (exit code 1) that names the record if it cannot be judged. */
  matches(record: FetchedRecord, place: FilterPlace): boolean
}

/** Compiles a filter once; without `where` and `grep` it lets everything pass. Throws `OperatorError` for what cannot be compiled. */
export function compileFilter({ where, grep, onError, onNotice }: FilterOptions): RecordFilter {
  const found = grep === undefined ? undefined : compileGrep(grep)
  if (where === undefined) return { matches: record => found?.(record) ?? true }
  const judge = compileExpression(where)
  return {
    matches: (record, place) => {
      if (found && !found(record)) return false
      try {
        return judge(record, place)
      } catch (error) {
        const message = `${recordName(place, record.offset)}: --where: ${error instanceof Error ? error.message : String(error)}`
        if (onError === 'skip') {
          onNotice?.(`${message}: left out`)
          return false
        }
        throw new OperatorError(message, {
          hint: '--on-error skip leaves such records out; value?.name asks without failing',
          exitCode: ExitCode.failure,
          cause: error,
        })
      }
    },
  }
}

/** How a record is named in a sentence. */
export function recordName({ topic, partition }: FilterPlace, offset: number): string {
  return `${topic} [${partition}] at offset ${offset}`
}
